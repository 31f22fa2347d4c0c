/* Options: every spelling, every kind, the errors, operands between options, and --help. */
#include "tests/unit/test.h"

#include <unistd.h>

#include "common/opts.h"

static struct {
	const char *output;
	bool force, quiet, memory;
	u64 limit;
	int time;
	struct opt_list filters;
} o;

static const struct opt table[] = {
	{"output", 'o', "FILE", "the trace", OPT_STRING, &o.output},
	{"force", 'f', NULL, "overwrite FILE", OPT_FLAG, &o.force},
	{"quiet", 'q', NULL, "say nothing", OPT_FLAG, &o.quiet},
	{"limit", 0, "N", "rows", OPT_NUMBER, &o.limit},
	{"time", 0, "sample|exact|off", "function timings", OPT_CHOICE, &o.time},
	{"memory", 0, "on|off", "allocations", OPT_ON_OFF, &o.memory},
	{"filter", 0, "REGEX",
	 "only these stacks; a help text that is long enough to need a second line in the table", OPT_LIST,
	 &o.filters},
	{NULL, 0, NULL, NULL, OPT_FLAG, NULL},
};

static struct err err;
static char *args[32];
static int n_args, rest;

/* Parses words parted by spaces. */
static enum opts_result parse(const char *words, bool stop_at_operand)
{
	static char copy[512];
	char *at = copy, *word;

	memset(&o, 0, sizeof(o));
	err.text[0] = '\0';
	snprintf(copy, sizeof(copy), "program %s", words);
	for (n_args = 0; (word = strsep(&at, " ")) != NULL;)
		if (*word != '\0')
			args[n_args++] = word;
	args[n_args] = NULL;
	return opts_parse(table, n_args, args, stop_at_operand, &rest, &err);
}

/* The operands, joined. */
static const char *operands(void)
{
	static char joined[512];
	size_t n = 0;

	joined[0] = '\0';
	for (int i = rest; i < n_args; i++)
		n += (size_t)snprintf(joined + n, sizeof(joined) - n, "%s%s", i > rest ? " " : "", args[i]);
	return joined;
}

static void every_spelling(void **state)
{
	static const char *const same[] = {"-fqo out x", "-f -q -oout x", "--force --quiet --output=out x",
					   "--force -q --output out -- x", "-q --force -o out x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		assert_int_equal(parse(same[i], true), OPTS_OK);
		assert_true(o.force && o.quiet);
		assert_string_equal(o.output, "out");
		assert_string_equal(operands(), "x");
	}
}

static void every_kind(void **state)
{
	(void)state;
	assert_int_equal(
		parse("--limit=0 --limit 18446744073709551615 --time=off --memory=on --filter=a --filter b",
		      false),
		OPTS_OK);
	assert_int_equal(o.limit, UINT64_MAX);
	assert_int_equal(o.time, 2);
	assert_true(o.memory);
	assert_int_equal(o.filters.n, 2);
	assert_string_equal(o.filters.at[0], "a");
	assert_string_equal(o.filters.at[1], "b");
	assert_int_equal(rest, n_args);
	parse("--memory=on --memory=off --output=", false);
	assert_false(o.memory);
	assert_string_equal(o.output, "");
}

static void stops_at_the_program(void **state)
{
	(void)state;
	assert_int_equal(parse("-f ls -q --bogus", true), OPTS_OK);
	assert_false(o.quiet);
	assert_string_equal(operands(), "ls -q --bogus");
	assert_int_equal(parse("-f -- -q ls", true), OPTS_OK);
	assert_string_equal(operands(), "-q ls");
	assert_int_equal(parse("-f", true), OPTS_OK);
	assert_int_equal(rest, n_args);
}

