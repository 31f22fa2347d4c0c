/* See pyramid.h. */
#include "viewer/model/pyramid.h"

#include <stdlib.h>

#include "common/mem.h"

void pyramid_init(struct pyramid *p, const u64 *values, size_t stride, size_t n, bool invert)
{
	*p = (struct pyramid){.levels = 1};
	p->n[0] = n;
	p->level[0] = xmalloc((n + 1) * sizeof(u64));
	for (size_t i = 0; i < n; i++) {
		u64 value = *(const u64 *)((const char *)values + i * stride);

		p->level[0][i] = invert ? ~value : value;
	}
	while (p->levels < PYRAMID_LEVELS && p->n[p->levels - 1] > PYRAMID_STEP) {
		int at = p->levels++;
		size_t below = p->n[at - 1];

		p->n[at] = (below + PYRAMID_STEP - 1) / PYRAMID_STEP;
		p->level[at] = xcalloc(p->n[at], sizeof(u64));
		for (size_t i = 0; i < below; i++) {
			u64 *to = &p->level[at][i / PYRAMID_STEP];

			*to = MAX(*to, p->level[at - 1][i]);
		}
	}
}

void pyramid_fini(struct pyramid *p)
{
	for (int i = 0; i < p->levels; i++)
		free(p->level[i]);
	*p = (struct pyramid){0};
}

u64 pyramid_max(const struct pyramid *p, size_t from, size_t to)
{
	u64 most = 0;
	int at = 0;

	/* Up, as long as both ends leave something that is no whole step. */
	for (; from < to; at++, from /= PYRAMID_STEP, to /= PYRAMID_STEP) {
		bool top = at + 1 >= p->levels;

		for (; from < to && (top || from % PYRAMID_STEP); from++)
			most = MAX(most, p->level[at][from]);
		for (; from < to && (top || to % PYRAMID_STEP); to--)
			most = MAX(most, p->level[at][to - 1]);
	}
	return most;
}
