/* The time that the screen goes by. */
#ifndef VIEWER_UI_CLOCK_H
#define VIEWER_UI_CLOCK_H

#include <time.h>

#include "common/types.h"

static inline u64 clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000 + (u64)now.tv_nsec / 1000000;
}

#endif
