#include "tests/unit/test.h"
#include "viewer/ui/history.h"

static struct focus all(void)
{
	struct focus f = {.metric = METRIC_PEAK};

	lens_init(&f.lens);
	return f;
}

static void narrow(struct history *h, const char *filter)
{
	struct focus f = *history_now(h);

	f.lens.filter = filter;
	f.depth++;
	history_push(h, &f);
}

static void test_undo_and_redo(void **state)
{
	struct history h;
	struct focus f = all();

	(void)state;
	history_init(&h, &f);
	assert_false(history_undo(&h));
	f.metric = METRIC_LEAKED;
	history_push(&h, &f);
	history_push(&h, &f); /* no change, no step */
	assert_true(history_undo(&h));
	assert_int_equal(history_now(&h)->metric, METRIC_PEAK);
	assert_false(history_undo(&h));
	assert_true(history_redo(&h));
	assert_int_equal(history_now(&h)->metric, METRIC_LEAKED);
	assert_false(history_redo(&h));
	history_undo(&h);
	f.metric = METRIC_ALLOCATED;
	history_push(&h, &f);
	assert_false(history_redo(&h)); /* another way was taken */
	history_fini(&h);
}

static void test_widening_goes_the_way_that_one_came(void **state)
{
	struct history h;
	struct focus f = all();

	(void)state;
	history_init(&h, &f);
	narrow(&h, "a");
	f = *history_now(&h);
	f.metric = METRIC_LEAKED;
	history_push(&h, &f);
	narrow(&h, "b");
	assert_true(history_widen(&h));
	assert_string_equal(history_now(&h)->lens.filter, "a");
	assert_int_equal(history_now(&h)->metric, METRIC_LEAKED); /* the metric is kept */
	assert_true(history_widen(&h));
	assert_null(history_now(&h)->lens.filter);
	assert_false(history_widen(&h));
	/* widening can be undone */
	assert_true(history_undo(&h));
	assert_string_equal(history_now(&h)->lens.filter, "a");
	history_fini(&h);
}

static void test_many_steps(void **state)
{
	struct history h;
	struct focus f = all();
	char text[16];
	int n = 0;

	(void)state;
	history_init(&h, &f);
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		narrow(&h, text);
	}
	assert_string_equal(history_now(&h)->lens.filter, "999");
	while (history_undo(&h))
		n++;
	assert_true(n >= 100);
	history_fini(&h);
}

static void test_begin(void **state)
{
	struct history h;
	struct focus f = all();
	struct lens lens;
	char filter[] = "x";

	(void)state;
	history_init(&h, &f);
	lens_init(&lens);
	lens.filter = filter;
	history_begin(&h, &lens);
	filter[0] = 'y';
	assert_string_equal(history_now(&h)->lens.filter, "x");
	assert_false(focus_same_lens(history_now(&h), &f));
	history_fini(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_undo_and_redo),
		cmocka_unit_test(test_widening_goes_the_way_that_one_came),
		cmocka_unit_test(test_many_steps),
		cmocka_unit_test(test_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
