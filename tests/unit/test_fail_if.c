/* Conditions of --fail-if. */
#include "tests/unit/test.h"
#include "viewer/text/fail_if.h"

static const struct memory memory = {
	.figures = {.allocations = 1000,
		    .allocated_bytes = 1 << 20,
		    .peak_bytes = 200 << 10,
		    .leaked_bytes = 1024,
		    .leaked_blocks = 3,
		    .temporary = 250},
	.lost_events = 7,
};

static void what_holds(void **state)
{
	static const struct {
		const char *text;
		bool holds;
	} rows[] = {
		{"leaked>0", true},         {"leaked>1K", false},
		{"leaked>=1K", true},       {"leaked==1024", true},
		{"leaked!=1024", false},    {"leaked<1025", true},
		{"leaked<=1023", false},    {" leaked_bytes  >  0.5KiB ", true},
		{"leaked_blocks>2", true},  {"peak>200K", false},
		{"peak>199K", true},        {"peak_bytes<1G", true},
		{"allocations>=1k", true},  {"allocations>1k", false},
		{"allocated>1M", false},    {"allocated>=1M", true},
		{"temporary>25%", false},   {"temporary>=25%", true},
		{"temporary>24.99%", true}, {"peak<20%", true},
		{"frees>0", false},         {"lost_events>0", true},
		{"mapped>0", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = {""};
		struct fail_if f;
		u64 value;

		if (fail_if_parse(&f, rows[i].text, &err) < 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		if (fail_if_holds(&f, &memory, &value) != rows[i].holds)
			fail_msg("%s", rows[i].text);
	}
}

static void what_is_wrong(void **state)
{
	static const char *const rows[] = {"",
					   "leaked",
					   "leaked>",
					   ">0",
					   "leaked 0",
					   "bogus>1",
					   "leaked>x",
					   "leaked>1Q",
					   "leaked>1 2",
					   "peak>+5%",
					   "peak>-5%",
					   "leaked>>1",
					   "leaked=>1",
					   "allocations>1B",
					   "peak_at_s>1",
					   "leaked>0 || peak>0",
					   "allocations>99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = {""};
		struct fail_if f;

		if (fail_if_parse(&f, rows[i], &err) == 0)
			fail_msg("'%s' was taken", rows[i]);
		assert_non_null(strstr(err.text, "--fail-if"));
	}
}

static void nothing_was_allocated(void **state)
{
	static const struct memory none;
	struct fail_if f;
	u64 value;

	(void)state;
	assert_int_equal(fail_if_parse(&f, "temporary>0%", NULL), 0);
	assert_false(fail_if_holds(&f, &none, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_holds),
		cmocka_unit_test(what_is_wrong),
		cmocka_unit_test(nothing_was_allocated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