static void operands_between_options(void **state)
{
	(void)state;
	assert_int_equal(parse("one --limit 5 two -f - -o out three -- -q --", false), OPTS_OK);
	assert_string_equal(operands(), "one two - three -q --");
	assert_int_equal(o.limit, 5);
	assert_true(o.force);
	assert_false(o.quiet);
	assert_int_equal(parse("one two", false), OPTS_OK);
	assert_string_equal(operands(), "one two");
	assert_int_equal(parse("", false), OPTS_OK);
	assert_int_equal(rest, 1);
}

static void errors_are_clear(void **state)
{
	static const struct {
		const char *words, *text;
	} rows[] = {
		{"--bogus", "unknown option --bogus; --help shows them"},
		{"--bogus=3", "unknown option --bogus; --help shows them"},
		{"--out=x", "unknown option --out; --help shows them"},
		{"-x", "unknown option -x; --help shows them"},
		{"-fx", "unknown option -x; --help shows them"},
		{"--output", "--output needs a value: FILE"},
		{"-o", "-o needs a value: FILE"},
		{"--force=yes", "--force takes no value"},
		{"--limit=", "--limit: '' is not a number"},
		{"--limit=5x", "--limit: '5x' is not a number"},
		{"--limit=-1", "--limit: '-1' is not a number"},
		{"--limit=18446744073709551616", "--limit: '18446744073709551616' is not a number"},
		{"--time=sampl", "--time: 'sampl' is none of sample|exact|off"},
		{"--time=", "--time: '' is none of sample|exact|off"},
		{"--time=sample|exact", "--time: 'sample|exact' is none of sample|exact|off"},
		{"--memory=yes", "--memory: 'yes' is neither on nor off"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(parse(rows[i].words, false), OPTS_ERROR);
		assert_string_equal(err.text, rows[i].text);
	}
}

static void too_many_are_refused(void **state)
{
	static char *many[ARRAY_LEN(o.filters.at) + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = "--filter=x";
	memset(&o, 0, sizeof(o));
	assert_int_equal(opts_parse(table, ARRAY_LEN(many) - 1, many, false, &rest, &err), OPTS_OK);
	memset(&o, 0, sizeof(o));
	assert_int_equal(opts_parse(table, ARRAY_LEN(many), many, false, &rest, &err), OPTS_ERROR);
}

static void help_and_version(void **state)
{
	(void)state;
	assert_int_equal(parse("--help", false), OPTS_HELP);
	assert_int_equal(parse("-h", false), OPTS_HELP);
	assert_int_equal(parse("-f --version", true), OPTS_VERSION);
	assert_int_equal(parse("ls --help", true), OPTS_OK);
}

static void help_shows_the_table(void **state)
{
	char out[4096];
	FILE *file = tmpfile();
	int saved = dup(1);
	size_t n;

	(void)state;
	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), 1);
	opts_help(table, "memtrace x [OPTIONS] FILE\nmemtrace x --all", "What it is for.");
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	rewind(file);
	n = fread(out, 1, sizeof(out) - 1, file);
	out[n] = '\0';
	fclose(file);
	assert_string_equal(out, "usage: memtrace x [OPTIONS] FILE\n"
				 "       memtrace x --all\n"
				 "\n"
				 "What it is for.\n"
				 "\n"
				 "options:\n"
				 "  -o, --output=FILE               the trace\n"
				 "  -f, --force                     overwrite FILE\n"
				 "  -q, --quiet                     say nothing\n"
				 "      --limit=N                   rows\n"
				 "      --time=sample|exact|off     function timings\n"
				 "      --memory=on|off             allocations\n"
				 "      --filter=REGEX              only these stacks; a help text that is "
				 "long enough to need a\n"
				 "                                  second line in the table\n"
				 "  -h, --help                      show this help\n"
				 "      --version                   show the version\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling),       cmocka_unit_test(every_kind),
		cmocka_unit_test(stops_at_the_program), cmocka_unit_test(operands_between_options),
		cmocka_unit_test(errors_are_clear),     cmocka_unit_test(too_many_are_refused),
		cmocka_unit_test(help_and_version),     cmocka_unit_test(help_shows_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
