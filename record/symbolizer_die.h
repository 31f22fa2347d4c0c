/* Entries of the debug information, for the symbolizer's own files. */
#ifndef RECORD_SYMBOLIZER_DIE_H
#define RECORD_SYMBOLIZER_DIE_H

#include <elfutils/libdw.h>

#include "record/symbolizer_parts.h"
#include "record/symbolizer_sections.h"

enum { DIE_DEPTH_MAX = 128 /* of entries in entries */ };

/* Attributes of this very entry: NULL or 0 when it does not have them. */
const char *die_string(Dwarf_Die *die, unsigned name);
const char *die_linkage_name(Dwarf_Die *die);
u32 die_number(Dwarf_Die *die, unsigned name);

/* Goes on to the entry that this one is an instance of, or which it completes; false: there is none.
 * References may lead in a circle. */
bool die_follow(Dwarf_Die *die);

/* Whether entries of a kind may have functions inside them; deep: functions and classes as well. */
bool die_holds_functions(int tag, bool deep);

/* Functions that have a plain name and no linkage name, in languages where that is not all there is to say:
 * what they stand in
 * ("main::{lambda}::operator()"), and where the code of the instance that was not inlined is, if there is
 * one: its symbol has the whole name. */
struct scoped_functions {
	struct idmap scanned;  /* units, by their entry's place in memory */
	struct idmap by_entry; /* functions, by the place in memory of the entry that has the name: list */
	ARRAY(struct scoped_function) list;
};

struct scoped_function {
	const char *name; /* qualified; NULL where the plain name is all. In the module's arena */
	u64 code;         /* 0: none; an address in the debug information */
};

void scoped_functions_init(struct scoped_functions *functions);
void scoped_functions_fini(struct scoped_functions *functions);
/* By the entry that has the plain name. Valid up to the next call; NULL: nothing is known of it. */
const struct scoped_function *scoped_functions_find(struct scoped_functions *functions,
						    struct symbol_module *module, struct debug_files *files,
						    Dwarf_Die *die);

#endif
