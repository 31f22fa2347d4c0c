/* What the records of the rings mean: from addresses and thread-local node ids to blocks and sites of the
 * trace. Everything is taken with distrust: a record that makes no sense does no harm. */
#include <stdlib.h>
#include <string.h>

#include "record/recorder.h"

enum {
	MAX_NODES = 1 << 26, /* of one ring */
	CUT_PC = 1,          /* UNWIND_PC_CUT */
	PREFETCH_WORDS = 24,
	PREFETCH_BLOCKS = 8192, /* a table of fewer stays in the cache by itself */
};

#define SIZE_LIMIT (1ull << 56) /* no address space holds such a block; sums of these don't overflow */

static u64 address_of(u64 first)
{
	return ring_word_value(first) << 3;
}

__attribute__((noinline)) static void take_node(struct reader *rd, u32 parent, u64 pc)
{
	if (rd->nodes.n >= MAX_NODES)
		return;
	if (parent >= rd->nodes.n)
		parent = 0;
	array_push(&rd->nodes, (struct ring_node){.pc = pc, .parent = parent, .node = NO_ID, .site = NO_ID});
}

static u32 pc_of(struct recorder *recorder, struct process *p, u64 address)
{
	if (address != CUT_PC)
		return process_pc(&recorder->accounts, p, address);
	if (recorder->cut_node_pc == NO_ID) {
		struct writer *w = recorder->writer;
		struct trace_frame frame = {0};
		struct trace_function function = {
			.name = writer_string(w, "[stack not walked further]", 26),
			.flags = FUNCTION_RUNTIME,
		};
		frame.function = writer_function(w, &function);
		recorder->cut_node_pc = writer_pc(w, &(struct trace_pc){0, CUT_PC});
		writer_symbol(w, recorder->cut_node_pc, &frame, 1);
	}
	return recorder->cut_node_pc;
}

/* The trace's node for a ring's, with all its ancestors. Not before it is needed: only then are the modules
 * at its addresses those of its time. */
__attribute__((noinline, cold)) static u32 resolve_node(struct recorder *recorder, struct reader *rd,
							u32 node)
{
	/* Up to the nearest ancestor that is known, turning the links around on the way; then down again. */
	u32 at = node, below = NO_ID;
	while (rd->nodes.at[at].node == NO_ID) {
		u32 up = rd->nodes.at[at].parent;
		rd->nodes.at[at].parent = below;
		below = at;
		at = up;
	}
	u32 parent = at;
	while (below != NO_ID) {
		struct ring_node *n = &rd->nodes.at[below];
		u32 next = n->parent;
		n->parent = parent;
		u32 pc = pc_of(recorder, rd->process, n->pc);
		n->node = rd->nodes.at[parent].node;
		if (pc != NO_ID)
			n->node = stacks_node(&recorder->stacks, n->node, pc);
		parent = below;
		below = next;
	}
	return rd->nodes.at[node].node;
}

static inline u32 site_of(struct recorder *recorder, struct reader *rd, u64 node)
{
	if (node >= rd->nodes.n)
		node = 0;
	if (unlikely(rd->nodes.at[node].site == NO_ID)) {
		u32 resolved = resolve_node(recorder, rd, (u32)node);
		rd->nodes.at[node].site = accounts_site(&recorder->accounts, rd->thread, resolved);
	}
	return rd->nodes.at[node].site;
}

