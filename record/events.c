/* What the records of the rings mean, but for those of blocks (events_blocks.c): nodes of stacks and their
 * sites, samples, mappings, modules, texts, notes. Everything is taken with distrust: a record that makes no
 * sense does no harm. */
#include "record/events.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_NODES = 1 << 26, /* of one ring */
};

__attribute__((noinline)) static void take_node(struct reader *rd, u32 parent, u64 pc)
{
	if (rd->nodes.n >= MAX_NODES)
		return;
	if (parent >= rd->nodes.n)
		parent = 0;
	array_push(&rd->nodes, (struct ring_node){.pc = pc, .parent = parent, .node = NO_ID, .site = NO_ID});
}

u32 events_pc(struct recorder *recorder, struct process *p, u64 address)
{
	if (address != RING_PC_CUT)
		return process_pc(&recorder->accounts, p, address);
	if (recorder->cut_node_pc == NO_ID) {
		struct writer *w = recorder->writer;
		struct trace_frame frame = {0};
		struct trace_function function = {
			.name = writer_string(w, "[stack not walked further]", 26),
			.flags = FUNCTION_RUNTIME,
		};
		frame.function = writer_function(w, &function);
		recorder->cut_node_pc = writer_pc(w, &(struct trace_pc){0, RING_PC_CUT});
		writer_symbol(w, recorder->cut_node_pc, &frame, 1);
	}
	return recorder->cut_node_pc;
}

/* The trace's node for a ring's, with all its ancestors. Not before it is needed: only then are the modules
 * at its addresses those of its time. */
static u32 resolve_node(struct recorder *recorder, struct reader *rd, u32 node)
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
		u32 pc = events_pc(recorder, rd->process, n->pc);
		n->node = rd->nodes.at[parent].node;
		if (pc != NO_ID)
			n->node = stacks_node(&recorder->stacks, n->node, pc);
		parent = below;
		below = next;
	}
	return rd->nodes.at[node].node;
}

__attribute__((noinline, cold)) u32 events_find_site(struct recorder *recorder, struct reader *rd, u64 node)
{
	if (node >= rd->nodes.n)
		node = 0;
	if (rd->nodes.at[node].site == NO_ID) {
		u64 pc = rd->nodes.at[node].pc;
		u32 resolved = pc & (RING_PC_PYTHON | RING_PC_JOINED) ? python_merge(recorder, rd, (u32)node)
								      : resolve_node(recorder, rd, (u32)node);
		rd->nodes.at[node].node = resolved;
		rd->nodes.at[node].site = accounts_site(&recorder->accounts, rd->thread, resolved);
	}
	return rd->nodes.at[node].site;
}

static void take_map(struct recorder *recorder, struct reader *rd, u64 first)
{
	process_map(&recorder->accounts, rd->process, events_ns(recorder, rd), ring_word_value(first) << 12,
		    reader_word(rd, 1), events_site(recorder, rd, reader_word(rd, 2)));
}

static void take_unmap(struct recorder *recorder, struct reader *rd, u64 first)
{
	process_unmap(&recorder->accounts, rd->process, events_ns(recorder, rd), ring_word_value(first) << 12,
		      reader_word(rd, 1));
}

