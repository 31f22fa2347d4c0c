/* The record A of an event block: where its allocations are, each as what it is away from a guess
 * (common/addresses.h). Only where addresses are kept. */
#include "record/writer_private.h"

#include <stdlib.h>

#include "common/addresses.h"

struct address_room {
	struct address_guesses guesses;
	u64 distances[BLOCK_EVENTS];
};

static void take_addresses(struct address_room *room, const struct block *b)
{
	struct address_guesses *g = &room->guesses;
	u32 n_allocs = 0, n_frees = 0;

	address_begin(g);
	for (u32 i = 0; i < b->n; i++) {
		u64 size, address;

		if (b->kinds[i / 64] >> (i % 64) & 1) {
			u32 freed = b->freed[n_frees++];

			if (!(freed & FREED_EARLIER))
				address_freed(g, freed & FREED_INDEX, b->alloc_size[freed & FREED_INDEX]);
			continue;
		}
		size = b->alloc_size[n_allocs];
		address = b->alloc_address[n_allocs];
		room->distances[n_allocs++] = zigzag(address / ADDRESS_UNIT -
						     address_guess(g, b->alloc_address, size) / ADDRESS_UNIT);
		address_found(g, address, size);
	}
}

void make_addresses(struct encoder *e, const struct block *block)
{
	struct content *c = &e->columns;
	size_t record;

	if (!e->address_room)
		e->address_room = xmalloc(sizeof(*e->address_room));
	take_addresses(e->address_room, block);
	content_clear(c);
	record = record_begin(&c->bytes, RECORD_ADDRESSES);
	bytes_varint(&c->bytes, e->header.number);
	bytes_varint(&c->bytes, block->n_allocs);
	column_addresses(c, &e->room, e->address_room->distances, block->n_allocs);
	record_end(&c->bytes, record);
}
