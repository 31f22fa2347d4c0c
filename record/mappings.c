/* Ranges of mapped memory. See mappings.h. */
#include "record/mappings.h"

#include <stdlib.h>
#include <string.h>

void mappings_fini(struct mappings *m)
{
	array_free(&m->ranges);
}

/* Index of the first range that ends after address. */
static size_t first_after(const struct mappings *m, u64 address)
{
	size_t low = 0, high = m->ranges.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (m->ranges.at[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void insert(struct mappings *m, size_t at, struct mapping range)
{
	array_reserve(&m->ranges, m->ranges.n + 1);
	memmove(m->ranges.at + at + 1, m->ranges.at + at, (m->ranges.n - at) * sizeof(range));
	m->ranges.at[at] = range;
	m->ranges.n++;
}

void mappings_remove(struct mappings *m, u64 start, u64 bytes, mappings_gone gone, void *context)
{
	u64 end = bytes > UINT64_MAX - start ? UINT64_MAX : start + bytes;
	size_t at = first_after(m, start), drop = at;
	while (drop < m->ranges.n && m->ranges.at[drop].start < end) {
		struct mapping *r = &m->ranges.at[drop];
		gone(context, r->site, MIN(r->end, end) - MAX(r->start, start));
		if (r->start < start && r->end > end) {
			struct mapping tail = {end, r->end, r->site};
			r->end = start;
			insert(m, drop + 1, tail);
			return;
		}
		if (r->start < start) {
			r->end = start;
			at = ++drop;
		} else if (r->end > end) {
			r->start = end;
			break;
		} else {
			drop++;
		}
	}
	if (drop > at) {
		memmove(m->ranges.at + at, m->ranges.at + drop, (m->ranges.n - drop) * sizeof(*m->ranges.at));
		m->ranges.n -= drop - at;
	}
}

void mappings_add(struct mappings *m, u64 start, u64 bytes, u32 site, mappings_gone gone, void *context)
{
	if (!bytes || bytes > UINT64_MAX - start)
		return;
	mappings_remove(m, start, bytes, gone, context);
	insert(m, first_after(m, start), (struct mapping){start, start + bytes, site});
}
