/* Small traces, of stored frames, that fuzz targets start from. */
#ifndef TESTS_SEEDS_H
#define TESTS_SEEDS_H

#include <stddef.h>

#include "common/types.h"

/* The i-th, to be freed; NULL: there are no more. */
u8 *seed_trace(unsigned i, size_t *n);

#endif
