/* See ranked.h. */
#include "viewer/ui/ranked.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->second != y->second)
		return x->second < y->second ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

void ranked_sort(struct ranked *rows, size_t n)
{
	if (n > 1)
		qsort(rows, n, sizeof(*rows), compare);
}
