/* Address ranges by address. Ranges are sorted by their start, the outer before the inner, and each knows how
 * far the ranges before it reach: so the way back from the last range that starts before an address ends as
 * soon as nothing can hold it. */
#include <stdlib.h>

#include "record/symbolizer_parts.h"

void spans_add(struct spans *spans, u64 low, u64 high, u32 item)
{
	if (low < high)
		array_push(&spans->list, (struct span){low, high, 0, item});
}

static int span_compare(const void *left, const void *right)
{
	const struct span *a = left, *b = right;

	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	if (a->high != b->high)
		return a->high > b->high ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
}

void spans_sort(struct spans *spans)
{
	u64 reach = 0;

	if (spans->list.n == 0)
		return;
	qsort(spans->list.at, spans->list.n, sizeof(spans->list.at[0]), span_compare);
	for (size_t i = 0; i < spans->list.n; i++) {
		reach = MAX(reach, spans->list.at[i].high);
		spans->list.at[i].reach = reach;
	}
}

u32 spans_find(const struct spans *spans, u64 address)
{
	size_t low = 0, high = spans->list.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (spans->list.at[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- > 0 && spans->list.at[low].reach > address)
		if (spans->list.at[low].high > address)
			return spans->list.at[low].item;
	return NO_ID;
}

void spans_free(struct spans *spans)
{
	array_free(&spans->list);
}
