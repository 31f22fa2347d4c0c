/* Fitting text into columns. */
#include "tests/unit/test.h"
#include "viewer/text/out.h"

static char text[4096];

static struct out open_out(bool ascii)
{
	return (struct out){.file = fmemopen(text, sizeof(text), "w"), .width = 80, .ascii = ascii};
}

static const char *name_of(const char *name, u32 width, bool ascii)
{
	struct out out = open_out(ascii);
	u32 columns = out_name(&out, name, width);

	fclose(out.file);
	assert_true(columns <= width);
	return text;
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(name_of("main", 10, false), "main");
	assert_string_equal(name_of("a_very_long_name_of_c", 11, false), "a_ver…_of_c");
	assert_string_equal(name_of("a_very_long_name_of_c", 11, true), "a_ver~_of_c");
	assert_string_equal(name_of("f(std::map<int, char> const&)", 20, false), "f");
	assert_string_equal(name_of("std::vector<std::pair<int, int>>::push_back(int&&)", 40, false),
			    "std::vector<>::push_back");
	assert_string_equal(name_of("bool operator<<(std::ostream&, A const&)", 20, false),
			    "bool operator<<");
	assert_string_equal(name_of("A::operator()(int, int, int, int) const", 20, false),
			    "A::operator() const");
	assert_string_equal(name_of("(anonymous namespace)::f(int, long, char)", 30, false),
			    "(anonymous namespace)::f");
	assert_string_equal(name_of("B<&B::operator-> >::g(int)", 12, false), "B<>::g");
}

static void hostile_names(void **state)
{
	static const char *const hostile[] = {"\033[2J\033]0;title\a",
					      "a\nb\tc\rd",
					      "\xff\xfe\x80",
					      "\xe2\x80\xaexyz",
					      "<<<<((((",
					      ">>>>))))",
					      "operator",
					      "operator<",
					      "",
					      "f<operator(",
					      "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87"};
	char longest[8000];

	(void)state;
	memset(longest, '<', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	for (u32 width = 0; width < 30; width++) {
		for (size_t i = 0; i < ARRAY_LEN(hostile); i++)
			for (const char *c = name_of(hostile[i], width, width % 2); *c; c++)
				assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
		name_of(longest, width, false);
	}
}

static const char *place_of(const char *file, u32 line, const char *module, u32 width)
{
	struct out out = open_out(false);

	assert_true(out_place(&out, file, line, module, width) <= width);
	fclose(out.file);
	return text;
}

static void places(void **state)
{
	(void)state;
	assert_string_equal(place_of("/usr/src/a.c", 12, "/bin/x", 20), "a.c:12");
	assert_string_equal(place_of("/usr/src/a.c", 0, "/bin/x", 20), "a.c");
	assert_string_equal(place_of("", 0, "/bin/x", 20), "x");
	assert_string_equal(place_of("a_long_file_name.c", 1234, "", 10), "…me.c:1234");
}

static void bars(void **state)
{
	struct out out = open_out(false);

	(void)state;
	out_bar(&out, 50, 100, 4);
	out_bar(&out, UINT64_MAX, UINT64_MAX, 2);
	out_bar(&out, 5, 0, 2);
	out_bar(&out, 200, 100, 1);
	fclose(out.file);
	assert_string_equal(text, "██  ██  █");
	out = open_out(true);
	out_bar(&out, 50, 100, 4);
	fputs(out_level(&out, 0, 10), out.file);
	fputs(out_level(&out, 1, 1000), out.file);
	fputs(out_level(&out, 10, 10), out.file);
	fclose(out.file);
	assert_string_equal(text, "##   _#");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(places),
		cmocka_unit_test(bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
