/* Foreign text: what is escaped and what is not, in every form, and the width table. */
#include "tests/unit/test.h"

#include "common/text.h"

static const char *safe(const char *s, size_t n, bool ascii)
{
	static char out[1024];
	size_t length = text_safe(out, sizeof(out), s, n, ascii);

	assert_int_equal(length, strlen(out));
	return out;
}

/* What print writes for s. */
static const char *printed(void (*print)(FILE *, const char *), const char *s)
{
	static char out[1024];
	FILE *file;

	out[0] = '\0';
	file = fmemopen(out, sizeof(out), "w");

	assert_non_null(file);
	print(file, s);
	fclose(file);
	return out;
}

static void plain_text_passes(void **state)
{
	static const char *const plain[] = {
		"",
		"main",
		"std::vector<int, std::allocator<int> >::push_back(int&&)",
		"caf\xc3\xa9",
		"\xe6\xbc\xa2\xe5\xad\x97",
		"\xf0\x9f\x98\x80",
		"e\xcc\x81",
		"back\\slash \"quote\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		assert_string_equal(safe(plain[i], strlen(plain[i]), false), plain[i]);
		assert_string_equal(printed(text_print, plain[i]), plain[i]);
	}
}

static void dangerous_text_is_escaped(void **state)
{
	static const struct {
		const char *raw, *safe;
	} rows[] = {
		{"\x1b[2J", "\\x1B[2J"},
		{"a\tb\nc\r", "a\\x09b\\x0Ac\\x0D"},
		{"\x7f", "\\x7F"},
		{"\x9b"
		 "31m",
		 "\\x9B31m"},
		{"\xc2\x9b"
		 "31m",
		 "\\u{9B}31m"},
		{"\xc2\x80", "\\u{80}"},
		{"\xe2\x80\xae"
		 "gnp",
		 "\\u{202E}gnp"},
		{"\xe2\x81\xa6", "\\u{2066}"},
		{"\xe2\x80\x8b", "\\u{200B}"},
		{"\xe2\x80\x8d", "\\u{200D}"},
		{"\xef\xbb\xbf", "\\u{FEFF}"},
		{"\xc2\xad", "\\u{AD}"},
		{"\xee\x80\x80", "\\u{E000}"},
		{"\xef\xbf\xbf", "\\u{FFFF}"},
		{"\xcd\xb8", "\\u{378}"},
		{"\xf3\xa0\x80\x81", "\\u{E0001}"},
		{"\xf4\x8f\xbf\xbf", "\\u{10FFFF}"},
		{"\xc0\xaf", "\\xC0\\xAF"},
		{"\xe0\x80\xaf", "\\xE0\\x80\\xAF"},
		{"\xed\xa0\x80", "\\xED\\xA0\\x80"},
		{"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
		{"\xff\xfe", "\\xFF\\xFE"},
		{"ab\xe2\x82", "ab\\xE2\\x82"},
		{"\xcc\x81x", "\\u{301}x"},
		{"\n\xcc\x81", "\\x0A\\u{301}"},
		{"o\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "o\xcc\x81\xcc\x81\xcc\x81\xcc\x81\\u{301}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_string_equal(safe(rows[i].raw, strlen(rows[i].raw), false), rows[i].safe);
		assert_string_equal(printed(text_print, rows[i].raw), rows[i].safe);
	}
	assert_string_equal(safe("a\0b", 3, false), "a\\x00b");
}

static void ascii_escapes_the_rest(void **state)
{
	(void)state;
	assert_string_equal(safe("caf\xc3\xa9 \xf0\x9f\x98\x80", 10, true), "caf\\u{E9} \\u{1F600}");
}

static void no_single_byte_gets_through(void **state)
{
	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char raw = (char)byte;
		const char *out = safe(&raw, 1, false);

		if (byte >= 0x20 && byte < 0x7f)
			assert_true(out[0] == raw && out[1] == '\0');
		else
			assert_int_equal(strlen(out), 4);
	}
}

static void cuts_at_characters(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(text_safe(out, 4, "ab\xc3\xa9", 4, false), 2);
	assert_string_equal(out, "ab");
	assert_int_equal(text_safe(out, 5, "ab\xc3\xa9", 4, false), 4);
	assert_int_equal(text_safe(out, 5, "ab\x1b", 3, false), 2);
	assert_string_equal(out, "ab");
	assert_int_equal(text_safe(out, 1, "ab", 2, false), 0);
	assert_string_equal(out, "");
	assert_int_equal(text_safe(out, 0, "ab", 2, false), 0);
}

static void decodes(void **state)
{
	i32 c;

	(void)state;
	assert_int_equal(text_decode("A", 1, &c), 1);
	assert_int_equal(c, 'A');
	assert_int_equal(text_decode("\xc3\xa9", 2, &c), 2);
	assert_int_equal(c, 0xe9);
	assert_int_equal(text_decode("\xc3\xa9", 1, &c), 1);
	assert_int_equal(c, -1);
	assert_int_equal(text_decode("\xef\xbf\xbd", 3, &c), 3);
	assert_int_equal(c, 0xfffd);
	assert_int_equal(text_decode("\xf0\x90\x80\x80", 4, &c), 4);
	assert_int_equal(c, 0x10000);
	assert_int_equal(text_decode("\xf0\x8f\xbf\xbf", 4, &c), 1);
	assert_int_equal(c, -1);
	assert_int_equal(text_decode("\0", 1, &c), 1);
	assert_int_equal(c, 0);
}

static void json(void **state)
{
	(void)state;
	assert_string_equal(printed(text_json, ""), "\"\"");
	assert_string_equal(printed(text_json, "a\"b\\c/"), "\"a\\\"b\\\\c/\"");
	assert_string_equal(printed(text_json, "\n\x1b\x7f"), "\"\\u000a\\u001b\\u007f\"");
	assert_string_equal(printed(text_json, "\xc2\x9b\xe2\x80\xae"), "\"\\u009b\\u202e\"");
	assert_string_equal(printed(text_json, "\xf3\xa0\x80\x81"), "\"\\udb40\\udc01\"");
	assert_string_equal(printed(text_json, "a\xff"
					       "b"),
			    "\"a\xef\xbf\xbd"
			    "b\"");
	assert_string_equal(printed(text_json, "caf\xc3\xa9"), "\"caf\xc3\xa9\"");
}

static void csv(void **state)
{
	(void)state;
	assert_string_equal(printed(text_csv, "plain"), "plain");
	assert_string_equal(printed(text_csv, "f(int, int)"), "\"f(int, int)\"");
	assert_string_equal(printed(text_csv, "say \"x\""), "\"say \"\"x\"\"\"");
	assert_string_equal(printed(text_csv, " x"), "\" x\"");
	assert_string_equal(printed(text_csv, "\tx;"), "\\x09x;");
	assert_string_equal(printed(text_csv_source, "\tx;\x1b"), "\"\tx;\\x1B\"");
	assert_string_equal(printed(text_csv, "a\nb"), "a\\x0Ab");
	assert_string_equal(printed(text_csv, ""), "");
}

static void width(void **state)
{
	static const struct {
		i32 c;
		int width;
	} rows[] = {
		{'a', 1},     {0xe9, 1},    {0x301, 0},  {0x20dd, 0}, {0x1100, 2}, {0x2588, 1},
		{0x3042, 2},  {0x6f22, 2},  {0xac00, 2}, {0xff21, 2}, {0xff71, 1}, {0x1f600, 2},
		{0x1d400, 1}, {0x20000, 2}, {0x2500, 1}, {0x303f, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(text_width(rows[i].c), rows[i].width);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_passes),
		cmocka_unit_test(dangerous_text_is_escaped),
		cmocka_unit_test(ascii_escapes_the_rest),
		cmocka_unit_test(no_single_byte_gets_through),
		cmocka_unit_test(cuts_at_characters),
		cmocka_unit_test(decodes),
		cmocka_unit_test(json),
		cmocka_unit_test(csv),
		cmocka_unit_test(width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
