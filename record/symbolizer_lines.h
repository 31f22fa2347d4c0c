/* Line tables of DWARF 2 to 5: which line of which file an address of a unit is of, and the paths of its files; for
 * the symbolizer's own files. libdw has them as well, but makes an object of each row of a unit and sorts them all,
 * also where only a file's name is asked for: that took more than all else that symbols take. */
#ifndef RECORD_SYMBOLIZER_LINES_H
#define RECORD_SYMBOLIZER_LINES_H

#include <elfutils/libdw.h>

#include "record/symbolizer_parts.h"
#include "record/symbolizer_sections.h"

/* From this address on, up to the next row of its sequence. */
struct line_row {
	u64 address;
	u32 file, line; /* as the table numbers them; line 0: none */
};

struct line_sequence {
	u32 first, n; /* rows, by address */
};

struct line_file {
	const char *name; /* as in the section */
	u64 directory;
	const char *path; /* whole; NULL: not made yet */
};

struct line_table {
	struct symbol_module *module;
	const char *home; /* where the unit was compiled; NULL: not said */
	ARRAY(const char *) directories;
	ARRAY(struct line_file) files;
	/* How the rows are told (DWARF 5, 6.2.4), and what tells of them. */
	u8 version, offset_size;
	u8 instruction_length, line_range, opcode_base;
	int8_t line_base;
	u8 n_operands[UINT8_MAX]; /* by standard opcode - 1 */
	struct span program;
	bool run; /* the rest is there */
	ARRAY(struct line_row) rows;
	ARRAY(struct line_sequence) sequences;
	struct spans spans; /* of sequences */
};

struct line_tables {
	struct symbol_module *module;
	struct debug_files *files;
	ARRAY(struct line_table *) list;
	struct idmap by_unit; /* the unit's place in memory: list, where NULL is for none */
};

void line_tables_init(struct line_tables *tables, struct symbol_module *module, struct debug_files *files);
void line_tables_fini(struct line_tables *tables);
/* The table of a unit, by its entry; NULL: it has none that can be read. */
struct line_table *line_tables_get(struct line_tables *tables, Dwarf_Die *unit);
/* A unit that has none of its own has another's: the split part of a unit. */
void line_tables_share(struct line_tables *tables, Dwarf_Die *unit, Dwarf_Die *other);

/* The row of an address; NULL: there is none. */
const struct line_row *line_table_find(struct line_table *table, u64 address);
/* The path of a file by its number: the same memory each time; NULL: there is no such file. */
const char *line_table_path(struct line_table *table, u64 file);

/* symbolizer_line_header.c: reads what comes before a table's program. False: it is not to be understood. */
bool line_header_read(struct line_table *table, const struct debug_sections *sections, u64 offset);
/* Adds a file as DWARF 2 to 4 tell of them, behind its name. */
void line_header_add_file(struct line_table *table, const char *name, struct span *s);

#endif
