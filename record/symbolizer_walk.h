/* A walk over the entries of a unit of debug information, for the symbolizer's own files. Of a unit that declares
 * thousands of types one wants a few functions: all else is stepped over by the lengths of its attributes. libdw
 * finds an entry's end by looking for an attribute that it does not have, and takes a lock for each. Formats:
 * DWARF 5, 7.5. */
#ifndef RECORD_SYMBOLIZER_WALK_H
#define RECORD_SYMBOLIZER_WALK_H

#include <elfutils/libdw.h>

#include "common/bytes.h"
#include "record/symbolizer_forms.h"
#include "record/symbolizer_sections.h"

struct walk_form {
	u16 name, form;
};

/* What entries of one kind have in common: an abbreviation. */
struct walk_kind {
	u32 first, n; /* attributes, in walk.forms */
	u16 tag;      /* 0: there is no such kind */
	bool has_children;
	bool has_code; /* DW_AT_low_pc or DW_AT_ranges */
	bool sized; /* its attributes take size bytes in each entry, and none says where the next one is */
	u32 size;
};

/* What a walk through a unit needs to know of it. */
struct walk_unit {
	Dwarf_CU *cu;
	struct span entries; /* from its header to its end; what references count from is its start */
	const u8 *start;
	struct form_sizes sizes;
	ARRAY(struct walk_kind) kinds; /* by code */
	ARRAY(struct walk_form) forms;
};

struct walk {
	const struct walk_unit *unit;
	struct span left;   /* of the unit's entries */
	const u8 *children; /* of the entry that came last; NULL: it has none */
	bool has_code;      /* that entry; others only declare something */
	u32 depth;          /* of the entry that comes next: 0 for the children of the one that it began at */
	u32 inside;         /* the depth that is looked at: below it all is stepped over */
};

/* Of the unit that an entry is in. One that is not to be understood has no entries. */
void walk_unit_init(struct walk_unit *unit, const struct debug_sections *sections, Dwarf_Die *entry);
void walk_unit_fini(struct walk_unit *unit);

/* Begins with the first child of an entry of the unit. */
void walk_begin(struct walk *walk, const struct walk_unit *unit, const Dwarf_Die *parent);
/* The next entry at the depth that is looked at: its tag, 0 at the end. */
int walk_next(struct walk *walk, Dwarf_Die *entry);
/* The children of the entry that came last come next, before those beside it. */
void walk_into(struct walk *walk);

#endif
