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

		if (fail_if_parse(&f, rows[i].text, false, &err) < 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		if (fail_if_holds(&f, &memory, &value) != (rows[i].holds ? VERDICT_HOLDS : VERDICT_HOLDS_NOT))
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
					   "allocations>+1000",
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

		if (fail_if_parse(&f, rows[i], false, &err) == 0)
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
	assert_int_equal(fail_if_parse(&f, "temporary>0%", false, NULL), 0);
	assert_int_equal(fail_if_holds(&f, &none, &value), VERDICT_HOLDS_NOT);
}

static void what_is_not_known(void **state)
{
	static const struct {
		const char *text;
		struct memory memory;
	} rows[] = {
		{"leaked>0", {.unrecorded = true}},       {"peak<1G", {.unrecorded = true}},
		{"unknown_frees==0", {.part = true}},     {"samples<1000", {.figures = {.calls = 1}}},
		{"calls>0", {.figures = {.samples = 1}}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fail_if f;
		u64 value;

		assert_int_equal(fail_if_parse(&f, rows[i].text, false, NULL), 0);
		if (fail_if_holds(&f, &rows[i].memory, &value) != VERDICT_UNKNOWN)
			fail_msg("%s", rows[i].text);
	}
}

static void change_of_what_is_not_known(void **state)
{
	static const struct memory known = {.figures = {.peak_bytes = 5}}, unknown = {.unrecorded = true};
	struct fail_if f;
	i64 value;

	(void)state;
	assert_int_equal(fail_if_parse(&f, "peak>+5%", true, NULL), 0);
	assert_int_equal(fail_if_changed(&f, &unknown, &known, &value), VERDICT_UNKNOWN);
	assert_int_equal(fail_if_changed(&f, &known, &unknown, &value), VERDICT_UNKNOWN);
	assert_int_equal(fail_if_parse(&f, "peak>4", true, NULL), 0);
	assert_int_equal(fail_if_changed(&f, &unknown, &known, &value), VERDICT_HOLDS);
}

static void what_has_changed(void **state)
{
	static const struct memory old = {
		.figures = {.allocations = 1000, .peak_bytes = 1000, .temporary = 250}};
	static const struct memory new = {
		.figures = {.allocations = 2001, .peak_bytes = 1050, .leaked_bytes = 1, .temporary = 200}};
	static const struct {
		const char *text;
		bool holds, same; /* of old and new; of old and old */
	} rows[] = {
		{"peak>+5%", false, false},         {"peak>+4.99%", true, false},
		{"peak>=+5%", true, false},         {"peak>+49", true, false},
		{"peak>+50", false, false},         {"peak>1049", true, false},
		{"allocations>+1000", true, false}, {"allocations>+1001", false, false},
		{"allocations>+1k", true, false},   {"allocations!=+0", true, false},
		{"allocations==+0", false, true},   {"temporary<-10%", true, false},
		{"temporary<-20%", false, false},   {"temporary>-20%", false, true},
		{"temporary<=-50", true, false},    {"leaked>+5%", true, false},
		{"leaked>+1000%", true, false},     {"leaked>0", true, false},
		{"peak<+5%", false, true},          {"frees>+0%", false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = {""};
		struct fail_if f;
		i64 value;

		if (fail_if_parse(&f, rows[i].text, true, &err) < 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		if (fail_if_changed(&f, &old, &new, &value) !=
		    (rows[i].holds ? VERDICT_HOLDS : VERDICT_HOLDS_NOT))
			fail_msg("%s", rows[i].text);
		if (fail_if_changed(&f, &old, &old, &value) !=
		    (rows[i].same ? VERDICT_HOLDS : VERDICT_HOLDS_NOT))
			fail_msg("%s of the same", rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_holds),
		cmocka_unit_test(what_is_wrong),
		cmocka_unit_test(nothing_was_allocated),
		cmocka_unit_test(what_is_not_known),
		cmocka_unit_test(change_of_what_is_not_known),
		cmocka_unit_test(what_has_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
