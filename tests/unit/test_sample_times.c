/* When samples are taken: a program that goes round in whole milliseconds, or in whole parts of them, is met
 * all round. */
#include "tests/unit/test.h"

#include "common/trace_types.h"

enum { SAMPLES = 3000, SECTORS = 20, PART = SAMPLES / SECTORS };

/* Each twentieth of a round holds a twentieth of the samples, give or take one in a hundred of all. */
static void check_round(u64 round_ns, u32 frequency)
{
	u32 found[SECTORS] = {0};

	for (u64 i = 0; i < SAMPLES; i++)
		found[i * trace_sample_ns(frequency) % round_ns * SECTORS / round_ns]++;
	for (int i = 0; i < SECTORS; i++)
		assert_in_range(found[i], PART - SAMPLES / 100, PART + SAMPLES / 100);
}

static void round_programs(void **state)
{
	static const u64 rounds_us[] = {100, 200, 250, 500, 1000, 1500, 2000, 2500, 4000, 5000, 10000, 20000};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(rounds_us); i++) {
		check_round(rounds_us[i] * 1000, 1000);
		check_round(rounds_us[i] * 1000 * 10, 100);
	}
}

/* What is asked for is got, all but one or two in a hundred. */
static void frequency_kept(void **state)
{
	static const u32 frequencies[] = {1, 100, 250, 999, 1000, 4000, 10000};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(frequencies); i++)
		assert_in_range(trace_sample_ns(frequencies[i]) / 1000 * frequencies[i], 980000, 1020000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_programs),
		cmocka_unit_test(frequency_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
