/* See loader.h. One mutex guards all that both threads see; the long work is done outside of it. An eventfd
 * wakes the screen, at most once in WAKE_MS for progress. */
#include "viewer/ui/loader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "viewer/ui/history.h"

enum { WAKE_MS = 50 };

struct loader {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	int fd;
	char *file, *file_before; /* the latter may be NULL */
	enum trace_frames frames;

	/* guarded */
	bool quit, reading, stop_reading;
	bool wanted; /* a request waits */
	bool again;  /* of the request */
	bool computing, give_up;
	const struct findings *flowing; /* for which the rest is being made */
	bool flowing_dropped;           /* nobody else has them any more */
	const struct trace *subject;    /* of the request */
	struct lens lens;
	u64 done, total;
	/* results that wait to be taken */
	struct trace *trace, *trace_before;
	struct findings *findings;
	struct flows *flows;
	bool failed, lens_failed;
	struct err err;

	/* the loader thread's own */
	u64 woken_ms;
	const struct lens *at_hand; /* what is being computed */
	bool at_hand_again;
	const struct trace *before; /* whoever has taken it keeps it; NULL: none */
};

static u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000 + (u64)now.tv_nsec / 1000000;
}

static void wake(struct loader *loader)
{
	/* It can fail only when the counter is full, and then it is readable. */
	eventfd_write(loader->fd, 1);
}

static bool on_progress(void *context, u64 done, u64 total)
{
	struct loader *loader = context;
	u64 now = now_ms();

	pthread_mutex_lock(&loader->lock);
	bool go_on = !loader->quit && !(loader->reading ? loader->stop_reading : loader->give_up);
	loader->done = done;
	loader->total = total;
	pthread_mutex_unlock(&loader->lock);
	if (now - loader->woken_ms >= WAKE_MS) {
		loader->woken_ms = now;
		wake(loader);
	}
	return go_on;
}

static struct trace *open_shown(struct loader *loader, const char *file, struct err *err)
{
	struct trace *trace = trace_open(file, on_progress, loader, err);

	/* Before anyone else has it. */
	if (trace && loader->frames != TRACE_FRAMES_MIXED)
		trace_show_frames(trace, loader->frames);
	return trace;
}

static void read_trace(struct loader *loader)
{
	struct err err = {{0}};
	struct trace *before = NULL, *trace = NULL;

	if (loader->file_before)
		loader->before = before = open_shown(loader, loader->file_before, &err);
	if (before || !loader->file_before)
		trace = open_shown(loader, loader->file, &err);
	pthread_mutex_lock(&loader->lock);
	loader->reading = false;
	loader->trace_before = before;
	loader->trace = trace;
	loader->failed = !trace;
	loader->err = err;
	pthread_mutex_unlock(&loader->lock);
	wake(loader);
}

/* What nobody waits for. Called and returns with the lock held. Whoever has taken the findings keeps them
 * until others are there. */
static void compute_slowly(struct loader *loader, struct findings *findings, bool with_flows)
{
	struct flows *flows = NULL;
	struct err err;

	loader->flowing = findings;
	loader->flowing_dropped = false;
	pthread_mutex_unlock(&loader->lock);
	findings_lines(findings);
	if (with_flows) {
		wake(loader);
		flows = findings_flows(findings, on_progress, loader, &err);
	}
	pthread_mutex_lock(&loader->lock);
	loader->flowing = NULL;
	if (loader->wanted || loader->quit) {
		flows_free(flows);
		flows = NULL;
	}
	if (loader->flowing_dropped)
		findings_free(findings);
	loader->flows = flows;
	wake(loader);
}

/* Both sides are complete, or there is no comparison. */
static int compare(struct loader *loader, struct findings **findings, struct err *err)
{
	struct findings *complete = findings_complete(*findings, on_progress, loader, err);

	if (!complete)
		return -1;
	*findings = complete;
	return findings_compare(complete, loader->before, on_progress, loader, err);
}

