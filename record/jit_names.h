/* Names of generated code. See jit_names.c. */
#ifndef RECORD_JIT_NAMES_H
#define RECORD_JIT_NAMES_H

#include "record/symbolizer.h"

/* What is known of a function by its name in the map; the frame's strings are parts of the text, which is changed.
 */
void jit_name(char *text, struct symbol_frame *frame);

#endif
