/* Allocations and frees, which are nearly all records: runs of them in the order of their stamps, from one
 * ring or two. What is done for each is done here and in what is called from here, as one function. */
#include "record/events.h"
#include "record/releases.h"

enum {
	PREFETCH_WORDS = 24,
	PREFETCH_BLOCKS = 1024, /* a table of fewer stays in the first cache by itself */
};

#define SIZE_LIMIT (1ull << 56) /* no address space holds such a block; sums of these don't overflow */

static u64 address_of(u64 first)
{
	return ring_word_value(first) << 3;
}

/* The word behind the record at the tail, which has that many words; 0, which no record begins with, when
 * there is none or it belongs to a later run. */
static inline u64 word_behind(const struct reader *rd, u32 words, u64 until)
{
	if (unlikely(rd->limit - rd->tail <= words))
		return 0;
	u64 first = reader_word(rd, words);
	return rd->stamp + ring_word_delta(first) <= until ? first : 0;
}

static inline bool is_of(u64 first, enum ring_kind kind, u64 address)
{
	return first >> 16 == ((u64)kind << 44 | address >> 3);
}

/* Of a thread that tells where it frees. */
static inline void note_release(struct recorder *recorder, struct reader *rd, u64 size)
{
	if (unlikely(rd->free_at))
		releases_add(recorder, rd, size);
}

static inline void end_known(struct recorder *recorder, struct reader *rd, const struct live_block *b)
{
	writer_free(recorder->writer, events_ns(recorder, rd), b->ordinal, b->site, b->size, rd->thread,
		    b->ordinal == rd->realloc_temporary);
	note_release(recorder, rd, b->size);
}

/* The second half of a realloc: what it had set aside is gone. */
static inline void end_old(struct recorder *recorder, struct reader *rd)
{
	const struct live_block *b = &rd->reallocating;
	if (likely(b->site != NO_ID))
		end_known(recorder, rd, b);
	else
		process_free(&recorder->accounts, rd->process, events_ns(recorder, rd), 0, rd->thread,
			     UINT64_MAX);
	rd->last_alloc = UINT64_MAX;
}

/* Very often a block is freed, or grown, by the thread's very next call. It is then told of without ever
 * having been in the table of live blocks. words: of the allocation's record. Returns those taken. */
static inline u32 take_block(struct recorder *recorder, struct reader *rd, u64 address, u64 size, u64 node,
			     u32 words, u64 until)
{
	if (unlikely(!address))
		return words;
	u32 site = events_site(recorder, rd, node);
	u64 ns = events_ns(recorder, rd), behind = word_behind(rd, words, until);
	if (is_of(behind, RING_FREE_BLOCK, address)) {
		rd->stamp += ring_word_delta(behind);
		rd->last_alloc = UINT64_MAX;
		writer_temporary(recorder->writer, ns, events_ns(recorder, rd), site, size, address);
		note_release(recorder, rd, size);
		return words + 1;
	}
	if (is_of(behind, RING_REALLOC_BEGIN, address)) {
		rd->stamp += ring_word_delta(behind);
		u64 ordinal = writer_alloc(recorder->writer, ns, site, size, address);
		rd->last_alloc = rd->realloc_temporary = ordinal;
		rd->reallocating.address = address;
		rd->reallocating.ordinal = ordinal;
		rd->reallocating.size = size;
		rd->reallocating.site = site;
		rd->in_realloc = true;
		return words + 1;
	}
	struct live_block block = {.address = address, .size = size, .site = site};
	process_alloc(&recorder->accounts, rd->process, ns, &block, rd->thread);
	rd->last_alloc = block.ordinal;
	return words;
}

static inline u32 take_alloc(struct recorder *recorder, struct reader *rd, u64 first, u64 until)
{
	u64 second = reader_word(rd, 1);
	return take_block(recorder, rd, address_of(first), second >> 32, second & UINT32_MAX, 2, until);
}

static inline u32 take_realloc(struct recorder *recorder, struct reader *rd, u64 first, u64 until)
{
	if (likely(rd->in_realloc))
		end_old(recorder, rd);
	rd->in_realloc = false;
	return take_alloc(recorder, rd, first, until);
}

static u32 take_big_alloc(struct recorder *recorder, struct reader *rd, u64 first, u64 until)
{
	u64 size = MIN(reader_word(rd, 1), SIZE_LIMIT);
	return take_block(recorder, rd, address_of(first), size, reader_word(rd, 2), 3, until);
}