/* Called and returns with the lock held. The findings that were given are followed by complete ones. Returns
 * those; NULL: a new request, or the user, stopped it. */
static struct findings *compute_rest(struct loader *loader, struct findings *given, const struct lens *lens)
{
	const struct trace *subject = loader->subject;
	struct err err;

	loader->computing = true;
	pthread_mutex_unlock(&loader->lock);
	struct findings *rest = findings_again(subject, lens, on_progress, loader, &err);
	pthread_mutex_lock(&loader->lock);
	loader->computing = false;
	if (loader->wanted || loader->quit) {
		findings_free(rest);
		return NULL;
	}
	if (rest && loader->findings) {
		/* Nobody has taken them. */
		findings_take(rest, given);
		findings_free(given);
	}
	if (rest)
		loader->findings = rest;
	wake(loader);
	return rest;
}

/* What is known of the lens first goes to the screen at once. */
static void give_counts(void *context, struct analysis *counts)
{
	struct loader *loader = context;
	struct findings *findings = findings_counts(counts, loader->at_hand, loader->at_hand_again);

	pthread_mutex_lock(&loader->lock);
	if (loader->wanted || loader->quit) {
		findings_free(findings);
	} else {
		loader->findings = findings;
		wake(loader);
	}
	pthread_mutex_unlock(&loader->lock);
}

/* Called and returns with the lock held. */
static void compute(struct loader *loader)
{
	struct err err = {{0}};
	struct lens lens = loader->lens;
	const struct trace *subject = loader->subject;
	bool again = loader->again;
	/* A comparison is shown as a whole. */
	analysis_early early = loader->before ? NULL : give_counts;

	loader->at_hand = &lens;
	loader->at_hand_again = again;
	loader->lens = (struct lens){0};
	loader->wanted = false;
	loader->computing = true;
	loader->give_up = false;
	loader->done = loader->total = 0;
	pthread_mutex_unlock(&loader->lock);
	struct findings *findings = again ? findings_soon(subject, &lens, early, on_progress, loader, &err)
					  : findings_new(subject, &lens, early, on_progress, loader, &err);
	if (findings && loader->before && compare(loader, &findings, &err) < 0) {
		findings_free(findings);
		findings = NULL;
	}
	pthread_mutex_lock(&loader->lock);
	loader->computing = false;
	/* A newer request makes this one's result worthless, and its failure too. */
	if (loader->wanted) {
		findings_free(findings);
		focus_lens_free(&lens);
		return;
	}
	/* Counts that nobody has taken. */
	findings_free(loader->findings);
	loader->findings = findings;
	loader->lens_failed = !findings;
	loader->err = err;
	wake(loader);
	if (findings && findings->analysis->own_peaks_later)
		findings = compute_rest(loader, findings, &lens);
	focus_lens_free(&lens);
	if (!findings)
		return;
	bool with_flows = !again && !findings->flows;
	if (with_flows || !analysis_lines_made(findings->analysis))
		compute_slowly(loader, findings, with_flows);
}

static void *run(void *context)
{
	struct loader *loader = context;

	read_trace(loader);
	pthread_mutex_lock(&loader->lock);
	while (!loader->quit) {
		if (loader->wanted)
			compute(loader);
		else
			pthread_cond_wait(&loader->work, &loader->lock);
	}
	pthread_mutex_unlock(&loader->lock);
	return NULL;
}

struct loader *loader_new(const char *file, const char *before, enum trace_frames frames)
{
	struct loader *loader = xcalloc(1, sizeof(*loader));

	pthread_mutex_init(&loader->lock, NULL);
	pthread_cond_init(&loader->work, NULL);
	loader->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loader->file = xstrdup(file);
	loader->file_before = before ? xstrdup(before) : NULL;
	loader->frames = frames;
	loader->reading = true;
	if (loader->fd < 0 || pthread_create(&loader->thread, NULL, run, loader) != 0)
		die(1, "no thread could be started to read %s", file);
	return loader;
}

