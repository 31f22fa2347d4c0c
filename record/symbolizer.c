/* The symbolizer's thread and its two queues. The recorder never waits for a file: it asks, goes on draining,
 * and takes what is answered. Questions and answers change sides in batches. Answers own all they point to,
 * so that they outlive the thread and its files.
 */
#include "record/symbolizer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "record/symbolizer_parts.h"

enum {
	STACK_SIZE = 16 << 20, /* of the thread: demangling and libdw recurse; only what is used is there */
	NICENESS = 5,          /* the recorded program goes first */
	PATIENCE_S = 2,        /* how long symbolizer_free() waits for a file server or debuginfod */
	ASKED_AT_ONCE = 256,   /* questions that are handed over unless symbolizer_take() comes first */
	GIVEN_AT_ONCE = 64,    /* answers */
};

struct request {
	u32 pc, module;
	u64 offset;
	struct symbol_module *file; /* NULL: not announced */
};

struct requests {
	ARRAY(struct request) list;
};

struct answers {
	ARRAY(struct symbol_answer *) list;
};

struct symbolizer {
	pthread_t thread;
	bool threaded; /* else no thread could be had, and symbolizer_take() does the work */

	/* The caller's own. */
	ARRAY(struct symbol_module *) modules; /* NULL: not announced */
	struct requests asked;                 /* and not handed over */
	struct answers taken;
	size_t n_given;       /* of taken */
	size_t n_outstanding; /* asked and not given */

	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t has_requests, has_answers;
	struct requests requests;
	struct answers answers;
	bool stop, ended, orphaned;

	/* The thread's own. */
	struct requests batch;
	struct answers ready;
	struct symbol_frame frames[SYMBOL_CHAIN_MAX];
};

static size_t text_size(const char *text)
{
	return text != NULL ? strnlen(text, SYMBOL_TEXT_MAX) + 1 : 0;
}

static const char *text_copy(char **at, const char *text)
{
	size_t size = text_size(text);
	char *copy = *at;

	if (size == 0)
		return NULL;
	memcpy(copy, text, size - 1);
	copy[size - 1] = '\0';
	*at += size;
	return copy;
}

/* One block: the answer, its frames, their strings. */
static struct symbol_answer *answer_new(const struct request *request, const struct symbol_frame *frames,
					u32 n)
{
	size_t size = sizeof(struct symbol_answer) + n * sizeof(*frames);
	struct symbol_answer *answer;
	char *at;

	for (u32 i = 0; i < n; i++)
		size += text_size(frames[i].function) + text_size(frames[i].file) +
			text_size(frames[i].decl_file);
	answer = xmalloc(size);
	answer->pc = request->pc;
	answer->module = request->module;
	answer->offset = request->offset;
	answer->frames = (struct symbol_frame *)(answer + 1);
	answer->n_frames = n;
	memcpy(answer->frames, frames, n * sizeof(*frames));
	at = (char *)(answer->frames + n);
	for (u32 i = 0; i < n; i++) {
		answer->frames[i].function = text_copy(&at, frames[i].function);
		answer->frames[i].file = text_copy(&at, frames[i].file);
		answer->frames[i].decl_file = text_copy(&at, frames[i].decl_file);
	}
	return answer;
}

static struct symbol_answer *answer_find(struct symbolizer *s, const struct request *request)
{
	u32 n = 1;

	/* The byte before a return address belongs to the call. */
	if (request->file != NULL && request->offset > 0)
		n = symbol_module_find(request->file, request->offset - 1, s->frames);
	else
		s->frames[0] = (struct symbol_frame){.flags = FUNCTION_NO_SYMBOL};
	return answer_new(request, s->frames, n);
}

void symbol_answer_free(struct symbol_answer *answer)
{
	free(answer);
}

/* False: the caller wants no more. */
static bool give_answers(struct symbolizer *s)
{
	bool stop;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->ready.list.n; i++)
		array_push(&s->answers.list, s->ready.list.at[i]);
	s->ready.list.n = 0;
	stop = s->stop;
	pthread_cond_signal(&s->has_answers);
	pthread_mutex_unlock(&s->lock);
	return !stop;
}

/* Takes all that is asked and answers it. Called with the lock held, which it gives away meanwhile. */
static void answer_requests(struct symbolizer *s)
{
	struct requests batch = s->requests;
	bool wanted = true;

	s->requests = s->batch;
	s->batch = batch;
	pthread_mutex_unlock(&s->lock);
	symbol_guard_install();
	for (size_t i = 0; i < s->batch.list.n && wanted; i++) {
		array_push(&s->ready.list, answer_find(s, &s->batch.list.at[i]));
		if (s->ready.list.n == GIVEN_AT_ONCE || i + 1 == s->batch.list.n)
			wanted = give_answers(s);
	}
	s->batch.list.n = 0;
	pthread_mutex_lock(&s->lock);
}

