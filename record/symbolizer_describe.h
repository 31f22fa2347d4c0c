/* What the debug information of a module says of functions, for people; for the symbolizer's own files. */
#ifndef RECORD_SYMBOLIZER_DESCRIBE_H
#define RECORD_SYMBOLIZER_DESCRIBE_H

#include "record/symbolizer_die.h"
#include "record/symbolizer_lines.h"

/* What there is to say of a function, whichever of its entries was met. */
struct description {
	const char *name;
	const char *file;
	u32 line;
	u8 flags;
};

struct descriptions {
	struct symbol_module *module;
	u64 bias; /* module address - address in the debug information */
	ARRAY(struct description) list;
	struct idmap described; /* entry's address in memory: list */
	struct debug_files files;
	struct line_tables lines;
	struct scoped_functions scoped;
};

void descriptions_init(struct descriptions *all, struct symbol_module *module, u64 bias);
void descriptions_fini(struct descriptions *all);

/* A function by any of its entries. address: of its code, 0: this instance has none of its own; file: to be
 * given when its declaration has none. Valid up to the next call. */
const struct description *describe(struct descriptions *all, Dwarf_Die die, u64 address, const char *file);
/* The file that an attribute (decl_file, call_file) of this very entry names; NULL: none. */
const char *describe_file(struct descriptions *all, Dwarf_Die *die, unsigned name);

#endif
