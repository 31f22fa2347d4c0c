/* The record A of an event block: addresses of its allocations, from untrusted bytes. They are what they are:
 * nothing is wrong with any number. */
#include "viewer/load/addresses.h"

#include <stdlib.h>

#include "common/addresses.h"
#include "viewer/load/columns.h"
#include "viewer/load/load.h"

struct addresses {
	struct address_guesses guesses;
	u64 distances[BLOCK_EVENTS], at[BLOCK_EVENTS];
};

struct addresses *addresses_new(void)
{
	return xmalloc(sizeof(struct addresses));
}

void addresses_free(struct addresses *a)
{
	free(a);
}

static void walk(struct addresses *a, const struct trace_events *e, u64 first_ordinal)
{
	struct address_guesses *g = &a->guesses;
	u32 n_allocs = 0;

	address_begin(g);
	for (u32 i = 0; i < e->n; i++) {
		u64 index = e->ordinal[i] - first_ordinal;

		if (e->kind[i] == TRACE_FREE) {
			if (e->ordinal[i] >= first_ordinal)
				address_freed(g, (u32)index, e->size[i]);
			continue;
		}
		a->at[n_allocs] = (address_guess(g, a->at, e->size[i]) / ADDRESS_UNIT +
				   unzigzag(a->distances[n_allocs])) *
				  ADDRESS_UNIT;
		address_found(g, a->at[n_allocs++], e->size[i]);
	}
}

int addresses_get(struct addresses *a, const struct bytes *raw, size_t number,
		  const struct trace_block *block, const struct trace_events *events, const u64 **addresses,
		  struct err *err)
{
	struct span content = span_of(raw->at, raw->n), record;
	u8 kind;

	if (!record_next(&content, &kind, &record) || kind != RECORD_ADDRESSES)
		return err_set(err, "the block lacks its record A");
	if (span_varint(&record) != number || span_varint(&record) != block->n_allocs ||
	    get_distances(&record, a->distances, block->n_allocs) < 0)
		return err_set(err, "the addresses are damaged");
	walk(a, events, block->first_ordinal);
	*addresses = a->at;
	return 0;
}
