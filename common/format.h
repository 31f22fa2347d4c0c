/* The trace file's layout in numbers: record kinds, limits, units. What the records hold is written down in
 * common/FORMAT.md; record/writer*.c writes them and viewer/load/ reads them. */
#ifndef COMMON_FORMAT_H
#define COMMON_FORMAT_H

#include "common/types.h"

#define FORMAT_MAGIC "memtrace"

enum {
	FORMAT_MAJOR = 1, /* readers refuse a newer one */
	FORMAT_MINOR = 3, /* newer ones add fields at the end of records, and kinds */
	FORMAT_MINOR_PLAIN = 2, /* of a trace without addresses */
	FORMAT_MAGIC_LEN = 8,
	RECORD_HEADER = 6,  /* kind, version, length (u32, little endian) */
	RECORD_VERSION = 1, /* of every kind, today */
	INFO_ADDRESSES = 1 << 0, /* a flag of I: each block of events has a record A */
};

/* Kinds in small letters are dictionaries and samples: what a reader needs at once on opening. */
enum record_kind {
	RECORD_INFO = 'I',
	RECORD_STRINGS = 's',
	RECORD_MODULES = 'm',
	RECORD_PROCESSES = 'p',
	RECORD_THREADS = 't',
	RECORD_FUNCTIONS = 'f',
	RECORD_PCS = 'a',
	RECORD_NODES = 'n',
	RECORD_SITES = 'k',
	RECORD_SYMBOLS = 'y',
	RECORD_MAPS = 'v',
	RECORD_RSS = 'r',
	RECORD_SAMPLES = 'x',
	RECORD_CALLS = 'c',
	RECORD_RELEASES = 'g',
	RECORD_LINE_MEMORY = 'l',
	RECORD_BRACKETS = 'b',
	RECORD_SUMMARY = 'S',
	RECORD_FOREIGN = 'C',
	RECORD_EVENTS = 'E',
	RECORD_ADDRESSES = 'A',
	RECORD_MERGED = 'H',
	RECORD_LIVE = 'L',
	RECORD_TOTALS = 'T',
	RECORD_BLOCKS = 'B',
	RECORD_DIRECTORY = 'D',
	RECORD_END = 'Z',
};

enum {
	FRAME_RAW_MAX = 4 << 20,  /* bytes of a frame's content */
	FRAME_RAW_GOAL = 1 << 20, /* where the writer begins a new one */
	STRING_MAX = 64 << 10,
	FORMAT_TABLES = 8, /* tables that S and Z count: strings to sites, in the order below */
	BLOCK_EVENTS = 64 << 10,
	SLICE_EVENTS = 1 << 10,
	BLOCK_SLICES = BLOCK_EVENTS / SLICE_EVENTS,
	MERGED_BLOCKS = 16,    /* between two H */
	LIVE_BLOCKS = 64,      /* between two L */
	PART_SITES = 32 << 10, /* entries of one H, L or T frame */
};

/* Time in the event blocks: pieces of straight lines between points of a 250 ns grid that starts at the
 * block's start, a piece's slope in 1/65536 ns an event; or the number of events in each tick. */
enum {
	TIME_QUANTUM = 250,
	TIME_ERROR = 1000,
	TIME_SLOPE_BITS = 16,
	TIME_PIECES = 0, /* which of the two */
	TIME_TICKS = 1,
	TIME_TICK = 2 * TIME_ERROR, /* ns; its events are said to be in its middle */
	TICK_GAP_SHIFT = 6,         /* of the byte of a tick: empty ticks before it, events in it */
	TICK_GAP_MAX = 3,           /* and more */
	TICK_EVENTS_MAX = 63,
};
#define TIME_PIECE_MAX (1ull << 40) /* ns that one piece may span */

/* Slices' times are in microseconds, from their block's start on. */
enum { SLICE_UNIT = 1000, SLICE_COLUMNS = 6 };

/* Forms of a column of byte sums: as they are; as ± what they differ from count times a mean; as the mean and
 * what is left. */
enum sums_form { SUMS_PLAIN, SUMS_DIFFERENCE, SUMS_MEAN };

/* A size, or a zigzag difference of two, as bytes: small, a multiple of 8, of two bytes, or a varint. */
enum {
	SIZE_UNIT = 8,
	SIZE_PLAIN = 128, /* below: the size itself */
	SIZE_PAIR = 240, /* below: units of 8 from SIZE_PLAIN on; from here: high byte, the low one follows */
	SIZE_LONG = 255, /* a varint follows */
	SIZE_UNITS = SIZE_PLAIN + (SIZE_PAIR - SIZE_PLAIN) * SIZE_UNIT, /* where units end */
	SIZE_PAIRS = (SIZE_LONG - SIZE_PAIR) << 8,                      /* where pairs do */
};

/* Forms of the column of kinds: a bit an event, or the lengths of runs, the first of allocations. */
enum kinds_form { KINDS_BITS, KINDS_RUNS };

/* What a free frees: one byte each. */
enum {
	FREE_EARLIER = 0,  /* the next one of C */
	FREE_NEAR = 1,     /* zigzag distance to the allocation behind the last freed one */
	FREE_FAR = 255,    /* apart: how many allocations ago */
	ORDINAL_FAR = 255, /* in C: below, zigzag distance to the ordinal behind the last one */
};

/* An address: one byte, a zigzag distance to where it was guessed to be, in units. */
enum {
	ADDRESS_UNIT = 8,
	ADDRESS_FAR = 255, /* apart: the distance */
};

/* Sums of untrusted numbers: they stop at the ends instead of wrapping around. */
static inline u64 sat_add(u64 a, u64 b)
{
	u64 sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static inline u64 sat_sub(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

static inline bool record_kind_is_early(u8 kind)
{
	return kind >= 'a' && kind <= 'z';
}

#endif
