/* The sections of debug information that we read ourselves, as they lie in memory; for the symbolizer's own
 * files. */
#ifndef RECORD_SYMBOLIZER_SECTIONS_H
#define RECORD_SYMBOLIZER_SECTIONS_H

#include <elfutils/libdw.h>

#include "common/bytes.h"

struct debug_sections {
	Dwarf *dwarf;
	struct span entries, abbreviations, lines, line_strings, strings;
};

/* Of each file that is met: this module's, those of split units. */
struct debug_files {
	ARRAY(struct debug_sections) list;
};

/* Of the file that an entry is in. Valid until the next call. */
const struct debug_sections *debug_files_get(struct debug_files *files, Dwarf_Die *entry);
void debug_files_fini(struct debug_files *files);

/* So many bytes as a number, the lowest first. */
u64 debug_take(struct span *s, size_t bytes);
/* The low 64 bits of a number in LEB128: one that is negative may have more than a varint. */
u64 debug_take_leb(struct span *s);
/* Up to the NUL, which is there; NULL: it is not. */
const char *debug_take_string(struct span *s);

#endif