static void take_sample(struct recorder *recorder, struct reader *rd, u64 first)
{
	u64 second = reader_word(rd, 1), value = ring_word_value(first);
	struct trace_sample sample = {
		.ns = events_ns(recorder, rd),
		.site = events_site(recorder, rd, second & UINT32_MAX),
		.span_ns = second >> 32,
	};
	if (value & RING_SAMPLE_WAIT)
		sample.span_ns |= value << 32;
	else
		sample.count = (u32)MIN(value, UINT32_MAX);
	sampler_take(recorder, &sample);
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
	int held;
	size_t known = recorder->stacks.module_names.n;
	char *opened = watch_file(p, &name, m.start & ~4095ull, &held);
	process_module(&recorder->accounts, p,
		       &(struct mapped_module){
			       .start = m.start,
			       .end = m.end,
			       .bias = m.bias,
			       .module = stacks_module(&recorder->stacks, name, strlen(name), opened,
						       m.build_id, m.build_id_len),
		       });
	if (held >= 0 && recorder->stacks.module_names.n == known)
		close(held);
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
	case RING_TEXT_CODE:
		python_take_code(recorder, rd, text, len);
		break;
	case RING_TEXT_CODE_NAME:
		python_take_name(recorder, text, len);
		break;
	case RING_TEXT_LINES:
		python_take_lines(recorder, rd, text, len);
		break;
	case RING_TEXT_BRACKET:
		python_take_bracket(recorder, rd, text, len);
		break;
	case RING_TEXT_THREAD:
		(rd->calls_of ? rd->calls_of : rd)->name = writer_string(recorder->writer, text, len);
		break;
	case RING_TEXT_EXEC:
		if (len < sizeof(exec))
			break;
		memcpy(&exec, text, sizeof(exec));
		watch_exec(recorder, p, exec.outer ? (pid_t)exec.pid : watch_pid_of(p, exec.pid),
			   exec.spawned != 0, text + sizeof(exec), len - sizeof(exec));
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
		rd->codes.n = 0;
		rd->free_at = rd->free_at_found = 0;
		idmap_fini(&rd->merged);
		idmap_init(&rd->merged);
		break;
	case RING_NOTE_PYTHON:
	case RING_NOTE_PYTHON_END:
	case RING_NOTE_PYTHON_OFF:
		python_take_note(recorder, rd, (u32)ring_word_value(first), word);
		break;
	case RING_NOTE_MODULE_GONE:
		process_module_gone(rd->process, word);
		break;
	case RING_NOTE_EXEC_FAILED:
		watch_exec_failed(recorder, rd->process, (u32)word);
		break;
	case RING_NOTE_LEAVING:
		rd->leaving = true;
		break;
	case RING_NOTE_CPU:
		rd->process->told_cpu_ns = word;
		break;
	case RING_NOTE_EXIT:
		rd->process->exit_told = true;
		rd->process->entry.exit_status = (u8)word;
		break;
	case RING_NOTE_EXACT:
		recorder_exact(recorder, rd->process, word != 0);
		break;
	case RING_NOTE_UNSEEN:
		recorder_unseen(recorder, rd->process, word);
		break;
	case RING_NOTE_THREAD:
		rd->calls_of = rings_find(&recorder->rings, rd->process, (u32)word);
		break;
	}
}

/* Of the thread that a note named, where one that ends the process tells of the others'. */
static u32 calls_site(struct recorder *recorder, struct reader *rd, u64 node)
{
	u32 site = events_site(recorder, rd, node);
	if (!rd->calls_of)
		return site;
	return accounts_site(&recorder->accounts, rd->calls_of->thread,
			     rd->nodes.at[node < rd->nodes.n ? node : 0].node);
}

static void take_calls(struct recorder *recorder, struct reader *rd, u64 first)
{
	struct process *p = rd->process;
	u64 ticks = MIN(reader_word(rd, 2), 1ull << 62);
	struct trace_calls calls = {
		.ns = events_ns(recorder, rd),
		.site = calls_site(recorder, rd, reader_word(rd, 1)),
		.calls = ring_word_value(first),
		.self_ns = clock_ticks_ns(&recorder->rings.clock, ticks),
	};
	if (unlikely(p->entry.time_mode != TIME_EXACT)) {
		p->entry.time_mode = TIME_EXACT;
		p->entry.time_clock = TIME_WALL;
		writer_process_update(recorder->writer, p->id, &p->entry);
	}
	writer_calls(recorder->writer, &calls);
}

typedef void event_handler(struct recorder *recorder, struct reader *rd, u64 first);

static event_handler *const handlers[16] = {
	[RING_MAP] = take_map,   [RING_UNMAP] = take_unmap,   [RING_TEXT] = take_text,
	[RING_NOTE] = take_note, [RING_SAMPLE] = take_sample, [RING_CALLS] = take_calls,
};

__attribute__((noinline)) void events_take_other(struct recorder *recorder, struct reader *rd, u64 first)
{
	event_handler *handler = handlers[ring_word_kind(first)];
	if (handler)
		handler(recorder, rd, first);
}

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
		if (likely(kind != RING_TIME && kind != RING_NODE && kind != RING_AT)) {
			rd->next = rd->stamp + ring_word_delta(first);
			return true;
		}
		if (kind == RING_TIME)
			rd->stamp = first & ((1ull << 60) - 1);
		else if (kind == RING_AT)
			rd->free_at = (u32)ring_word_value(first);
		else
			take_node(rd, (u32)ring_word_value(first), reader_word(rd, 1));
		rd->tail += words;
	}
	return false;
}
