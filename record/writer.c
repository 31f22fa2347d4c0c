/* The writer as its caller sees it, and the hand-over to the thread that packs. Jobs go round in a small
 * ring: the caller fills one while the thread packs the ones before it, in order; a caller that is faster
 * waits. */
#include "record/writer_private.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { EARLY_MAX = 4 << 20 /* of dictionary data in one job */ };

static void pack(struct writer *w, struct job *job)
{
	size_t from = 0;

	encoder_sites(w->encoder, job);
	if (job->several)
		peaks_part(w->encoder);
	for (size_t i = 0; i < job->cuts.n; i++) {
		struct bytes content = {job->early.at + from, job->cuts.at[i] - from, 0};

		output_frame(&w->out, &content, true);
		from = job->cuts.at[i];
	}
	if (job->block->n > 0 && !w->out.failed)
		encoder_block(w->encoder, job, &w->out);
	job->early.n = job->cuts.n = job->sites.n = job->threads.n = 0;
}

static void *run(void *arg)
{
	struct writer *w = arg;

	pthread_mutex_lock(&w->mutex);
	for (;;) {
		if (w->packed == w->filled) {
			if (w->closing)
				break;
			pthread_cond_wait(&w->changed, &w->mutex);
			continue;
		}
		pthread_mutex_unlock(&w->mutex);
		pack(w, &w->jobs[w->packed % N_JOBS]);
		pthread_mutex_lock(&w->mutex);
		w->packed++;
		pthread_cond_broadcast(&w->changed);
	}
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

/* Signals are the main thread's: it may have handlers or a signalfd. */
static void start(struct writer *w)
{
	sigset_t all, before;

	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->changed, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	w->threaded = pthread_create(&w->thread, NULL, run, w) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void put_info(struct writer *w, const struct writer_info *info)
{
	struct bytes content = {0}, text = {0};
	size_t record = record_begin(&content, RECORD_INFO), n = MIN(info->command_len, (size_t)STRING_MAX);

	bytes_put(&content, FORMAT_MAGIC, FORMAT_MAGIC_LEN);
	bytes_varint(&content, FORMAT_MAJOR);
	bytes_varint(&content, info->addresses ? FORMAT_MINOR : FORMAT_MINOR_PLAIN);
	bytes_varint(&content, info->wall_ns);
	bytes_put(&text, info->command, n);
	bytes_column(&content, &text);
	text.n = 0;
	bytes_put(&text, info->host, MIN(strlen(info->host), (size_t)STRING_MAX));
	bytes_column(&content, &text);
	text.n = 0;
	bytes_put(&text, info->options, MIN(strlen(info->options), (size_t)STRING_MAX));
	bytes_column(&content, &text);
	if (info->addresses)
		bytes_varint(&content, INFO_ADDRESSES);
	record_end(&content, record);
	output_frame(&w->out, &content, true);
	array_free(&content);
	array_free(&text);
}

/* Of memory that is not there before it is touched. */
static struct block *block_new(bool addresses)
{
	struct block *block = xcalloc(1, sizeof(*block));

	if (addresses)
		block->alloc_address = xcalloc(BLOCK_EVENTS, sizeof(*block->alloc_address));
	return block;
}

static void block_free(struct block *block)
{
	array_free(&block->ends);
	array_free(&block->peaks);
	free(block->alloc_address);
	free(block);
}

struct writer *writer_new(const char *path, bool force, const struct writer_info *info, struct err *err)
{
	struct writer *w = xcalloc(1, sizeof(*w));

	if (output_open(&w->out, path, force, err) < 0) {
		free(w);
		return NULL;
	}
	dict_init(&w->dict);
	w->encoder = encoder_new();
	for (int i = 0; i < N_JOBS; i++)
		w->jobs[i].block = block_new(info->addresses);
	w->job = &w->jobs[0];
	events_begin(w);
	put_info(w, info);
	start(w);
	return w;
}

static void take_dict(struct writer *w)
{
	size_t before = w->job->early.n;

	dict_take(&w->dict, &w->job->early);
	if (w->job->early.n > before)
		array_push(&w->job->cuts, w->job->early.n);
}

__attribute__((noinline, cold)) void writer_submit(struct writer *w)
{
	take_dict(w);
	if (w->job->cuts.n == 0 && w->block->n == 0)
		return;
	for (int t = 0; t < N_DICTS; t++)
		w->job->totals[t] = w->dict.parts[t].total;
	w->job->several = w->heaps.n > 1;
	events_close(w);
	if (!w->threaded) {
		pack(w, w->job);
		events_begin(w);
		return;
	}
	pthread_mutex_lock(&w->mutex);
	w->filled++;
	pthread_cond_broadcast(&w->changed);
	while (w->filled - w->packed >= N_JOBS)
		pthread_cond_wait(&w->changed, &w->mutex);
	w->job = &w->jobs[w->filled % N_JOBS];
	pthread_mutex_unlock(&w->mutex);
	events_begin(w);
}

/* After each addition to a dictionary: an increment that has grown large leaves, without ending the block. */
static u32 added(struct writer *w, u32 id)
{
	if (unlikely(w->dict.pending >= FRAME_RAW_GOAL)) {
		take_dict(w);
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

/* The first time that a process is said to have ended. */
static void note_end(struct writer *w, u32 id, const struct trace_process *process)
{
	while (w->ended.n <= id)
		array_push(&w->ended, false);
	if (!(process->flags & PROCESS_ENDED) || w->ended.at[id])
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
	note_end(w, id, process);
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

void writer_flush(struct writer *w)
{
	writer_submit(w);
	if (!w->threaded)
		return;
	pthread_mutex_lock(&w->mutex);
	while (w->packed < w->filled)
		pthread_cond_wait(&w->changed, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
}

u64 writer_events(const struct writer *w)
{
	return w->n_events + w->block->n;
}

static void stop(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	w->closing = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->mutex);
	if (w->threaded)
		pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->mutex);
}

int writer_close(struct writer *w, const struct writer_end *end, struct err *err)
{
	int result;

	writer_submit(w);
	stop(w);
	if (end)
		sums_end(w, end);
	result = output_close(&w->out, err);
	encoder_free(w->encoder);
	dict_fini(&w->dict);
	for (int i = 0; i < N_JOBS; i++) {
		block_free(w->jobs[i].block);
		array_free(&w->jobs[i].early);
		array_free(&w->jobs[i].cuts);
		array_free(&w->jobs[i].sites);
		array_free(&w->jobs[i].threads);
	}
	array_free(&w->ended);
	array_free(&w->ending);
	array_free(&w->heaps);
	array_free(&w->thread_process);
	free(w->owners);
	free(w);
	return result;
}