static u64 ns_of(struct recorder *recorder, const struct reader *rd)
{
	return clock_ns(&recorder->rings.clock, rd->stamp);
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

/* The second half of a realloc: what it had set aside is gone. */
static inline void end_old(struct recorder *recorder, struct reader *rd)
{
	const struct live_block *b = &rd->reallocating;
	if (likely(b->site != NO_ID))
		writer_free(recorder->writer, ns_of(recorder, rd), b->ordinal, b->site, b->size, rd->thread,
			    b->ordinal == rd->realloc_temporary);
	else
		process_free(&recorder->accounts, rd->process, ns_of(recorder, rd), 0, rd->thread,
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
	u32 site = site_of(recorder, rd, node);
	u64 ns = ns_of(recorder, rd), behind = word_behind(rd, words, until);
	if (is_of(behind, RING_FREE_BLOCK, address)) {
		rd->stamp += ring_word_delta(behind);
		rd->last_alloc = UINT64_MAX;
		writer_temporary(recorder->writer, ns, ns_of(recorder, rd), site, size);
		return words + 1;
	}
	if (is_of(behind, RING_REALLOC_BEGIN, address)) {
		rd->stamp += ring_word_delta(behind);
		u64 ordinal = writer_alloc(recorder->writer, ns, site, size);
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

static void take_big_alloc(struct recorder *recorder, struct reader *rd, u64 first)
{
	take_block(recorder, rd, address_of(first), MIN(reader_word(rd, 1), SIZE_LIMIT), reader_word(rd, 2),
		   3, 0);
}

static inline void take_free(struct recorder *recorder, struct reader *rd, u64 first)
{
	process_free(&recorder->accounts, rd->process, ns_of(recorder, rd), address_of(first), rd->thread,
		     rd->last_alloc);
	rd->last_alloc = UINT64_MAX;
}

/* The old block is set aside: its address may be given out to others before the realloc returns. */
static void take_realloc_begin(struct recorder *recorder, struct reader *rd, u64 first)
{
	(void)recorder;
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

static void take_map(struct recorder *recorder, struct reader *rd, u64 first)
{
	process_map(&recorder->accounts, rd->process, ns_of(recorder, rd), ring_word_value(first) << 12,
		    reader_word(rd, 1), site_of(recorder, rd, reader_word(rd, 2)));
}

static void take_unmap(struct recorder *recorder, struct reader *rd, u64 first)
{
	process_unmap(&recorder->accounts, rd->process, ns_of(recorder, rd), ring_word_value(first) << 12,
		      reader_word(rd, 1));
}

static void take_module(struct recorder *recorder, struct process *p, const char *text, u32 len)
{
	struct ring_module m;
	if (len < sizeof(m))
		return;
	memcpy(&m, text, sizeof(m));
	const char *path = text + sizeof(m);
	u32 path_len = MIN(m.path_len, len - (u32)sizeof(m));
	if (m.start >= m.end || m.build_id_len > sizeof(m.build_id))
		return;
	char *name = xstrndup(path, path_len);
	char *opened = watch_file(p, name);
	process_module(&recorder->accounts, p,
		       &(struct mapped_module){
			       .start = m.start,
			       .end = m.end,
			       .bias = m.bias,
			       .module = stacks_module(&recorder->stacks, name, strlen(name), opened,
						       m.build_id, m.build_id_len),
		       });
	free(opened);
	free(name);
}

static void take_text(struct recorder *recorder, struct reader *rd, u64 first)
{
	struct process *p = rd->process;
	enum ring_text type = ring_word_value(first) >> 32;
	u32 len = (u32)(ring_word_value(first) & UINT32_MAX);
	char *text = recorder->text;
	if (len > RING_TEXT_MAX)
		return;
	for (u32 i = 0; i < len; i += 8) {
		u64 word = reader_word(rd, 1 + i / 8);
		memcpy(text + i, &word, MIN(8u, len - i));
	}
	struct ring_exec exec;
	switch (type) {
	case RING_TEXT_COMMAND:
		p->entry.command =
			writer_string(recorder->writer, text, len && !text[len - 1] ? len - 1 : len);
		writer_process_update(recorder->writer, p->id, &p->entry);
		break;
	case RING_TEXT_EXECUTABLE:
		p->entry.executable = writer_string(recorder->writer, text, len);
		writer_process_update(recorder->writer, p->id, &p->entry);
		break;
	case RING_TEXT_MODULE:
		take_module(recorder, p, text, len);
		break;
	case RING_TEXT_EXEC:
		if (len < sizeof(exec))
			break;
		memcpy(&exec, text, sizeof(exec));
		watch_exec(recorder, p, (pid_t)exec.pid, exec.spawned != 0, text + sizeof(exec),
			   len - sizeof(exec));
		break;
	}
}

static void take_note(struct recorder *recorder, struct reader *rd, u64 first)
{
	u64 word = reader_word(rd, 1);
	switch ((enum ring_note)ring_word_value(first)) {
	case RING_NOTE_RESET:
		rd->nodes.n = 1;
		rd->nodes.at[0].site = NO_ID;
		break;
	case RING_NOTE_MODULE_GONE:
		process_module_gone(rd->process, word);
		break;
	case RING_NOTE_EXEC_FAILED:
		watch_exec_failed(recorder, (pid_t)word);
		break;
	case RING_NOTE_EXIT:
		rd->process->exit_told = true;
		rd->process->entry.exit_status = (u8)word;
		break;
	}
}

typedef void event_handler(struct recorder *recorder, struct reader *rd, u64 first);

static event_handler *const handlers[16] = {
	[RING_ALLOC_BIG] = take_big_alloc,
	[RING_REALLOC_BEGIN] = take_realloc_begin,
	[RING_REALLOC_DONE] = take_realloc_done,
	[RING_MAP] = take_map,
	[RING_UNMAP] = take_unmap,
	[RING_TEXT] = take_text,
	[RING_NOTE] = take_note,
};

bool events_next(struct recorder *recorder, struct reader *rd)
{
	while (rd->tail < rd->limit) {
		u64 first = reader_word(rd, 0);
		u32 words = ring_record_words(first);
		if (unlikely(!words || words > rd->limit - rd->tail)) {
			rings_give_up(recorder, rd);
			return false;
		}
		enum ring_kind kind = ring_word_kind(first);
		if (likely(kind != RING_TIME && kind != RING_NODE)) {
			rd->next = rd->stamp + ring_word_delta(first);
			return true;
		}
		if (kind == RING_TIME)
			rd->stamp = first & ((1ull << 60) - 1);
		else
			take_node(rd, (u32)ring_word_value(first), reader_word(rd, 1));
		rd->tail += words;
	}
	return false;
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
	default:
		handlers[ring_word_kind(first)](recorder, rd, first);
		return ring_record_words(first);
	}
}

/* The record at the tail, of stamp rd->next, and what is taken with it up to `until`. True while there is a
 * next one. */
static inline bool take_next(struct recorder *recorder, struct reader *rd, u64 until)
{
	rd->stamp = rd->next;
	/* A word some records ahead; where it is not a first word this fetches what nobody needs. */
	if (live_count(&rd->process->blocks) > PREFETCH_BLOCKS)
		live_prefetch(&rd->process->blocks, ring_word_value(reader_word(rd, PREFETCH_WORDS)) << 3);
	rd->tail += take(recorder, rd, until);
	if (unlikely(rd->tail - rd->given >= PUBLISH_WORDS))
		rings_give_room(rd);
	return events_next(recorder, rd);
}

static inline void begin_process(struct recorder *recorder, struct reader *rd)
{
	if (unlikely(!rd->process->started))
		watch_begin(recorder, rd->process);
}

__attribute__((flatten)) bool events_run(struct recorder *recorder, struct reader *rd, u64 until)
{
	bool more = true;
	if (rd->next <= until)
		begin_process(recorder, rd);
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
		begin_process(recorder, rd);
		if (!take_next(recorder, rd, MIN(until, other->next)))
			return rd;
	}
}
