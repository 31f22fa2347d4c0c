#include "tests/unit/test.h"
#include "viewer/ui/keys.h"
#include "viewer/ui/prompt.h"

static enum prompt_result type(struct prompt *p, const char *keys)
{
	enum prompt_result last = PROMPT_IGNORED;
	u32 key;

	while ((key = key_parse_typed(&keys)) != 0)
		last = prompt_key(p, key);
	return last;
}

static void test_editing(void **state)
{
	static const struct {
		const char *keys, *text;
		size_t at;
	} cases[] = {
		{"abc", "abc", 3},
		{"abc<Left>X", "abXc", 3},
		{"abc<Home>X<End>Y", "XabcY", 5},
		{"aé<Backspace>b", "ab", 2},
		{"é<Left><Del>b", "b", 1},
		{"one two<^W>", "one ", 4},
		{"one two<^U>x", "x", 1},
		{"abc<Left><Left><^K>", "a", 1},
		{"<Left><Del>", "", 0},
		{"日本<Left>x", "日x本", 4},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct prompt p;
		prompt_set(&p, "");
		type(&p, cases[i].keys);
		assert_string_equal(p.text, cases[i].text);
		assert_int_equal(p.at, cases[i].at);
	}
}

static void test_results(void **state)
{
	struct prompt p;

	(void)state;
	prompt_set(&p, "x");
	assert_int_equal(type(&p, "y"), PROMPT_CHANGED);
	assert_int_equal(type(&p, "<Left>"), PROMPT_MOVED);
	assert_int_equal(type(&p, "<F5>"), PROMPT_IGNORED);
	assert_int_equal(type(&p, "<Enter>"), PROMPT_DONE);
	assert_int_equal(type(&p, "<Esc>"), PROMPT_CANCELLED);
	assert_int_equal(type(&p, "<^U>"), PROMPT_CHANGED);
	assert_int_equal(type(&p, "<Del>"), PROMPT_CHANGED);
	assert_int_equal(type(&p, "<Backspace>"), PROMPT_CANCELLED);
}

static void test_full(void **state)
{
	struct prompt p;

	(void)state;
	prompt_set(&p, "");
	for (int i = 0; i < 1000; i++)
		prompt_key(&p, 0x65e5);
	assert_true(p.n < PROMPT_MAX);
	assert_int_equal(p.n % 3, 0);
	assert_int_equal(strlen(p.text), p.n);
}

static void test_the_cursor_is_seen(void **state)
{
	struct surface s;
	struct prompt p;

	(void)state;
	surface_init(&s, false);
	surface_resize(&s, 10, 1);
	prompt_set(&p, "abcdefghijklmnop");
	prompt_draw(&p, &s, 0, 0, 10, "/");
	assert_true(surface_cell(&s, 9, 0)->selected);
	assert_int_equal(surface_cell(&s, 8, 0)->c, 'p');
	surface_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_editing),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_the_cursor_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
