/* Qualified names of code objects that don't know their own (before 3.11); private to the python*.c files. */
#ifndef RECORD_PRELOAD_PYTHON_NAMES_H
#define RECORD_PRELOAD_PYTHON_NAMES_H

#include "record/preload/python_text.h"

/* What a code object is told by; that of which all is the same is the same code. */
struct python_description {
	struct ring_code head;
	struct text file, name;
	const u8 *table;
	u32 bytes;
};
void python_describe(struct python_description *d, uintptr_t code) HIDDEN;
void python_sink_code(struct sink *sink, const struct python_description *d) HIDDEN;

/* Whether it is the code of a module, below which names are to be told. */
bool python_names_below(uintptr_t code) HIDDEN;
/* Tells the names of all functions and classes below a module's code, as far as there is room. */
void python_tell_names(struct guest *g, uintptr_t module) HIDDEN;

#endif
