/* Values of attributes by their forms (DWARF 5, 7.5.5 and 7.5.6), for the symbolizer's own files. */
#ifndef RECORD_SYMBOLIZER_FORMS_H
#define RECORD_SYMBOLIZER_FORMS_H

#include "record/symbolizer_sections.h"

/* What the lengths of some forms depend on. */
struct form_sizes {
	u8 version;         /* of DWARF */
	u8 address, offset; /* bytes */
};

/* The bytes of a value; FORM_VARIES: it says itself how many. */
enum { FORM_VARIES = UINT32_MAX };
u32 form_length(const struct form_sizes *sizes, u64 form);

/* Takes a value: the number that it is, if it is one of up to 64 bits, which where a text stands is one; else
 * 0. */
u64 form_take(const struct form_sizes *sizes, struct span *s, u64 form);

#endif
