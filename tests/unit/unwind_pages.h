/* Stands in for record/preload/pages.c: memory that can be made to fail. */
#ifndef TESTS_UNIT_UNWIND_PAGES_H
#define TESTS_UNIT_UNWIND_PAGES_H

#include "record/preload/pages.h"

/* The next n requests are granted, all later ones refused. */
void pages_fail_after(u32 n);

/* Bytes had and not given back. */
size_t pages_in_use(void);

#endif
