/* Arithmetic that a hostile trace can't make wrap round. */
#ifndef VIEWER_MODEL_FIGURES_H
#define VIEWER_MODEL_FIGURES_H

#include "viewer/model/model.h"

static inline u64 sat_add(u64 a, u64 b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static inline u64 sat_sub(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

bool figures_empty(const struct figures *f);

#endif
