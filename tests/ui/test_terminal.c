/* What lies around the terminal and needs none: escape sequences, presses of the mouse's button, the
 * clipboard's sequence, and what environment and cells say of colours. */
#include <stdlib.h>

#include "tests/unit/test.h"
#include "viewer/ui/event.h"
#include "viewer/ui/osc52.h"
#include "viewer/ui/presses.h"
#include "viewer/ui/sequence.h"
#include "viewer/ui/settings.h"
#include "viewer/ui/surroundings.h"

static void test_sequences(void **state)
{
	static const struct {
		const char *text; /* after the escape character */
		u32 key;
		enum sequence_result result;
	} cases[] = {
		{"[A", KEY_ARROW_UP, SEQUENCE_DONE},
		{"OB", KEY_ARROW_DOWN, SEQUENCE_DONE},
		{"OC", KEY_ARROW_RIGHT, SEQUENCE_DONE},
		{"[D", KEY_ARROW_LEFT, SEQUENCE_DONE},
		{"[H", KEY_TO_HOME, SEQUENCE_DONE},
		{"OF", KEY_TO_END, SEQUENCE_DONE},
		{"[1;2C", KEY_SHIFT_RIGHT, SEQUENCE_DONE},
		{"[1;2D", KEY_SHIFT_LEFT, SEQUENCE_DONE},
		{"[1;2A", 0, SEQUENCE_DONE},
		{"[1;5C", 0, SEQUENCE_DONE},
		{"[11;2C", 0, SEQUENCE_DONE},
		{"[2C", 0, SEQUENCE_DONE},
		{"[200~", 0, SEQUENCE_DONE},
		{"[<0;1;1", 0, SEQUENCE_MORE},
		{"[1234567890123456789012345678901", 0, SEQUENCE_MORE},
		{"[12345678901234567890123456789012", 0, SEQUENCE_DONE}, /* no end is in sight */
		{"x", 0, SEQUENCE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sequence s = {0};
		enum sequence_result result = SEQUENCE_MORE;
		const char *c = cases[i].text;
		u32 key = 1;
		while (*c && result == SEQUENCE_MORE)
			result = sequence_take(&s, (u32)(u8)*c++, &key);
		assert_int_equal(result, cases[i].result);
		assert_int_equal(key, cases[i].key);
		assert_int_equal(*c, '\0');
	}
}

static void test_presses(void **state)
{
	struct presses p = {0};

	(void)state;
	assert_int_equal(presses_add(&p, 1000, 5, 5), MOUSE_CLICK);
	assert_int_equal(presses_add(&p, 1399, 5, 5), MOUSE_DOUBLE_CLICK);
	assert_int_equal(presses_add(&p, 1400, 5, 5), MOUSE_CLICK); /* the third one */
	assert_int_equal(presses_add(&p, 1500, 5, 6), MOUSE_CLICK);
	assert_int_equal(presses_add(&p, 1600, 5, 6), MOUSE_DOUBLE_CLICK);
	assert_int_equal(presses_add(&p, 2000, 5, 6), MOUSE_CLICK);
	assert_int_equal(presses_add(&p, 2400, 5, 6), MOUSE_CLICK);
	/* soon after the machine's start, too */
	p = (struct presses){0};
	assert_int_equal(presses_add(&p, 3, 0, 0), MOUSE_CLICK);
}

static void test_osc52(void **state)
{
	static const struct {
		const char *text, *sequence;
	} cases[] = {
		{"", "\033]52;c;\a"},
		{"f", "\033]52;c;Zg==\a"},
		{"fo", "\033]52;c;Zm8=\a"},
		{"foo", "\033]52;c;Zm9v\a"},
		{"\xff\xfe\xfd", "\033]52;c;//79\a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *sequence = osc52(cases[i].text, strlen(cases[i].text));
		assert_string_equal(sequence, cases[i].sequence);
		free(sequence);
	}
}

static void test_surroundings(void **state)
{
	(void)state;
	unsetenv("COLORFGBG");
	assert_false(surroundings_light(BACKGROUND_AUTO));
	assert_true(surroundings_light(BACKGROUND_LIGHT));
	setenv("COLORFGBG", "0;15", 1);
	assert_true(surroundings_light(BACKGROUND_AUTO));
	assert_false(surroundings_light(BACKGROUND_DARK));
	setenv("COLORFGBG", "15;default;0", 1);
	assert_false(surroundings_light(BACKGROUND_AUTO));
	setenv("NO_COLOR", "", 1);
	assert_false(surroundings_without_color());
	setenv("NO_COLOR", "1", 1);
	assert_true(surroundings_without_color());
	/* the locale here is C's */
	assert_ptr_equal(surroundings_glyphs(false), &glyphs_ascii);
}

static void test_selected_cells(void **state)
{
	struct cell cell = {.role = ROLE_DIM};

	(void)state;
	assert_int_equal(theme_cell_style(COLOR_LEVEL_8, &cell).attributes, STYLE_DIM);
	cell.selected = true;
	assert_int_equal(theme_cell_style(COLOR_LEVEL_8, &cell).attributes, STYLE_REVERSE);
	assert_int_equal(theme_cell_role(&cell), ROLE_NORMAL);
	cell.role = ROLE_MATCH;
	assert_int_equal(theme_cell_role(&cell), ROLE_MATCH);
	/* what is reversed already is told by not being so */
	cell.role = ROLE_TAB_ON;
	assert_int_equal(theme_cell_style(COLOR_LEVEL_MONO, &cell).attributes, STYLE_BOLD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),      cmocka_unit_test(test_presses),
		cmocka_unit_test(test_osc52),          cmocka_unit_test(test_surroundings),
		cmocka_unit_test(test_selected_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
