/* Conditions: WORD OPERATOR NUMBER, the words being those of the JSON's MEMORY and of --metric. */
#include "viewer/text/fail_if.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/human.h"

enum { NO_WHOLE = 0xffff };

#define WORD(name, member, bytes)                                                                            \
	{                                                                                                    \
		name, offsetof(struct memory, member), NO_WHOLE, bytes                                       \
	}
#define PART(name, member, whole, bytes)                                                                     \
	{                                                                                                    \
		name, offsetof(struct memory, member), offsetof(struct memory, whole), bytes                 \
	}

static const struct word {
	const char *name;
	u16 member, whole; /* whole: what a percentage refers to */
	bool bytes;
} words[] = {
	PART("leaked", figures.leaked_bytes, figures.allocated_bytes, true),
	PART("leaked_bytes", figures.leaked_bytes, figures.allocated_bytes, true),
	PART("leaked_blocks", figures.leaked_blocks, figures.allocations, false),
	PART("peak", figures.peak_bytes, figures.allocated_bytes, true),
	PART("peak_bytes", figures.peak_bytes, figures.allocated_bytes, true),
	PART("peak_blocks", figures.peak_blocks, figures.allocations, false),
	WORD("allocated", figures.allocated_bytes, true),
	WORD("allocated_bytes", figures.allocated_bytes, true),
	WORD("allocations", figures.allocations, false),
	PART("frees", figures.frees, figures.allocations, false),
	PART("temporary", figures.temporary, figures.allocations, false),
	WORD("inherited_frees", inherited_frees, false),
	WORD("mapped", mapped_bytes, true),
	WORD("mapped_bytes", mapped_bytes, true),
	WORD("mapped_peak", mapped_peak_bytes, true),
	WORD("mapped_peak_bytes", mapped_peak_bytes, true),
	WORD("lost_events", lost_events, false),
};

enum { GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, EQUAL, NOT_EQUAL };

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

static int parse_limit(struct fail_if *f, const char *text, struct err *err)
{
	const struct word *word = &words[f->word];
	char trimmed[64];
	size_t n = strlen(text);
	u64 percent;

	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	snprintf(trimmed, sizeof(trimmed), "%.*s", (int)MIN(n, sizeof(trimmed) - 1), text);
	if (n > 0 && n < sizeof(trimmed) && trimmed[n - 1] == '%') {
		if (trimmed[0] == '+' || trimmed[0] == '-')
			return err_set(err, "a change ('%s') can be asked of diff only", trimmed);
		if (parse_count(trimmed, &percent, &f->percent) < 0)
			return err_set(err, "'%s' is not a number", trimmed);
		if (word->whole == NO_WHOLE)
			return err_set(err, "%s is not a part of anything: no percentage", word->name);
		f->limit = percent;
		return 0;
	}
	if (n < sizeof(trimmed) && word->bytes ? human_parse_bytes(trimmed, &f->limit) == 0
					       : parse_count(trimmed, &f->limit, &f->percent) == 0)
		return 0;
	return err_set(err, "'%s' is not a %s", text, word->bytes ? "size" : "number");
}

int fail_if_parse(struct fail_if *f, const char *text, struct err *err)
{
	const char *at = skip_space(text);
	size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz_");

	*f = (struct fail_if){.word = NO_ID, .operator= NO_ID };
	for (u32 i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i].name) == n && memcmp(words[i].name, at, n) == 0)
			f->word = i;
	if (f->word == NO_ID)
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
	if (parse_limit(f, at, err) < 0)
		return err_prefix(err, "--fail-if");
	return 0;
}

static u64 member(const struct memory *memory, u16 offset)
{
	u64 value;

	memcpy(&value, (const char *)memory + offset, sizeof(value));
	return value;
}

bool fail_if_holds(const struct fail_if *f, const struct memory *memory, u64 *value)
{
	unsigned __int128 left, right = f->limit;

	*value = member(memory, words[f->word].member);
	left = *value;
	if (f->percent) {
		/* value / whole > limit / 10000, without dividing */
		left *= 10000;
		right *= member(memory, words[f->word].whole);
	}
	switch (f->operator) {
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
