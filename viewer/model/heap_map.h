/* The heap map: where the live blocks of a moment are in the address spaces, and how well they fill the pages
 * that they touch. Of traces that were recorded with addresses.
 *
 * The moment is the end of the lens's range, or its peak: the earliest of the largest sums of live sizes, as
 * memory.figures.peak_bytes has it. Blocks are those of the lens. A page is 4096 bytes, and touched where a
 * live block has at least one byte in it, a block of size 0 being taken for one byte. An area is a run of
 * such pages in one process; another begins behind a gap of more than MAP_GAP bytes, and where large blocks
 * that the C library maps one by one (MAP_LARGE bytes or more, 16 bytes behind the begin of a page) follow
 * others, or others follow them. */
#ifndef VIEWER_MODEL_HEAP_MAP_H
#define VIEWER_MODEL_HEAP_MAP_H

#include "viewer/model/model.h"

enum {
	MAP_PAGE = 4096,
	MAP_GAP = 1 << 20,
	MAP_LARGE = 128 << 10,
	MAP_CELLS = 64, /* of an area's density */
};

struct map_area {
	u32 process; /* trace id */
	bool large;
	u64 start, span; /* addresses: of the first block, and bytes to the end of the last */
	u64 pages;       /* touched */
	u64 blocks, bytes;
	u64 hole;             /* the most bytes between two neighbours */
	u64 cells[MAP_CELLS]; /* bytes that blocks cover of equal parts of the span */
};

struct heap_map {
	ARRAY(struct map_area) areas; /* by process and address */
	u64 ns;                       /* the moment */
	u64 pages, blocks, bytes;     /* of all areas */
	u64 hole;                     /* the largest in an area */
	u64 unknown;  /* live blocks whose addresses could not be read; counted nowhere else */
	bool damaged; /* events could not be read all */
};

/* at_end: the moment is the end of the range, not the peak. Reads all events up to the end of the range. -1
 * and a text when the trace has no addresses. */
int heap_map_init(struct heap_map *map, const struct analysis *a, bool at_end, struct err *err);
void heap_map_fini(struct heap_map *map);

/* The bytes that a cell of an area stands for. */
static inline u64 map_cell(u64 span)
{
	return span / MAP_CELLS + 1;
}

/* Of the bytes of pages the share that live blocks have, and the one that they don't have. No pages: all is
 * used. */
u64 map_used(u64 bytes, u64 pages);
static inline u64 map_fragmentation(u64 bytes, u64 pages)
{
	return SHARE_WHOLE - map_used(bytes, pages);
}

#endif