bool loader_free(struct loader *loader, unsigned wait_ms)
{
	struct timespec until;

	pthread_mutex_lock(&loader->lock);
	loader->quit = true;
	pthread_cond_signal(&loader->work);
	pthread_mutex_unlock(&loader->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	if (pthread_timedjoin_np(loader->thread, NULL, &until) != 0)
		return false;
	flows_free(loader->flows);
	findings_free(loader->findings);
	if (loader->trace)
		trace_free(loader->trace);
	if (loader->trace_before)
		trace_free(loader->trace_before);
	focus_lens_free(&loader->lens);
	pthread_mutex_destroy(&loader->lock);
	pthread_cond_destroy(&loader->work);
	close(loader->fd);
	free(loader->file);
	free(loader->file_before);
	free(loader);
	return true;
}

void loader_request(struct loader *loader, const struct trace *trace, const struct lens *lens, bool again)
{
	pthread_mutex_lock(&loader->lock);
	focus_lens_free(&loader->lens);
	loader->lens = focus_lens_copy(lens);
	loader->subject = trace;
	loader->again = again;
	loader->wanted = true;
	loader->give_up = true;
	/* A result that nobody has taken is of the lens before. */
	if (loader->findings && loader->findings == loader->flowing)
		loader->flowing_dropped = true;
	else
		findings_free(loader->findings);
	loader->findings = NULL;
	flows_free(loader->flows);
	loader->flows = NULL;
	loader->lens_failed = false;
	pthread_cond_signal(&loader->work);
	pthread_mutex_unlock(&loader->lock);
}

void loader_stop(struct loader *loader)
{
	pthread_mutex_lock(&loader->lock);
	loader->stop_reading = true;
	loader->give_up = true;
	pthread_mutex_unlock(&loader->lock);
}

int loader_fd(const struct loader *loader)
{
	return loader->fd;
}

enum loader_result loader_take(struct loader *loader, struct trace **trace, struct findings **findings,
			       struct flows **flows, struct err *err)
{
	enum loader_result result = LOADER_NOTHING;
	eventfd_t count;

	/* Emptied first: what becomes ready from here on makes it readable again. */
	eventfd_read(loader->fd, &count);
	pthread_mutex_lock(&loader->lock);
	if (loader->trace_before) {
		*trace = loader->trace_before;
		loader->trace_before = NULL;
		result = LOADER_BEFORE;
	} else if (loader->trace) {
		*trace = loader->trace;
		loader->trace = NULL;
		result = LOADER_TRACE;
	} else if (loader->failed) {
		loader->failed = false;
		*err = loader->err;
		result = LOADER_FAILED;
	} else if (loader->findings) {
		*findings = loader->findings;
		loader->findings = NULL;
		result = LOADER_FINDINGS;
	} else if (loader->flows) {
		*flows = loader->flows;
		loader->flows = NULL;
		result = LOADER_FLOWS;
	} else if (loader->lens_failed) {
		loader->lens_failed = false;
		*err = loader->err;
		result = LOADER_LENS_FAILED;
	}
	pthread_mutex_unlock(&loader->lock);
	return result;
}

bool loader_progress(struct loader *loader, const char **what, u64 *done, u64 *total)
{
	pthread_mutex_lock(&loader->lock);
	/* A result that waits to be taken is still work: the screen doesn't show it yet. */
	bool busy = loader->reading || loader->computing || loader->wanted || loader->trace ||
		    loader->trace_before || loader->failed || loader->findings || loader->lens_failed;
	*what = loader->reading ? "loading" : "computing";
	*done = loader->done;
	*total = loader->total;
	pthread_mutex_unlock(&loader->lock);
	return busy;
}

bool loader_idle(struct loader *loader)
{
	const char *what;
	u64 done, total;
	bool busy = loader_progress(loader, &what, &done, &total);

	pthread_mutex_lock(&loader->lock);
	busy |= loader->flowing || loader->flows;
	pthread_mutex_unlock(&loader->lock);
	return !busy;
}
