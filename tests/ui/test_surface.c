#include "tests/unit/test.h"
#include "viewer/ui/surface.h"

static void check_row(struct surface *s, int row, const char *wanted)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	surface_dump(s, out);
	fclose(out);
	char *line = text;
	for (int i = 0; i < row; i++)
		line = strchr(line, '\n') + 1;
	*strchr(line, '\n') = '\0';
	assert_string_equal(line, wanted);
	free(text);
}

static void test_clipping(void **state)
{
	struct surface s;

	(void)state;
	surface_init(&s, false);
	surface_resize(&s, 10, 2);
	assert_int_equal(surface_put(&s, 7, 0, 99, ROLE_NORMAL, "abcdef"), 6);
	check_row(&s, 0, "       abc");
	surface_put(&s, -2, 1, 99, ROLE_NORMAL, "abcdef");
	check_row(&s, 1, "cdef");
	surface_clear(&s);
	assert_int_equal(surface_put(&s, 0, 0, 3, ROLE_NORMAL, "abcdef"), 3);
	check_row(&s, 0, "abc");
	/* outside: nothing happens */
	surface_put(&s, 0, 5, 10, ROLE_NORMAL, "x");
	surface_put(&s, 0, -1, 10, ROLE_NORMAL, "x");
	surface_fill(&s, -5, -5, 100, 100, ROLE_DIM);
	assert_null(surface_cell(&s, 10, 0));
	surface_fini(&s);
}

static void test_wide_characters_stay_whole(void **state)
{
	struct surface s;

	(void)state;
	surface_init(&s, false);
	surface_resize(&s, 6, 4);
	assert_int_equal(surface_put(&s, 0, 0, 5, ROLE_NORMAL, "日本語"), 4);
	check_row(&s, 0, "日本");
	/* half of one outside of the grid */
	surface_put(&s, 5, 1, 10, ROLE_NORMAL, "日");
	check_row(&s, 1, "");
	/* overwriting either half clears the other */
	surface_put(&s, 0, 2, 6, ROLE_NORMAL, "日本語");
	surface_put(&s, 1, 2, 1, ROLE_NORMAL, "x");
	check_row(&s, 2, " x本語");
	surface_put(&s, 2, 2, 1, ROLE_NORMAL, "y");
	check_row(&s, 2, " xy 語");
	surface_put(&s, 0, 3, 6, ROLE_NORMAL, "e\u0301t\u0301e");
	check_row(&s, 3, "e\u0301t\u0301e");
	surface_fini(&s);
}

static void test_what_comes_in_is_harmless(void **state)
{
	struct surface s;

	(void)state;
	surface_init(&s, false);
	surface_resize(&s, 40, 1);
	surface_put(&s, 0, 0, 40, ROLE_NORMAL, "a\033[31mb\n\xff");
	check_row(&s, 0, "a\\x1B[31mb\\x0A\\xFF");
	surface_clear(&s);
	s.ascii = true;
	surface_put(&s, 0, 0, 40, ROLE_NORMAL, "é");
	check_row(&s, 0, "\\u{E9}");
	assert_int_equal(surface_columns(&s, "é"), 6);
	surface_fini(&s);
}

static void test_eliding(void **state)
{
	struct surface s;

	(void)state;
	surface_init(&s, true);
	surface_resize(&s, 20, 4);
	surface_put_fit(&s, 0, 0, 7, ROLE_NORMAL, "abcdefghij", FIT_END);
	check_row(&s, 0, "abcdef~");
	surface_put_fit(&s, 0, 1, 7, ROLE_NORMAL, "abcdefghij", FIT_MIDDLE);
	check_row(&s, 1, "abc~hij");
	surface_put_fit(&s, 0, 2, 7, ROLE_NORMAL, "abcdefghij", FIT_START);
	check_row(&s, 2, "~efghij");
	surface_put_right(&s, 0, 3, 6, ROLE_NORMAL, "abc");
	check_row(&s, 3, "   abc");
	for (int w = 0; w < 12; w++)
		assert_true(surface_put_fit(&s, 0, 0, w, ROLE_NORMAL, "abcdefghij", FIT_MIDDLE) <= w);
	s.ascii = false;
	s.ellipsis = "…";
	/* Never twice in a row, whichever side of the cut it stands on. */
	assert_int_equal(surface_put_fit(&s, 0, 0, 11, ROLE_NORMAL, "abcdefg<…>::f", FIT_MIDDLE), 10);
	assert_int_equal(surface_cell(&s, 5, 0)->c, 0x2026);
	assert_int_equal(surface_cell(&s, 6, 0)->c, '>');
	assert_int_equal(surface_put_fit(&s, 0, 0, 6, ROLE_NORMAL, "f<…>::abcdefg", FIT_MIDDLE), 5);
	assert_int_equal(surface_cell(&s, 2, 0)->c, 0x2026);
	assert_int_equal(surface_cell(&s, 3, 0)->c, 'f');
	for (int w = 0; w < 12; w++) {
		for (int fit = FIT_END; fit <= FIT_START; fit++)
			assert_true(surface_put_fit(&s, 0, 0, w, ROLE_NORMAL, "日本語漢字仮名",
						    (enum surface_fit)fit) <= w);
	}
	surface_fini(&s);
}

static void test_marks_and_roles(void **state)
{
	struct surface s;
	char *text = NULL;
	size_t size;

	(void)state;
	surface_init(&s, false);
	surface_resize(&s, 8, 1);
	surface_put(&s, 0, 0, 8, ROLE_STRONG, "xAbxab");
	surface_mark(&s, 0, 0, 8, "ab", true, ROLE_MATCH);
	surface_select(&s, 5, 0, 3);
	FILE *out = open_memstream(&text, &size);
	surface_dump_roles(&s, out);
	fclose(out);
	assert_string_equal(text, "smmsmM##\n");
	free(text);
	surface_fini(&s);
}

static void test_no_size_at_all(void **state)
{
	struct surface s;

	(void)state;
	surface_init(&s, false);
	surface_resize(&s, 0, 0);
	surface_put(&s, 0, 0, 5, ROLE_NORMAL, "x");
	surface_fill(&s, 0, 0, 5, 5, ROLE_NORMAL);
	surface_select(&s, 0, 0, 5);
	surface_mark(&s, 0, 0, 5, "x", false, ROLE_MATCH);
	surface_resize(&s, -3, 4);
	assert_int_equal(s.w, 0);
	surface_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clipping),
		cmocka_unit_test(test_wide_characters_stay_whole),
		cmocka_unit_test(test_what_comes_in_is_harmless),
		cmocka_unit_test(test_eliding),
		cmocka_unit_test(test_marks_and_roles),
		cmocka_unit_test(test_no_size_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
