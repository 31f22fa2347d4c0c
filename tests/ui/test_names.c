#include "tests/unit/test.h"
#include "viewer/ui/names.h"

static void test_shorten(void **state)
{
	static const struct {
		const char *name, *without_arguments, *without_brackets;
	} cases[] = {
		{"main", "main", "main"},
		{"f(int, char)", "f", "f"},
		{"f(int) const", "f", "f"},
		{"S::operator()(int)", "S::operator()", "S::operator()"},
		{"S::operator()", "S::operator()", "S::operator()"},
		{"operator<<(std::ostream&, S<int> const&)", "operator<<", "operator<<"},
		{"S::operator->()", "S::operator->", "S::operator->"},
		{"std::map<std::string, std::vector<int>>::insert(int)",
		 "std::map<std::string, std::vector<int>>::insert", "std::map<~>::insert"},
		{"<Vec<T,A> as Drop>::drop", "<Vec<T,A> as Drop>::drop", "<~>::drop"},
		{"f<(A)1>(std::function<void (int)>)", "f<(A)1>", "f<~>"},
		{"(anonymous namespace)::f()", "(anonymous namespace)::f", "(anonymous namespace)::f"},
		{"a)", "a)", "a)"},
		{"a>b>", "a>b>", "a>b>"},
		{"", "", ""},
		{"<listcomp>", "<listcomp>", "<listcomp>"},
		{"f.<locals>.<lambda>", "f.<locals>.<lambda>", "f.<locals>.<lambda>"},
		{"f<int>.<locals>", "f<int>.<locals>", "f<~>.<locals>"},
		{"<T>::f", "<T>::f", "<~>::f"},
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		name_shorten(out, sizeof(out), cases[i].name, "~", false);
		assert_string_equal(out, cases[i].without_arguments);
		name_shorten(out, sizeof(out), cases[i].name, "~", true);
		assert_string_equal(out, cases[i].without_brackets);
	}
	name_shorten(out, 4, "abcdef", "~", true);
	assert_string_equal(out, "abc");
}

static void test_within(void **state)
{
	const char *name = "Walk<4, 1>::go(int)";
	char out[32];

	(void)state;
	assert_ptr_equal(name_within(out, sizeof(out), name, "~", 19), name);
	assert_string_equal(name_within(out, sizeof(out), name, "~", 18), "Walk<4, 1>::go");
	assert_string_equal(name_within(out, sizeof(out), name, "~", 14), "Walk<4, 1>::go");
	assert_string_equal(name_within(out, sizeof(out), name, "~", 13), "Walk<~>::go");
	assert_string_equal(name_within(out, sizeof(out), name, "~", 0), "Walk<~>::go");
	/* A buffer that is too small is less room. */
	assert_string_equal(name_within(out, 15, name, "~", 19), "Walk<~>::go");
	assert_string_equal(name_within(out, 5, name, "~", 19), "Walk");
}

static void test_find(void **state)
{
	const char *name = "N::find(std::string const&)";

	(void)state;
	assert_ptr_equal(name_find(name, "find", false), name + 3);
	assert_ptr_equal(name_find(name, "FIND", true), name + 3);
	assert_null(name_find(name, "FIND", false));
	assert_null(name_find(name, "std", false));
	assert_null(name_find(name, "nothing", false));
	assert_ptr_equal(name_find(name, "find(std", false), name + 3);
}

static void check_put(const char *name, int width, int scroll, const char *wanted)
{
	struct surface s;
	char got[64] = "";

	surface_init(&s, true);
	surface_resize(&s, 60, 1);
	int used = name_put(&s, 0, 0, width, ROLE_NORMAL, name, scroll);
	assert_true(used <= width);
	for (int i = 0; i < used; i++)
		got[i] = (char)surface_cell(&s, i, 0)->c;
	assert_string_equal(got, wanted);
	surface_fini(&s);
}

static void test_put(void **state)
{
	(void)state;
	check_put("f(int, char)", 20, 0, "f(int, char)");
	check_put("f(int, char)", 8, 0, "f");
	check_put("std::map<int, long>::insert(int)", 20, 0, "std::map<~>::insert");
	check_put("std::map<int, long>::insert(int)", 12, 0, "std::m~nsert");
	check_put("std::map<int, long>::insert(int)", 20, 8, "<int, long>::insert~");
	/* Of a few letters the first ones. */
	check_put("arena_map_mark_used", 6, 0, "are~ed");
	check_put("arena_map_mark_used", 5, 0, "aren~");
	check_put("<module>", 8, 0, "<module>");
	check_put("<module>", 5, 0, "<mod~");
	check_put("<module>", 3, 0, "<m~");
	check_put("abc", 20, 8, "");
	check_put("abc", 0, 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_shorten), cmocka_unit_test(test_within),
					   cmocka_unit_test(test_find), cmocka_unit_test(test_put)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
