/* See parallel.h. Workers take the next job from a common counter. The caller is the first of them; where no
 * other thread can be started it does all the work. */
#include "viewer/model/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct team {
	struct parallel *p;
	atomic_size_t next, done;
	atomic_bool over; /* a job failed, or the caller stopped it */
	struct worker {
		struct team *team;
		pthread_t thread;
		int number;
		bool failed;
		struct err err;
	} workers[PARALLEL_MAX];
};

static bool go_on(struct worker *w)
{
	struct parallel *p = w->team->p;

	if (w->number == 0 && p->progress && !p->progress(p->progress_context, w->team->done, p->n)) {
		p->stopped = true;
		w->team->over = true;
	}
	return !w->team->over;
}

static void *work(void *context)
{
	struct worker *w = context;
	struct team *team = w->team;
	struct parallel *p = team->p;
	struct trace_cursor *cursor = NULL;

	while (go_on(w)) {
		size_t i = team->next++;

		if (i >= p->n)
			break;
		if (!cursor)
			cursor = trace_cursor_new(p->trace);
		if (p->job(p->context, w->number, cursor, i, &w->err) < 0) {
			w->failed = true;
			team->over = true;
		}
		team->done++;
	}
	trace_cursor_free(cursor);
	return NULL;
}

int parallel_run(struct parallel *p, struct err *err)
{
	struct team team = {.p = p};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int want = (int)MIN((size_t)MIN(MAX(processors, 1), PARALLEL_MAX), MAX(p->n, 1)), n = 1;

	p->stopped = false;
	for (int i = 0; i < want; i++)
		team.workers[i] = (struct worker){.team = &team, .number = i};
	while (n < want && pthread_create(&team.workers[n].thread, NULL, work, &team.workers[n]) == 0)
		n++;
	work(&team.workers[0]);
	for (int i = 1; i < n; i++)
		pthread_join(team.workers[i].thread, NULL);
	for (int i = 0; i < n; i++)
		if (team.workers[i].failed)
			return err_set(err, "%s", team.workers[i].err.text);
	return p->stopped ? err_set(err, "%s: stopped", p->trace->file) : 0;
}
