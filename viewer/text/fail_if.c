/* Conditions: WORD OPERATOR NUMBER, the words being the columns of totals_table(), with or without "_bytes".
 */
#include "viewer/text/fail_if.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/human.h"
#include "viewer/model/diff.h"
#include "viewer/text/cli.h"
#include "viewer/text/memory.h"

enum { GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, EQUAL, NOT_EQUAL };
enum { PERCENT = 10000 }; /* hundredths of a percent in the whole */

/* Longer ones before those that they begin with. */
static const struct {
	const char *text;
	u32 operator;
} operators[] = {{">=", GREATER_EQUAL}, {"<=", LESS_EQUAL}, {"==", EQUAL}, {"!=", NOT_EQUAL},
		 {">", GREATER},        {"<", LESS},        {"=", EQUAL}};

static const char *skip_space(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* "200", "1.5k": of things that are counted k is 1000. Also "12.5%", in hundredths of a percent. */
static int parse_count(const char *text, u64 *count, bool *percent)
{
	static const char units[] = "kMG";
	u64 whole = 0, fraction = 0, scale = 1, factor = 1;
	bool digits = false;

	for (; isdigit((unsigned char)*text); text++, digits = true)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (u64)(*text - '0'), &whole))
			return -1;
	if (*text == '.')
		for (text++; isdigit((unsigned char)*text); text++, digits = true)
			if (scale < 1000000000) {
				fraction = fraction * 10 + (u64)(*text - '0');
				scale *= 10;
			}
	text = skip_space(text);
	*percent = *text == '%';
	if (*percent) {
		factor = 100;
		text++;
	} else if (*text && strchr(units, *text == 'K' ? 'k' : *text)) {
		for (const char *u = units; *u; u++) {
			factor *= 1000;
			if (*u == (*text == 'K' ? 'k' : *text))
				break;
		}
		text++;
	}
	if (!digits || *skip_space(text) || __builtin_mul_overflow(whole, factor, &whole))
		return -1;
	*count = whole + (u64)((unsigned __int128)fraction * factor / scale);
	return 0;
}

static int parse_limit(struct fail_if *f, const char *text, bool changes, struct err *err)
{
	bool bytes = f->figure->kind == VALUE_BYTES;
	char trimmed[64];
	size_t n = strlen(text);

	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	if (n > 1 && n < sizeof(trimmed) && strchr("+-", text[0])) {
		if (!changes)
			return err_set(err, "a change ('%s') can be asked of diff only", text);
		f->change = true;
		f->negative = text[0] == '-';
		text++;
		n--;
	}
	if (n > 0 && n < sizeof(trimmed)) {
		memcpy(trimmed, text, n);
		trimmed[n] = '\0';
		if (bytes && trimmed[n - 1] != '%' && human_parse_bytes(trimmed, &f->limit) == 0)
			return 0;
		if ((!bytes || trimmed[n - 1] == '%') && parse_count(trimmed, &f->limit, &f->percent) == 0)
			return 0;
	}
	return err_set(err, "'%s' is not a %s", text, bytes ? "size" : "number");
}

int fail_if_parse(struct fail_if *f, const char *text, bool changes, struct err *err)
{
	struct table table = totals_table(NULL);
	const char *at = skip_space(text);
	char word[32];
	size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz_");

	*f = (struct fail_if){.operator= NO_ID };
	snprintf(word, sizeof(word), "%.*s", (int)MIN(n, sizeof(word) - 1), at);
	f->figure = n ? table_column(&table, word) : NULL;
	if (!f->figure || f->figure->kind == VALUE_TIME)
		return err_set(
			err, "--fail-if: '%s' does not begin with a figure such as leaked, peak, allocations",
			text);
	at = skip_space(at + n);
	for (u32 i = 0; i < ARRAY_LEN(operators) && f->operator== NO_ID; i++) {
		n = strlen(operators[i].text);
		if (strncmp(at, operators[i].text, n) == 0) {
			f->operator= operators[i].operator;
			at = skip_space(at + n);
		}
	}
	if (f->operator== NO_ID)
		return err_set(err, "--fail-if: '%s' has none of > >= < <= == !=", text);
	if (parse_limit(f, at, changes, err) < 0)
		return err_prefix(err, "--fail-if");
	return 0;
}

static bool compare(u32 operator, __int128 left, __int128 right)
{
	switch (operator) {
	case GREATER:
		return left > right;
	case GREATER_EQUAL:
		return left >= right;
	case LESS:
		return left < right;
	case LESS_EQUAL:
		return left <= right;
	case EQUAL:
		return left == right;
	default:
		return left != right;
	}
}

/* False where it was not measured. */
static bool figure_of(const struct fail_if *f, const struct memory *memory, u64 *figure)
{
	struct table table = totals_table(memory);
	struct value value = table_value(&table, f->figure, NULL, memory);

	*figure = value.number;
	return value.kind != VALUE_NONE;
}

static enum verdict verdict_of(bool holds)
{
	return holds ? VERDICT_HOLDS : VERDICT_HOLDS_NOT;
}

enum verdict fail_if_holds(const struct fail_if *f, const struct memory *memory, u64 *value)
{
	const struct figures *all = &memory->figures;
	__int128 left, right = f->limit;

	if (!figure_of(f, memory, value))
		return VERDICT_UNKNOWN;
	left = *value;
	if (f->percent) {
		/* value / whole > limit / 10000, without dividing; the largest product has not 127 bits */
		left *= PERCENT;
		right *= MIN(f->figure->kind == VALUE_BYTES ? all->allocated_bytes : all->allocations,
			     (u64)INT64_MAX);
	}
	return verdict_of(compare(f->operator, left, right));
}

enum verdict fail_if_changed(const struct fail_if *f, const struct memory *old, const struct memory *new,
			     i64 *value)
{
	u64 before, now;
	__int128 left, right = f->limit;

	if (!f->change) {
		enum verdict verdict = fail_if_holds(f, new, &now);

		*value = (i64)MIN(now, (u64)INT64_MAX);
		return verdict;
	}
	if (!figure_of(f, old, &before) || !figure_of(f, new, &now))
		return VERDICT_UNKNOWN;
	*value = diff_change(before, now);
	left = *value;
	if (f->percent) {
		left *= PERCENT;
		right *= MIN(before, (u64)INT64_MAX);
	}
	return verdict_of(compare(f->operator, left, f->negative ? -right : right));
}

int fail_if_say(enum verdict verdict, const char *condition, const char *value)
{
	switch (verdict) {
	case VERDICT_HOLDS:
		warn("--fail-if '%s' holds: %s", condition, value);
		return CLI_HELD;
	case VERDICT_UNKNOWN:
		warn("--fail-if '%s' can't be told: the figure was not recorded, or is not known of a part "
		     "of the run",
		     condition);
		return CLI_USAGE;
	default:
		return 0;
	}
}
