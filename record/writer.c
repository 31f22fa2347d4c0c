/* The writer from its file's first byte to the last, and the hand-over to the thread that packs. Jobs go
 * round in a small ring: the caller fills one while the thread packs the ones before it, in order; a caller
 * that is faster waits. */
#include "record/writer_private.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

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

void writer_take_dict(struct writer *w)
{
	size_t before = w->job->early.n;

	dict_take(&w->dict, &w->job->early);
	if (w->job->early.n > before)
		array_push(&w->job->cuts, w->job->early.n);
}

__attribute__((noinline, cold)) void writer_submit(struct writer *w)
{
	writer_take_dict(w);
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
