/* Entries of dictionaries and series as the caller gives them, and what the writer itself has to know of
 * processes, threads and sites: whose a site is, what a process has live, and which ones ended. */
#include "record/writer_private.h"

enum { EARLY_MAX = 4 << 20 /* of dictionary data in one job */ };

/* After each addition to a dictionary: an increment that has grown large leaves, without ending the block. */
static u32 added(struct writer *w, u32 id)
{
	if (unlikely(w->dict.pending >= FRAME_RAW_GOAL)) {
		writer_take_dict(w);
		if (w->job->early.n >= EARLY_MAX)
			writer_submit(w);
	}
	return id;
}

u32 writer_string(struct writer *w, const char *s, size_t n)
{
	return added(w, dict_string(&w->dict, s, n));
}

u32 writer_module(struct writer *w, const struct trace_module *module)
{
	return added(w, dict_module(&w->dict, module));
}

void writer_process_gone(struct writer *w, u32 id)
{
	while (w->ended.n <= id)
		array_push(&w->ended, false);
	if (w->ended.at[id])
		return;
	w->ended.at[id] = true;
	array_push(&w->ending, id);
}

/* The entry with the peak that the events gave it. */
static void put_process(struct writer *w, u32 id, const struct trace_process *process)
{
	struct trace_process entry = *process;
	const struct heap *heap = w->heaps.n == 1 ? &w->all : &w->heaps.at[id];

	events_settle_peak(w);
	entry.peak_bytes = heap->peak_bytes;
	entry.peak_blocks = heap->peak_blocks;
	entry.peak_ns = heap->peak_ns;
	dict_process(&w->dict, id, &entry);
	if (process->flags & PROCESS_ENDED)
		writer_process_gone(w, id);
}

u32 writer_process(struct writer *w, const struct trace_process *process)
{
	u32 id = w->dict.parts[DICT_PROCESSES].total;

	if (w->heaps.n == 1)
		events_part(w);
	array_push(&w->heaps, (struct heap){0});
	put_process(w, id, process);
	return added(w, id);
}

void writer_process_update(struct writer *w, u32 id, const struct trace_process *process)
{
	if (id < w->dict.parts[DICT_PROCESSES].total)
		put_process(w, id, process);
	added(w, id);
}

u32 writer_thread(struct writer *w, const struct trace_thread *thread)
{
	u32 id = w->dict.parts[DICT_THREADS].total;

	dict_thread(&w->dict, id, thread);
	array_push(&w->job->threads, thread->process);
	array_push(&w->thread_process, thread->process);
	return added(w, id);
}

void writer_thread_update(struct writer *w, u32 id, const struct trace_thread *thread)
{
	if (id < w->dict.parts[DICT_THREADS].total)
		dict_thread(&w->dict, id, thread);
	added(w, id);
}

u32 writer_pc(struct writer *w, const struct trace_pc *pc)
{
	return added(w, dict_pc(&w->dict, pc));
}

u32 writer_node(struct writer *w, const struct trace_node *node)
{
	return added(w, dict_node(&w->dict, node));
}

u32 writer_site(struct writer *w, const struct trace_site *site)
{
	u32 id = dict_site(&w->dict, site);

	if (id >= w->owners_cap) {
		w->owners_cap = MAX(w->owners_cap * 2, (size_t)1024);
		w->owners = xrealloc(w->owners, w->owners_cap, sizeof(*w->owners));
	}
	w->owners[id] = (struct site_owner){site->thread, w->thread_process.at[site->thread]};
	array_push(&w->job->sites, site->thread);
	return added(w, id);
}

u32 writer_function(struct writer *w, const struct trace_function *function)
{
	return added(w, dict_function(&w->dict, function));
}

void writer_symbol(struct writer *w, u32 pc, const struct trace_frame *frames, u32 n_frames)
{
	dict_symbol(&w->dict, pc, frames, n_frames);
	added(w, pc);
}

void writer_map(struct writer *w, u64 ns, enum map_kind kind, u32 site, u64 bytes)
{
	w->last_ns = MAX(w->last_ns, ns);
	dict_map(&w->dict, w->last_ns, kind, site, bytes);
	added(w, site);
}

void writer_rss(struct writer *w, u64 ns, u32 process, u64 bytes)
{
	if (process < w->dict.parts[DICT_PROCESSES].total)
		dict_rss(&w->dict, ns, process, bytes);
	added(w, process);
}

void writer_sample(struct writer *w, const struct trace_sample *sample)
{
	dict_sample(&w->dict, sample);
	added(w, sample->site);
}

void writer_calls(struct writer *w, const struct trace_calls *calls)
{
	dict_calls(&w->dict, calls);
	added(w, calls->site);
}

void writer_line_memory(struct writer *w, const struct trace_line_memory *line)
{
	dict_line_memory(&w->dict, line);
	added(w, line->function);
}

void writer_bracket(struct writer *w, const struct trace_bracket *bracket)
{
	dict_bracket(&w->dict, bracket);
	added(w, bracket->function);
}

void writer_release(struct writer *w, const struct trace_release *release)
{
	dict_release(&w->dict, release);
	added(w, release->site);
}
