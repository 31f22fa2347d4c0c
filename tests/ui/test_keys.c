#include "tests/unit/test.h"
#include "viewer/ui/keys.h"

static const unsigned contexts[] = {CONTEXT_SUMMARY, CONTEXT_TOP_DOWN, CONTEXT_BOTTOM_UP};

static void test_no_key_means_two_things(void **state)
{
	(void)state;
	for (int a = 0; a < N_ACTIONS; a++) {
		const char *text = action_info[a].keys;
		u32 key;
		int n = 0;
		while ((key = key_parse(&text)) != 0) {
			n++;
			for (size_t i = 0; i < ARRAY_LEN(contexts); i++) {
				if (action_info[a].contexts & contexts[i])
					assert_int_equal(action_of_key(key, contexts[i]), a);
			}
		}
		assert_true(n > 0);
		assert_int_equal(*text, '\0'); /* every key of the table was understood */
	}
}

static void test_names_are_unique(void **state)
{
	(void)state;
	for (int a = 0; a < N_ACTIONS; a++) {
		assert_true(action_info[a].contexts != 0);
		assert_true(strlen(action_info[a].help) > 0);
		for (int b = a + 1; b < N_ACTIONS; b++)
			assert_string_not_equal(action_info[a].name, action_info[b].name);
	}
}

static void test_typed(void **state)
{
	static const u32 wanted[] = {'j', KEY_ARROW_DOWN, '<', '<', 'x', '>', 4, 0xe9, KEY_F_1 + 4, '<', 0};
	const char *text = "j<Down><<x><^D>é<F5><";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		assert_int_equal(key_parse_typed(&text), wanted[i]);
	text = "\xff";
	assert_int_equal(key_parse_typed(&text), '?');
	assert_int_equal(key_parse_typed(&text), 0);
}

static void test_shown(void **state)
{
	char text[64];

	(void)state;
	assert_string_equal(action_keys(ACTION_UNFOLD, &glyphs_utf8, false, text, sizeof(text)), "→ l +");
	assert_string_equal(action_keys(ACTION_UNFOLD, &glyphs_ascii, true, text, sizeof(text)), "Right");
	assert_string_equal(action_keys(ACTION_UNFOLD, &glyphs_ascii, false, text, 8), "Right l");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_key_means_two_things),
		cmocka_unit_test(test_names_are_unique),
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
