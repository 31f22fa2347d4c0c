/* Address ranges by address. Ranges are sorted by their start, the outer before the inner, and each knows how
 * far the ranges before it reach: so the way back from the last range that starts before an address ends as
 * soon as nothing can hold it. */
#include <stdlib.h>

#include "record/symbolizer_parts.h"

enum {
	DIGIT_BITS = 11, /* of an address, sorted by at a time */
	DIGIT_MASK = (1 << DIGIT_BITS) - 1,
	RADIX_MIN = 256, /* spans from which on that is faster than comparing */
};

void spans_add(struct spans *spans, u64 low, u64 high, u32 item)
{
	if (low < high)
		array_push(&spans->list, (struct extent){low, high, 0, item});
}

static int span_compare(const void *left, const void *right)
{
	const struct extent *a = left, *b = right;

	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	if (a->high != b->high)
		return a->high > b->high ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
}

/* By the digit of low that stands at a bit, keeping the order of equal ones. */
static void sort_by_digit(const struct extent *from, struct extent *to, size_t n, unsigned bit)
{
	size_t places[1 << DIGIT_BITS] = {0}, sum = 0;

	for (size_t i = 0; i < n; i++)
		places[from[i].low >> bit & DIGIT_MASK]++;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		size_t count = places[i];

		places[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[places[from[i].low >> bit & DIGIT_MASK]++] = from[i];
}

/* By low alone, digit by digit from the lowest. Digits that are the same in all are passed over. */
static void sort_by_low(struct spans *spans)
{
	size_t n = spans->list.n;
	struct extent *at = spans->list.at, *other = xmalloc(n * sizeof(*other)), *swap;
	u64 differs = 0;

	for (size_t i = 1; i < n; i++)
		differs |= at[i].low ^ at[0].low;
	for (unsigned bit = 0; bit < 64; bit += DIGIT_BITS) {
		if ((differs >> bit & DIGIT_MASK) == 0)
			continue;
		sort_by_digit(at, other, n, bit);
		swap = at;
		at = other;
		other = swap;
	}
	if (at != spans->list.at)
		spans->list.cap = n;
	spans->list.at = at;
	free(other);
}

static void sort_equal_lows(struct extent *list, size_t n)
{
	for (size_t i = 0, next; i < n; i = next) {
		for (next = i + 1; next < n && list[next].low == list[i].low;)
			next++;
		if (next - i > 1)
			qsort(list + i, next - i, sizeof(list[0]), span_compare);
	}
}

static bool is_sorted(const struct spans *spans)
{
	for (size_t i = 1; i < spans->list.n; i++)
		if (span_compare(&spans->list.at[i - 1], &spans->list.at[i]) > 0)
			return false;
	return true;
}

void spans_sort(struct spans *spans)
{
	u64 reach = 0;

	if (!is_sorted(spans)) {
		if (spans->list.n < RADIX_MIN) {
			qsort(spans->list.at, spans->list.n, sizeof(spans->list.at[0]), span_compare);
		} else {
			sort_by_low(spans);
			sort_equal_lows(spans->list.at, spans->list.n);
		}
	}
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