static void symbolizer_destroy(struct symbolizer *s)
{
	symbol_guard_install();
	for (size_t i = 0; i < s->modules.n; i++)
		if (s->modules.at[i] != NULL)
			symbol_module_close(s->modules.at[i]);
	for (size_t i = s->n_given; i < s->taken.list.n; i++)
		symbol_answer_free(s->taken.list.at[i]);
	for (size_t i = 0; i < s->answers.list.n; i++)
		symbol_answer_free(s->answers.list.at[i]);
	array_free(&s->modules);
	array_free(&s->asked.list);
	array_free(&s->taken.list);
	array_free(&s->requests.list);
	array_free(&s->answers.list);
	array_free(&s->batch.list);
	array_free(&s->ready.list);
	pthread_cond_destroy(&s->has_requests);
	pthread_cond_destroy(&s->has_answers);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void *symbolizer_run(void *arg)
{
	struct symbolizer *s = arg;
	bool orphaned;

	setpriority(PRIO_PROCESS, gettid(), NICENESS);
	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		if (s->requests.list.n > 0)
			answer_requests(s);
		else
			pthread_cond_wait(&s->has_requests, &s->lock);
	}
	s->ended = true;
	orphaned = s->orphaned;
	pthread_cond_signal(&s->has_answers);
	pthread_mutex_unlock(&s->lock);
	if (orphaned)
		symbolizer_destroy(s);
	return NULL;
}

/* The thread takes no signals: they are the recorder's. SIGBUS can't be sent elsewhere: it is the thread's
 * own doing. */
static bool start_thread(struct symbolizer *s)
{
	sigset_t all, old;
	pthread_attr_t attributes;
	int result;

	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	result = pthread_create(&s->thread, &attributes, symbolizer_run, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attributes);
	return result == 0;
}

struct symbolizer *symbolizer_start(void)
{
	struct symbolizer *s = xcalloc(1, sizeof(*s));
	pthread_condattr_t attributes;

	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&s->has_requests, &attributes);
	pthread_cond_init(&s->has_answers, &attributes);
	pthread_condattr_destroy(&attributes);
	s->threaded = start_thread(s);
	return s;
}

void symbolizer_module(struct symbolizer *s, u32 module, const char *path, const u8 *build_id,
		       u8 build_id_len)
{
	while (s->modules.n <= module)
		array_push(&s->modules, NULL);
	if (s->modules.at[module] == NULL)
		s->modules.at[module] = symbol_module_new(path, build_id, build_id_len);
}

/* In batches: to wake the thread for each question costs more than most answers. */
static void hand_over(struct symbolizer *s)
{
	if (s->asked.list.n == 0)
		return;
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->asked.list.n; i++)
		array_push(&s->requests.list, s->asked.list.at[i]);
	s->asked.list.n = 0;
	pthread_cond_signal(&s->has_requests);
	pthread_mutex_unlock(&s->lock);
}

void symbolizer_ask(struct symbolizer *s, u32 pc, u32 module, u64 offset)
{
	struct symbol_module *file = module < s->modules.n ? s->modules.at[module] : NULL;

	array_push(&s->asked.list, (struct request){pc, module, offset, file});
	s->n_outstanding++;
	if (s->asked.list.n == ASKED_AT_ONCE)
		hand_over(s);
}

static void take_answers(struct symbolizer *s, bool wait)
{
	struct answers given = s->taken;

	given.list.n = 0;
	s->n_given = 0;
	pthread_mutex_lock(&s->lock);
	if (!s->threaded && s->requests.list.n > 0)
		answer_requests(s);
	while (s->answers.list.n == 0 && wait)
		pthread_cond_wait(&s->has_answers, &s->lock);
	s->taken = s->answers;
	s->answers = given;
	pthread_mutex_unlock(&s->lock);
}

struct symbol_answer *symbolizer_take(struct symbolizer *s, bool wait)
{
	hand_over(s);
	if (s->n_given == s->taken.list.n && s->n_outstanding > 0)
		take_answers(s, wait);
	if (s->n_given == s->taken.list.n)
		return NULL;
	s->n_outstanding--;
	return s->taken.list.at[s->n_given++];
}

void symbolizer_free(struct symbolizer *s)
{
	struct timespec until;
	bool ended;

	if (s == NULL)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PATIENCE_S;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->has_requests);
	while (s->threaded && !s->ended && pthread_cond_timedwait(&s->has_answers, &s->lock, &until) == 0)
		;
	ended = s->ended || !s->threaded;
	s->orphaned = !ended;
	pthread_mutex_unlock(&s->lock);
	if (!ended) {
		/* It sits in a read that does not return: it frees what it has when it ever does. */
		pthread_detach(s->thread);
		return;
	}
	if (s->threaded)
		pthread_join(s->thread, NULL);
	symbolizer_destroy(s);
}
