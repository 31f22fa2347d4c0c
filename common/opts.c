/* Command-line options: parsing and --help, both driven by the caller's table. */
#include "common/opts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { HELP_COLUMN = 34, HELP_WIDTH = 100 };

static bool takes_value(const struct opt *opt)
{
	return opt->kind != OPT_FLAG;
}

static const struct opt *find_long(const struct opt *table, const char *name, size_t n)
{
	for (; table->name != NULL; table++)
		if (strlen(table->name) == n && memcmp(table->name, name, n) == 0)
			return table;
	return NULL;
}

static const struct opt *find_letter(const struct opt *table, char letter)
{
	for (; table->name != NULL; table++)
		if (table->letter == letter)
			return table;
	return NULL;
}

/* The index of word in "a|b|c", -1 when it is none of them. */
static int choice_index(const char *choices, const char *word)
{
	size_t n = strlen(word);

	for (int i = 0; n > 0; i++) {
		size_t length = strcspn(choices, "|");

		if (length == n && memcmp(choices, word, n) == 0)
			return i;
		if (choices[length] == '\0')
			break;
		choices += length + 1;
	}
	return -1;
}

static int parse_number(const char *text, u64 *number)
{
	u64 value = 0;

	if (*text == '\0')
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, (u64)10, &value) ||
		    __builtin_add_overflow(value, (u64)(*text - '0'), &value))
			return -1;
	}
	*number = value;
	return 0;
}

static int store(const struct opt *opt, const char *value, struct err *err)
{
	struct opt_list *list;
	int choice;

	switch (opt->kind) {
	case OPT_FLAG:
		*(bool *)opt->target = true;
		return 0;
	case OPT_STRING:
		*(const char **)opt->target = value;
		return 0;
	case OPT_LIST:
		list = opt->target;
		if (list->n == ARRAY_LEN(list->at))
			return err_set(err, "--%s is given more than %zu times", opt->name,
				       ARRAY_LEN(list->at));
		list->at[list->n++] = value;
		return 0;
	case OPT_NUMBER:
		if (parse_number(value, opt->target) == 0)
			return 0;
		return err_set(err, "--%s: '%s' is not a number", opt->name, value);
	case OPT_CHOICE:
		choice = choice_index(opt->value, value);
		if (choice < 0)
			return err_set(err, "--%s: '%s' is none of %s", opt->name, value, opt->value);
		*(int *)opt->target = choice;
		return 0;
	case OPT_ON_OFF:
		choice = choice_index("off|on", value);
		if (choice < 0)
			return err_set(err, "--%s: '%s' is neither on nor off", opt->name, value);
		*(bool *)opt->target = choice;
		return 0;
	}
	return err_set(err, "--%s can't be given", opt->name);
}

/* One argument that begins with "--". *i is moved on when the value is the next argument. */
static enum opts_result parse_long(const struct opt *table, int argc, char **argv, int *i, struct err *err)
{
	const char *name = argv[*i] + 2, *value = strchr(name, '=');
	size_t n = value ? (size_t)(value - name) : strlen(name);
	const struct opt *opt = find_long(table, name, n);

	if (opt == NULL) {
		if (strcmp(name, "help") == 0)
			return OPTS_HELP;
		if (strcmp(name, "version") == 0)
			return OPTS_VERSION;
		return err_set(err, "unknown option --%.*s; --help shows them", (int)MIN(n, (size_t)64),
			       name);
	}
	if (value != NULL)
		value++;
	if (value != NULL && !takes_value(opt))
		return err_set(err, "--%s takes no value", opt->name);
	if (value == NULL && takes_value(opt)) {
		if (*i + 1 >= argc)
			return err_set(err, "--%s needs a value: %s", opt->name,
				       opt->value ? opt->value : "on|off");
		value = argv[++*i];
	}
	return store(opt, value, err);
}

/* One argument of joined letters. */
static enum opts_result parse_letters(const struct opt *table, int argc, char **argv, int *i, struct err *err)
{
	for (const char *at = argv[*i] + 1; *at != '\0'; at++) {
		const struct opt *opt = find_letter(table, *at);
		const char *value = NULL;

		if (opt == NULL && *at == 'h')
			return OPTS_HELP;
		if (opt == NULL)
			return err_set(err, "unknown option -%c; --help shows them", *at);
		if (takes_value(opt)) {
			value = at[1] != '\0' ? at + 1 : *i + 1 < argc ? argv[++*i] : NULL;
			if (value == NULL)
				return err_set(err, "-%c needs a value: %s", opt->letter,
					       opt->value ? opt->value : "on|off");
		}
		if (store(opt, value, err) < 0)
			return OPTS_ERROR;
		if (value != NULL)
			break;
	}
	return OPTS_OK;
}

enum opts_result opts_parse(const struct opt *table, int argc, char **argv, bool stop_at_operand, int *rest,
			    struct err *err)
{
	char **operands = xcalloc((size_t)argc + 1, sizeof(*operands));
	int i, kept = 1, n_operands = 0;
	enum opts_result result = OPTS_OK;

	for (i = 1; i < argc && result == OPTS_OK; i++) {
		int first = i;

		if (strcmp(argv[i], "--") == 0) {
			argv[kept++] = argv[i++];
			break;
		}
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			if (stop_at_operand)
				break;
			operands[n_operands++] = argv[i];
			continue;
		}
		if (argv[i][1] == '-')
			result = parse_long(table, argc, argv, &i, err);
		else
			result = parse_letters(table, argc, argv, &i, err);
		while (first <= i)
			argv[kept++] = argv[first++];
	}
	/* The options lie in front now; the operands met between them go before those that were not looked
	 * at. */
	if (result == OPTS_OK) {
		memcpy(argv + kept, operands, (size_t)n_operands * sizeof(*operands));
		*rest = kept;
	}
	free(operands);
	return result;
}

/* Text wrapped at words, its lines indented to a column; the first one starts at column `at`. */
static void print_wrapped(const char *text, int at, int indent, int width)
{
	bool first = true;

	while (*text != '\0') {
		int n = (int)strcspn(text, " ");

		if (!first && at + 1 + n > width) {
			printf("\n%*s", indent, "");
			at = indent;
			first = true;
		}
		at += printf("%s%.*s", first ? "" : " ", n, text);
		first = false;
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void print_option(char letter, const char *name, const char *value, const char *help)
{
	int at = letter ? printf("  -%c, --%s", letter, name) : printf("      --%s", name);

	if (value != NULL)
		at += printf("=%s", value);
	if (at + 2 > HELP_COLUMN) {
		putchar('\n');
		at = 0;
	}
	printf("%*s", HELP_COLUMN - at, "");
	print_wrapped(help, HELP_COLUMN, HELP_COLUMN, HELP_WIDTH);
}

void opts_help(const struct opt *table, const char *usage, const char *intro)
{
	const char *lead = "usage: ";
	bool h_is_free = find_letter(table, 'h') == NULL;

	while (*usage != '\0') {
		size_t n = strcspn(usage, "\n");

		printf("%s%.*s\n", lead, (int)n, usage);
		usage += n + (usage[n] == '\n');
		lead = "       ";
	}
	putchar('\n');
	print_wrapped(intro, 0, 0, HELP_WIDTH);
	printf("\noptions:\n");
	for (; table->name != NULL; table++)
		print_option(table->letter, table->name,
			     table->kind == OPT_ON_OFF && table->value == NULL ? "on|off" : table->value,
			     table->help);
	print_option(h_is_free ? 'h' : '\0', "help", NULL, "show this help");
	print_option('\0', "version", NULL, "show the version");
}
