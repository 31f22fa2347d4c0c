/* See crew.h. Workers take the next job from a common counter. The caller is the first of them; where no
 * other thread can be started it does all the work. */
#include "viewer/model/crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
	SMALL_EVENTS = 2 * BLOCK_EVENTS, /* a trace of fewer is read before another thread has begun */
};

struct work {
	struct crew *crew;
	crew_job job;
	void *context;
	size_t n;
	atomic_uint next_beside;
	atomic_size_t next, done;
	atomic_bool over; /* a job failed, or the caller stopped it */
	struct worker {
		struct work *work;
		pthread_t thread;
		int number;
		bool failed;
		struct err err;
	} workers[CREW_MAX];
};

void crew_init(struct crew *crew, const struct trace *trace, u32 works, trace_progress progress,
	       void *progress_context)
{
	*crew = (struct crew){
		.trace = trace, .works = works, .progress = progress, .progress_context = progress_context};
}

void crew_fini(struct crew *crew)
{
	for (int i = 0; i < CREW_MAX; i++)
		trace_cursor_free(crew->cursors[i]);
}

static struct trace_cursor *cursor_of(struct crew *crew, int worker)
{
	if (!crew->cursors[worker])
		crew->cursors[worker] = trace_cursor_new(crew->trace);
	return crew->cursors[worker];
}

static bool go_on(struct worker *w)
{
	struct work *work = w->work;
	struct crew *crew = work->crew;
	u64 n = MAX(work->n, 1);

	if (w->number == 0 && crew->progress &&
	    !crew->progress(crew->progress_context, crew->done * n + work->done,
			    MAX(crew->works, crew->done + 1) * n)) {
		crew->stopped = true;
		work->over = true;
	}
	return !work->over;
}

static void *do_jobs(void *context)
{
	struct worker *w = context;
	struct work *work = w->work;
	struct crew *crew = work->crew;

	for (u32 i; (i = work->next_beside++) < crew->n_beside;)
		crew->beside[i].work(crew->beside[i].context, cursor_of(crew, w->number));
	while (go_on(w)) {
		size_t i = work->next++;

		if (i >= work->n)
			break;
		if (work->job(work->context, w->number, cursor_of(crew, w->number), i, &w->err) < 0) {
			w->failed = true;
			work->over = true;
		}
		work->done++;
	}
	return NULL;
}

void crew_beside(struct crew *crew, crew_work work, void *context)
{
	crew->beside[crew->n_beside].work = work;
	crew->beside[crew->n_beside++].context = context;
}

int crew_run(struct crew *crew, size_t n, crew_job job, void *context, struct err *err)
{
	struct work work = {.crew = crew, .job = job, .context = context, .n = n};
	bool small = crew->trace->n_events < SMALL_EVENTS;
	long processors = small ? 1 : sysconf(_SC_NPROCESSORS_ONLN);
	size_t want = MIN(MAX(n + crew->n_beside, 1), (size_t)MIN(MAX(processors, 1), CREW_MAX));
	size_t started = 1;

	for (size_t i = 0; i < want; i++)
		work.workers[i] = (struct worker){.work = &work, .number = (int)i};
	while (started < want &&
	       pthread_create(&work.workers[started].thread, NULL, do_jobs, &work.workers[started]) == 0)
		started++;
	do_jobs(&work.workers[0]);
	for (size_t i = 1; i < started; i++)
		pthread_join(work.workers[i].thread, NULL);
	crew->done++;
	crew->n_beside = 0;
	for (size_t i = 0; i < started; i++)
		if (work.workers[i].failed)
			return err_set(err, "%s", work.workers[i].err.text);
	return crew->stopped ? err_set(err, "%s: stopped", crew->trace->file) : 0;
}
