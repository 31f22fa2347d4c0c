/* Curves in cells, and moments in words. */
#include "tests/unit/test.h"
#include "viewer/ui/plot.h"
#include "viewer/ui/timespan.h"

static char *dump(const struct surface *s)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	surface_dump(s, out);
	fclose(out);
	return text;
}

static void check_area(enum plot_style style, int w, int h, const struct plot_value *values, u64 top,
		       const char *wanted)
{
	struct surface s;

	surface_init(&s, style == PLOT_ASCII);
	surface_resize(&s, w, h);
	plot_area(&s, style, 0, 0, w, h, values, top, ROLE_STRIP);
	char *got = dump(&s);
	assert_string_equal(got, wanted);
	free(got);
	surface_fini(&s);
}

static void areas(void **state)
{
	static const struct plot_value steps[] = {{0, 0}, {1, 1}, {50, 50}, {100, 100}};
	/* nothing, hardly anything, and what goes up and down within its interval */
	static const struct plot_value waves[] = {{0, 100}, {100, 100}, {0, 1}, {0, 0}};

	(void)state;
	check_area(PLOT_EIGHTHS, 4, 2, steps, 100, "   █\n ▁██\n");
	check_area(PLOT_HALVES, 4, 2, steps, 100, "   █\n ▄██\n");
	check_area(PLOT_ASCII, 4, 2, steps, 100, "   #\n .##\n");
	check_area(PLOT_BRAILLE, 2, 2, steps, 100, " ⢸\n⢀⣿\n");
	check_area(PLOT_EIGHTHS, 4, 2, waves, 100, "▒█\n▒█▁\n");
	check_area(PLOT_ASCII, 4, 2, waves, 100, "|#\n|#.\n");
	check_area(PLOT_BRAILLE, 2, 2, waves, 100, "⢽\n⢽⡀\n");
	/* a top of nothing is no division by it */
	check_area(PLOT_BRAILLE, 2, 2, (struct plot_value[4]){{0}}, 0, "\n\n");
	check_area(PLOT_EIGHTHS, 0, 0, steps, 100, "");
}

static void levels(void **state)
{
	(void)state;
	assert_int_equal(plot_level(0, 100, 8), 0);
	assert_int_equal(plot_level(1, UINT64_MAX, 8), 1);
	assert_int_equal(plot_level(UINT64_MAX, UINT64_MAX, 8), 8);
	assert_int_equal(plot_level(200, 100, 8), 8);
	assert_int_equal(plot_level(5, 0, 8), 0);
	assert_int_equal(plot_level(5, 5, 0), 0);
	/* what is larger is never lower */
	for (u64 v = 1, before = 0; v <= 1000; v++) {
		int level = plot_level(v, 1000, 33);
		assert_true(level >= (int)before);
		before = (u64)level;
	}
}

static void layers(void **state)
{
	static const char *const signs[PLOT_LAYERS] = {"a", "b", "c", "d", "e", "f"};
	static const enum role roles[PLOT_LAYERS] = {0};
	struct surface s;

	(void)state;
	surface_init(&s, true);
	surface_resize(&s, 4, 6);
	/* their edges are rounded once each: they fill what the whole fills */
	plot_layers(&s, 0, 0, 6, 100, 100, (u64[PLOT_LAYERS]){50, 30, 20}, signs, roles);
	plot_layers(&s, 1, 0, 6, 50, 100, (u64[PLOT_LAYERS]){1, 1, 1, 0, 0, 97}, signs, roles);
	plot_layers(&s, 2, 0, 6, 100, 100, (u64[PLOT_LAYERS]){0}, signs, roles);
	plot_layers(&s, 3, 0, 6, 0, 100, (u64[PLOT_LAYERS]){5}, signs, roles);
	char *got = dump(&s);
	assert_string_equal(got, "c f\nb f\nb f\naff\naff\naff\n");
	free(got);
	surface_fini(&s);
}

static void lines(void **state)
{
	struct surface s;

	(void)state;
	surface_init(&s, true);
	surface_resize(&s, 4, 2);
	surface_put(&s, 0, 1, 1, ROLE_STRIP, "#");
	plot_line(&s, 0, 0, 4, 2, (u64[]){10, 100, 0, 101}, 100, "~", ROLE_DIM);
	char *got = dump(&s);
	assert_string_equal(got, " ~\n#\n");
	free(got);
	surface_fini(&s);
}

static void moments(void **state)
{
	static const struct {
		u64 ns, step;
		const char *wanted;
	} cases[] = {
		{0, 1, "0s"},
		{1500000000, 1000000000, "2s"},
		{1500000000, 100000000, "1.5s"},
		{1234567890, 1, "1.234567890s"},
		{250000000, 1000000, "250ms"},
		{1500, 100, "1.5us"},
		{42, 1, "42ns"},
		{125000000000, 1000000000, "2:05"},
		{125400000000, 100000000, "125.4s"},
		{3725000000000, 5000000000, "1:02:05"},
	};
	char text[TIMESPAN_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(moment_text(text, cases[i].ns, cases[i].step, true), cases[i].wanted);
	assert_string_equal(moment_text(text, 1500, 1, false), "1.500µs");
	assert_int_equal(moment_step(1000, 10), 200);
	assert_int_equal(moment_step(12480000000, 6), 5000000000);
	assert_int_equal(moment_step(600000000000, 6), 120000000000);
	assert_int_equal(moment_step(0, 0), 1);
	assert_true(moment_step(UINT64_MAX, 3) >= UINT64_MAX / 6);
}

static void ranges(void **state)
{
	static const struct {
		const char *text;
		u64 from, to;
	} good[] = {
		{"1.5..3", 1500000000, 3000000000},
		{" 1.5 .. 3 ", 1500000000, 3000000000},
		{"1.5 3s", 1500000000, 3000000000},
		{"1.5-3", 1500000000, 3000000000},
		{"40%..60%", 4000000000, 6000000000},
		{"peak..", 7000000000, UINT64_MAX},
		{"..250ms", 0, 250000000},
		{"..", 0, UINT64_MAX},
		{"0:01..1:00:00", 1000000000, 3600000000000},
		{"10us..2m", 10000, 120000000000},
		{"1..1e30", 1000000000, UINT64_MAX},
	};
	static const char *const bad[] = {"",  "1",    "3..1",     "a..b",   "1..2x",
					  "-", "1.5:", "nan..inf", "1..2..3"};
	struct err err;
	u64 from, to;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(timespan_parse(good[i].text, 10000000000, 7000000000, &from, &to, &err), 0);
		assert_int_equal(from, good[i].from);
		assert_int_equal(to, good[i].to);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(timespan_parse(bad[i], 10000000000, 7000000000, &from, &to, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(areas), cmocka_unit_test(levels),  cmocka_unit_test(layers),
		cmocka_unit_test(lines), cmocka_unit_test(moments), cmocka_unit_test(ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
