/* The writer as its caller sees it, and the hand-over to the thread that packs. Jobs go round in a small
 * ring: the caller fills one while the thread packs the ones before it, in order; a caller that is faster
 * waits. */
#include "record/writer_private.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum {
	N_JOBS = 4,
	EARLY_MAX = 4 << 20, /* of dictionary data in one job */
};

struct writer {
	struct dict dict;
	struct job jobs[N_JOBS], *job; /* the one being filled */
	u64 n_allocs, n_events, last_ns;
	u64 lost;          /* events that named what does not exist */
	ARRAY(bool) ended; /* by process */
	ARRAY(u32) ending; /* processes that ended since the last event */

	pthread_t thread;
	bool threaded; /* without a thread jobs are packed where they are handed over */
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	u64 filled, packed; /* jobs, ever */
	bool closing;

	struct output out; /* the thread's alone, but for its atomics */
	struct encoder *encoder;
};

static void pack(struct writer *w, struct job *job)
{
	size_t from = 0;

	encoder_sites(w->encoder, job);
	for (size_t i = 0; i < job->cuts.n; i++) {
		struct bytes content = {job->early.at + from, job->cuts.at[i] - from, 0};

		output_frame(&w->out, &content, true);
		from = job->cuts.at[i];
	}
	if (job->n_events > 0 && !w->out.failed)
		encoder_block(w->encoder, job, &w->out);
	job->early.n = job->cuts.n = job->sites.n = job->threads.n = job->ends.n = 0;
	job->n_events = 0;
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
	bytes_varint(&content, FORMAT_MINOR);
	bytes_varint(&content, info->wall_ns);
	bytes_put(&text, info->command, n);
	bytes_column(&content, &text);
	text.n = 0;
	bytes_put(&text, info->host, MIN(strlen(info->host), (size_t)STRING_MAX));
	bytes_column(&content, &text);
	text.n = 0;
	bytes_put(&text, info->options, MIN(strlen(info->options), (size_t)STRING_MAX));
	bytes_column(&content, &text);
	record_end(&content, record);
	output_frame(&w->out, &content, true);
	array_free(&content);
	array_free(&text);
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
		w->jobs[i].events = xmalloc(BLOCK_EVENTS * sizeof(struct raw_event));
	w->job = &w->jobs[0];
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

/* Hands the open job over and takes the next one. */
static void submit(struct writer *w)
{
	take_dict(w);
	if (w->job->cuts.n == 0 && w->job->n_events == 0)
		return;
	for (int t = 0; t < N_DICTS; t++)
		w->job->totals[t] = w->dict.parts[t].total;
	if (!w->threaded) {
		pack(w, w->job);
		return;
	}
	pthread_mutex_lock(&w->mutex);
	w->filled++;
	pthread_cond_broadcast(&w->changed);
	while (w->filled - w->packed >= N_JOBS)
		pthread_cond_wait(&w->changed, &w->mutex);
	w->job = &w->jobs[w->filled % N_JOBS];
	pthread_mutex_unlock(&w->mutex);
}

/* After each addition to a dictionary: an increment that has grown large leaves, without ending the block. */
static u32 added(struct writer *w, u32 id)
{
	if (unlikely(w->dict.pending >= FRAME_RAW_GOAL)) {
		take_dict(w);
		if (w->job->early.n >= EARLY_MAX)
			submit(w);
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

u32 writer_process(struct writer *w, const struct trace_process *process)
{
	u32 id = w->dict.parts[DICT_PROCESSES].total;

	dict_process(&w->dict, id, process);
	note_end(w, id, process);
	return added(w, id);
}

void writer_process_update(struct writer *w, u32 id, const struct trace_process *process)
{
	if (id < w->dict.parts[DICT_PROCESSES].total) {
		dict_process(&w->dict, id, process);
		note_end(w, id, process);
	}
	added(w, id);
}

u32 writer_thread(struct writer *w, const struct trace_thread *thread)
{
	u32 id = w->dict.parts[DICT_THREADS].total;

	dict_thread(&w->dict, id, thread);
	array_push(&w->job->threads, thread->process);
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
	array_push(&w->job->sites, site->thread);
	return added(w, dict_site(&w->dict, site));
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

static inline bool site_exists(const struct writer *w, u32 site)
{
	return likely(site < w->dict.parts[DICT_SITES].total);
}

static inline u64 in_order(struct writer *w, u64 ns)
{
	return w->last_ns = MAX(w->last_ns, ns);
}

static inline void event(struct writer *w, struct raw_event raw)
{
	struct job *job = w->job;

	for (; unlikely(w->ending.n > 0); w->ending.n--) /* all at once: their order does not matter */
		array_push(&job->ends, (struct process_end){job->n_events, w->ending.at[w->ending.n - 1]});
	job->events[job->n_events++] = raw;
	w->n_events++;
	if (unlikely(job->n_events == BLOCK_EVENTS))
		submit(w);
}

u64 writer_alloc(struct writer *w, u64 ns, u32 site, u64 size)
{
	u64 ordinal = w->n_allocs;

	if (unlikely(!site_exists(w, site))) {
		w->lost++;
		return UINT64_MAX;
	}
	if (w->job->n_events == 0)
		w->job->first_ordinal = ordinal;
	w->n_allocs++;
	event(w, (struct raw_event){in_order(w, ns), size, ordinal, site, 0});
	return ordinal;
}

void writer_free(struct writer *w, u64 ns, u64 ordinal, u32 site, u64 size, u32 thread, bool temporary)
{
	if (unlikely(!site_exists(w, site) || ordinal >= w->n_allocs ||
		     thread >= w->dict.parts[DICT_THREADS].total)) {
		w->lost++;
		return;
	}
	if (w->job->n_events == 0)
		w->job->first_ordinal = w->n_allocs;
	ordinal |= RAW_FREE | (temporary ? RAW_TEMPORARY : 0);
	event(w, (struct raw_event){in_order(w, ns), size, ordinal, site, thread});
}

void writer_map(struct writer *w, u64 ns, enum map_kind kind, u32 site, u64 bytes)
{
	if (site_exists(w, site))
		dict_map(&w->dict, in_order(w, ns), kind, site, bytes);
	else
		w->lost++;
	added(w, site);
}

void writer_rss(struct writer *w, u64 ns, u32 process, u64 bytes)
{
	if (process < w->dict.parts[DICT_PROCESSES].total)
		dict_rss(&w->dict, ns, process, bytes);
	added(w, process);
}

void writer_flush(struct writer *w)
{
	submit(w);
	if (!w->threaded)
		return;
	pthread_mutex_lock(&w->mutex);
	while (w->packed < w->filled)
		pthread_cond_wait(&w->changed, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
}

bool writer_failed(const struct writer *w, struct err *err)
{
	if (!w->out.failed)
		return false;
	err_set(err, "%s", w->out.error.text);
	return true;
}

u64 writer_bytes(const struct writer *w)
{
	return w->out.offset;
}

u64 writer_events(const struct writer *w)
{
	return w->n_events;
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
	u32 totals[N_DICTS];
	int result;

	submit(w);
	stop(w);
	for (int t = 0; t < N_DICTS; t++)
		totals[t] = w->dict.parts[t].total;
	if (end)
		sums_end(w->encoder, &w->out, end, totals, w->n_allocs, w->lost);
	result = output_close(&w->out, err);
	encoder_free(w->encoder);
	dict_fini(&w->dict);
	for (int i = 0; i < N_JOBS; i++) {
		free(w->jobs[i].events);
		array_free(&w->jobs[i].early);
		array_free(&w->jobs[i].cuts);
		array_free(&w->jobs[i].sites);
		array_free(&w->jobs[i].threads);
		array_free(&w->jobs[i].ends);
	}
	array_free(&w->ended);
	array_free(&w->ending);
	free(w);
	return result;
}
