/* What of debug information is not left to libdw, against libdw: each row that it has of a unit is found at
 * its address, between it and the next one, and with the same path; a walk meets the same functions. usage:
 * test_debug_info [FILE...]: of those files; of the fixtures otherwise. */
#include "tests/unit/test.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <unistd.h>

#include "record/symbolizer_die.h"
#include "record/symbolizer_lines.h"
#include "record/symbolizer_walk.h"
#include "tests/unit/symboltest.h"

struct function_list {
	void **at;
	size_t n, cap;
};

static char **files;
static int n_files;

/* As libdw has them: the directory of the unit, which it leaves out of relative ones of DWARF 5, comes
 * before. */
static void check_path(const char *ours, const char *theirs, const char *home)
{
	char *whole = theirs[0] == '/' || !home || strncmp(theirs, home, strlen(home)) == 0
			      ? xstrdup(theirs)
			      : xasprintf("%s/%s", home, theirs);
	char *tidy = symbol_tidy_path(whole);

	assert_non_null(ours);
	assert_string_equal(ours, tidy);
	free(whole);
	free(tidy);
}

static void check_row(struct line_table *table, Dwarf_Die *unit, Dwarf_Addr address)
{
	/* Behind the end of a sequence libdw still finds a row that was told there. */
	if (dwarf_haspc(unit, address) <= 0)
		return;
	const struct line_row *row = line_table_find(table, address);
	Dwarf_Line *line = dwarf_getsrc_die(unit, address);
	int number = 0;

	if (line)
		dwarf_lineno(line, &number);
	assert_int_equal(row ? row->line : 0, number);
	if (number)
		check_path(line_table_path(table, row->file), dwarf_linesrc(line, NULL, NULL), table->home);
}

static size_t check_unit(struct line_tables *tables, Dwarf_Die *unit)
{
	struct line_table *table = line_tables_get(tables, unit);
	Dwarf_Lines *lines;
	size_t n = 0;

	if (dwarf_getsrclines(unit, &lines, &n) != 0 || n == 0)
		return 0;
	assert_non_null(table);
	for (size_t i = 0; i < n; i++) {
		Dwarf_Addr address;

		dwarf_lineaddr(dwarf_onesrcline(lines, i), &address);
		/* Below the first page lies only what the linker threw away. */
		if (address < 4096)
			continue;
		check_row(table, unit, address);
		check_row(table, unit, address + 1);
	}
	return n;
}

/* Theirs, as libdw goes from one entry to the next. */
static void list_functions(struct function_list *list, Dwarf_Die *parent, bool deep)
{
	Dwarf_Die die;

	if (dwarf_child(parent, &die) != 0)
		return;
	do {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_subprogram)
			array_push(list, die.addr);
		if (die_holds_functions(tag, deep))
			list_functions(list, &die, deep);
	} while (dwarf_siblingof(&die, &die) == 0);
}

static void check_functions(struct debug_files *debug, Dwarf_Die *unit, bool deep)
{
	struct function_list theirs = {0};
	struct walk_unit known;
	struct walk walk;
	Dwarf_Die die;
	size_t n = 0;
	int tag;

	list_functions(&theirs, unit, deep);
	walk_unit_init(&known, debug_files_get(debug, unit), unit);
	walk_begin(&walk, &known, unit);
	while ((tag = walk_next(&walk, &die)) != 0) {
		assert_int_equal(tag, dwarf_tag(&die));
		if (tag == DW_TAG_subprogram) {
			assert_true(n < theirs.n);
			assert_ptr_equal(die.addr, theirs.at[n++]);
		}
		if (die_holds_functions(tag, deep))
			walk_into(&walk);
	}
	walk_unit_fini(&known);
	assert_int_equal(n, theirs.n);
	array_free(&theirs);
}

static void check_file(const char *path)
{
	struct symbol_module module = {0};
	struct debug_files sections = {0};
	struct line_tables tables;
	int fd = open(path, O_RDONLY);
	Dwarf *dwarf = dwarf_begin(fd, DWARF_C_READ);
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;
	size_t n = 0;

	assert_non_null(dwarf);
	line_tables_init(&tables, &module, &sections);
	while (dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &unit, NULL) == 0) {
		n += check_unit(&tables, &unit);
		check_functions(&sections, &unit, false);
		check_functions(&sections, &unit, true);
	}
	assert_true(n > 10);
	line_tables_fini(&tables);
	debug_files_fini(&sections);
	arena_free(&module.arena);
	dwarf_end(dwarf);
	close(fd);
}

static void same_as_libdw(void **state)
{
	static const char *const fixtures[] = {"chains",
					       "chains.dwarf4",
					       "chains.relative",
					       "chains.relative.dwarf4",
					       "chains.compressed",
					       "chains.lto",
					       "chains.split",
					       "chains.clang",
					       "chains.clang.dwarf4",
					       "chains.clang.relative",
					       "chains.clang.split",
					       "cpp",
					       "cpp.clang",
					       "rust"};
	(void)state;

	for (int i = 0; i < n_files; i++)
		check_file(files[i]);
	for (size_t i = 0; n_files == 0 && i < ARRAY_LEN(fixtures); i++) {
		char path[PATH_MAX];

		symboltest_path(path, fixtures[i]);
		if (symboltest_have(fixtures[i]))
			check_file(path);
	}
}

/* The least 64-bit number but one, as compilers write it. */
static void long_numbers(void **state)
{
	static const u8 bytes[] = {0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f, 0x2a};
	struct span s = span_of(bytes, sizeof(bytes));
	(void)state;

	assert_true((i64)debug_take_leb(&s) == INT64_MIN + 1);
	assert_int_equal(debug_take(&s, 1), 0x2a);
	assert_false(s.bad);
	debug_take_leb(&s);
	assert_true(s.bad);
}

/* Nothing of it is believed: it may lead anywhere, but not out of its memory, and not on for ever. */
static void damaged(void **state)
{
	u8 bytes[256];
	u32 random = 1;
	(void)state;

	for (int round = 0; round < 20000; round++) {
		struct symbol_module module = {0};
		struct line_table table = {.module = &module, .home = "/home"};
		struct debug_sections sections = {0};
		size_t n = (size_t)(round % (int)sizeof(bytes));
		u8 *copy = xmalloc(n + 1);

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (u8)((random = random * 1103515245 + 12345) >> 16) % (i % 3 ? 16 : 256);
		bytes[0] = (u8)n;
		bytes[1] = bytes[2] = bytes[3] = bytes[5] = 0;
		bytes[4] = (u8)(2 + round % 4);
		memcpy(copy, bytes, n); /* of its size, for AddressSanitizer to see reads beyond */
		sections.lines = sections.line_strings = sections.strings = span_of(copy, n);
		if (line_header_read(&table, &sections, 0)) {
			for (u64 address = 0; address < 64; address++)
				line_table_find(&table, address);
			for (u64 file = 0; file < 8; file++)
				line_table_path(&table, file);
		}
		array_free(&table.directories);
		array_free(&table.files);
		array_free(&table.rows);
		array_free(&table.sequences);
		spans_free(&table.spans);
		arena_free(&module.arena);
		free(copy);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_libdw),
		cmocka_unit_test(long_numbers),
		cmocka_unit_test(damaged),
	};
	files = argv + 1;
	n_files = argc - 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
