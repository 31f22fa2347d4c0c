#include "tests/unit/test.h"
#include "viewer/ui/columns.h"

static void test_layout_fits(void **state)
{
	(void)state;
	for (int w = 18; w < 300; w++) {
		for (int metric = 0; metric < N_METRICS; metric++) {
			for (int self = 0; self < 2; self++) {
				struct columns c;
				int end = -1;
				bool function = false;
				int sort = (w + metric) % N_COLUMNS;
				columns_layout(&c, w, (enum metric)metric, self, 0, sort);
				assert_int_equal(c.at[0].id, COLUMN_METRIC);
				for (int i = 0; i < c.n; i++) {
					assert_int_equal(c.at[i].x, end + 1);
					assert_true(c.at[i].w > 0);
					end = c.at[i].x + c.at[i].w;
					if (c.at[i].id == COLUMN_FUNCTION) {
						function = true;
						assert_true(c.at[i].w >= 10);
					}
				}
				assert_true(function);
				/* exactly the width: nothing is wasted, nothing hangs over */
				assert_int_equal(end, w);
			}
		}
	}
}

static bool has(int w, enum column_id id)
{
	struct columns c;

	columns_layout(&c, w, METRIC_PEAK, true, 0, COLUMN_METRIC);
	for (int i = 0; i < c.n; i++) {
		if (c.at[i].id == id)
			return true;
	}
	return false;
}

static void test_what_goes_first(void **state)
{
	static const enum column_id order[] = {COLUMN_PERCENT, COLUMN_LOCATION,  COLUMN_ALLOCATIONS,
					       COLUMN_LEAKED,  COLUMN_ALLOCATED, COLUMN_SELF,
					       COLUMN_BAR};

	(void)state;
	for (size_t i = 0; i + 1 < ARRAY_LEN(order); i++) {
		for (int w = 18; w < 200; w++) {
			/* what leaves later is there whenever what leaves earlier is */
			if (has(w, order[i + 1]))
				assert_true(has(w, order[i]));
		}
	}
	assert_true(has(140, COLUMN_BAR));
	assert_false(has(140, COLUMN_PEAK)); /* it is the first column */
	assert_false(has(20, COLUMN_PERCENT));
}

static void test_text(void **state)
{
	struct figures row = {.allocations = 4, .temporary = 3, .peak_bytes = 1536, .leaked_bytes = 10},
		       whole = {.allocations = 8, .peak_bytes = 3072};
	char text[64];

	(void)state;
	column_text(COLUMN_METRIC, METRIC_PEAK, &row, &row, &whole, text, sizeof(text));
	assert_string_equal(text, "1.50K");
	column_text(COLUMN_PERCENT, METRIC_PEAK, &row, &row, &whole, text, sizeof(text));
	assert_string_equal(text, "50.0");
	column_text(COLUMN_TEMPORARY, METRIC_PEAK, &row, &row, &whole, text, sizeof(text));
	assert_string_equal(text, "75.0");
	column_text(COLUMN_LEAKED, METRIC_PEAK, &row, &row, &whole, text, sizeof(text));
	assert_string_equal(text, "10");
	metric_text_long(text, sizeof(text), METRIC_ALLOCATIONS, 1204611);
	assert_string_equal(text, "1 204 611 allocations");
}

/* Where an exact figure has no room it is short: what is cut off a figure makes it another one. */
static void test_exact(void **state)
{
	char text[64];

	(void)state;
	metric_write_exactly(true);
	assert_string_equal(metric_text_within(text, METRIC_PEAK, 6362568, 7), "6362568");
	assert_string_equal(metric_text_within(text, METRIC_PEAK, 6362568, 6), "6.07M");
	assert_string_equal(metric_text_within(text, METRIC_ALLOCATIONS, 6362568, 6), "6.36M");
	assert_string_equal(metric_text_within(text, METRIC_SELF, 6362568, 4), "6.36ms");
	metric_text_long(text, sizeof(text), METRIC_LEAKED, 6362568);
	assert_string_equal(text, "6 362 568 B leaked");
	assert_string_equal(bytes_text_short(text, UINT64_MAX), "?");
	metric_write_exactly(false);
	metric_text_long(text, sizeof(text), METRIC_LEAKED, 6362568);
	assert_string_equal(text, "6.07 MiB leaked");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout_fits),
		cmocka_unit_test(test_what_goes_first),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
