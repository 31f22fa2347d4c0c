/* Names as compilers at run time write them, taken apart. */
#include "tests/unit/test.h"

#include "record/jit_names.h"

static const struct {
	const char *text, *function, *file;
	u32 line;
} names[] = {
	{"JS:*work /srv/app.js:10:20", "work", "/srv/app.js", 10},
	{"JS:~work /srv/app.js:10:20", "work", "/srv/app.js", 10},
	{"LazyCompile:^get size /srv/my app.js:1:2", "get size", "/srv/my app.js", 1},
	{"JS:+A.b node:internal/util:42:7", "A.b", "node:internal/util", 42},
	{"JS:*m file:///srv/a.mjs:3:1", "m", "/srv/a.mjs", 3},
	{"JS:~ /srv/app.js:1:1", "(anonymous)", "/srv/app.js", 1},
	{"Eval:~f [eval]:7:9", "f", "[eval]", 7},
	/* None of these says more than it is. */
	{"JS:*work /srv/app.js:10", "JS:*work /srv/app.js:10", NULL, 0},
	{"JS:*work /srv/app.js:a:10", "JS:*work /srv/app.js:a:10", NULL, 0},
	{"JS:*work", "JS:*work", NULL, 0},
	{"JS:1:2", "JS:1:2", NULL, 0},
	{"JS:*1:2 ", "JS:*1:2 ", NULL, 0},
	{"JS:", "JS:", NULL, 0},
	{"Builtin:Call 1:2:3", "Builtin:Call 1:2:3", NULL, 0},
	{"long A.spin(int)", "long A.spin(int)", NULL, 0},
	{"", "", NULL, 0},
};

static void names_are_taken_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char text[64];
		struct symbol_frame frame;

		snprintf(text, sizeof(text), "%s", names[i].text);
		jit_name(text, &frame);
		assert_string_equal(frame.function, names[i].function);
		assert_int_equal(frame.decl_line, names[i].line);
		if (names[i].file)
			assert_string_equal(frame.decl_file, names[i].file);
		else
			assert_null(frame.decl_file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_taken_apart),
	};

	return cmocka_run_group_tests_name("jit_names", tests, NULL, NULL);
}
