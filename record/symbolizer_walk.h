/* A walk over the entries of a unit of debug information, for the symbolizer's own files. Of a unit that declares
 * thousands of types one wants a few functions: all else is stepped over by the lengths of its attributes. libdw
 * finds an entry's end by looking for an attribute that it does not have, and takes a lock for each. Formats:
 * DWARF 5, 7.5. */
#ifndef RECORD_SYMBOLIZER_WALK_H
#define RECORD_SYMBOLIZER_WALK_H

#include <elfutils/libdw.h>

#include "common/bytes.h"
#include "record/symbolizer_sections.h"

struct walk_form {
	u16 name, form;
};

/* What entries of one kind have in common: an abbreviation. */
struct walk_kind {
	u32 first, n; /* attributes, in walk.forms */
	u16 tag;      /* 0: there is no such kind */
	bool has_children;
	bool sized; /* its attributes take size bytes in each entry, and none says where the next one is */
	u32 size;
};

struct walk {
	struct span entries; /* what is left to read, up to the end of the unit */
	const u8 *start;     /* of the unit: what references count from */
	u8 version, address_size, offset_size;
	ARRAY(struct walk_kind) kinds; /* by code */
	ARRAY(struct walk_form) forms;
	const u8 *children; /* of the entry that came last; NULL: it has none */
	u32 depth;          /* of the entry that comes next: 0 for the unit's children */
	u32 inside;         /* the depth that is looked at: below it all is stepped over */
};

/* Begins with the first child of a unit's entry. False: there is none, or it is not to be understood. walk_end()
 * follows in any case. */
bool walk_begin(struct walk *walk, const struct debug_sections *sections, Dwarf_Die *unit);
void walk_end(struct walk *walk);
/* The next entry at the depth that is looked at: its tag, 0 at the end. */
int walk_next(struct walk *walk, Dwarf_Die *unit, Dwarf_Die *entry);
/* The children of the entry that came last come next. */
void walk_into(struct walk *walk);

#endif