static inline void take_free(struct recorder *recorder, struct reader *rd, u64 first)
{
	u64 size = process_free(&recorder->accounts, rd->process, events_ns(recorder, rd), address_of(first),
				rd->thread, rd->last_alloc);
	if (size != NOTHING_FREED)
		note_release(recorder, rd, size);
	rd->last_alloc = UINT64_MAX;
}

/* The old block is set aside: its address may be given out to others before the realloc returns. */
static void take_realloc_begin(struct reader *rd, u64 first)
{
	if (!live_take(&rd->process->blocks, address_of(first), &rd->reallocating))
		rd->reallocating = (struct live_block){.address = address_of(first), .site = NO_ID};
	rd->in_realloc = true;
	rd->realloc_temporary = rd->last_alloc;
}

static void take_realloc_done(struct recorder *recorder, struct reader *rd, u64 first)
{
	struct live_block old;
	if (!rd->in_realloc)
		return;
	rd->in_realloc = false;
	if (ring_word_value(first))
		end_old(recorder, rd);
	else if (rd->reallocating.site != NO_ID)
		live_add(&rd->process->blocks, &rd->reallocating, &old);
}

/* Takes the record at the tail. Returns its words, with those of a second one that was taken with it. */
static inline u32 take(struct recorder *recorder, struct reader *rd, u64 until)
{
	u64 first = reader_word(rd, 0);
	switch (ring_word_kind(first)) {
	case RING_ALLOC:
		return take_alloc(recorder, rd, first, until);
	case RING_REALLOCATED:
		return take_realloc(recorder, rd, first, until);
	case RING_FREE_BLOCK:
		take_free(recorder, rd, first);
		return 1;
	case RING_REALLOC_BEGIN:
		take_realloc_begin(rd, first);
		return 1;
	case RING_REALLOC_DONE:
		take_realloc_done(recorder, rd, first);
		return 1;
	case RING_ALLOC_BIG:
		return take_big_alloc(recorder, rd, first, until);
	default:
		events_take_other(recorder, rd, first);
		return ring_record_words(first);
	}
}

/* Of a record some way ahead. A second word is most often of no kind, and the one before it is the first.
 * always_inline: gcc leaves out calls of a function that does nothing but prefetch. */
static inline __attribute__((always_inline)) void prefetch_block(const struct reader *rd)
{
	u64 is = ring_word_kind(reader_word(rd, PREFETCH_WORDS)) != 0;
	u64 ahead = reader_word(rd, PREFETCH_WORDS - 1 + is);
	live_prefetch(&rd->process->blocks, address_of(ahead));
}

/* The record at the tail, of stamp rd->next, and what is taken with it up to `until`. True while there is a
 * next one. */
static inline bool take_next(struct recorder *recorder, struct reader *rd, u64 until)
{
	rd->stamp = rd->next;
	if (live_count(&rd->process->blocks) > PREFETCH_BLOCKS)
		prefetch_block(rd);
	rd->tail += take(recorder, rd, until);
	if (unlikely(rd->tail - rd->given >= PUBLISH_WORDS))
		rings_give_room(rd);
	return events_next(recorder, rd);
}

/* False: the process has been followed by another image, and can have nothing more to tell. */
static __attribute__((noinline)) bool begin_process(struct recorder *recorder, struct reader *rd)
{
	if (rd->process->gone)
		rings_give_up(recorder, rd);
	else
		watch_begin(recorder, rd->process);
	return !rd->process->gone;
}

static inline bool is_running(struct recorder *recorder, struct reader *rd)
{
	return likely(rd->process->running) || begin_process(recorder, rd);
}

__attribute__((flatten)) bool events_run(struct recorder *recorder, struct reader *rd, u64 until)
{
	bool more = true;
	if (rd->next <= until && !is_running(recorder, rd))
		return false;
	while (more && rd->next <= until)
		more = take_next(recorder, rd, until);
	return more;
}

__attribute__((flatten)) struct reader *events_merge(struct recorder *recorder, struct reader *a,
						     struct reader *b, u64 until)
{
	for (;;) {
		bool turn = b->next < a->next;
		struct reader *rd = turn ? b : a, *other = turn ? a : b;
		if (rd->next > until)
			return NULL;
		if (!is_running(recorder, rd) || !take_next(recorder, rd, MIN(until, other->next)))
			return rd;
	}
}
