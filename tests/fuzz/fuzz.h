/* A fuzz target: what libFuzzer calls, and what lets it run without libFuzzer, as a plain test on its own
 * seeds and on mutants of them (driver.c). */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>

#include "common/types.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t n);

/* The target's i-th seed, to be freed; NULL: there are no more. */
u8 *fuzz_seed(unsigned i, size_t *n);

#endif
