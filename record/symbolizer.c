/* The symbolizer's thread and its two queues. The recorder never waits for a file: it asks, goes on draining,
 * and takes what is answered. Answers own all they point to, so that they outlive the thread and its files.
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
};

struct request {
	u32 pc, module;
	u64 offset;
};

struct symbolizer {
	pthread_t thread;
	bool threaded; /* else no thread could be had, and symbolizer_take() does the work */

	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t asked, answered;
	ARRAY(struct symbol_module *) modules; /* NULL: not announced */
	ARRAY(struct request) requests;
	ARRAY(struct symbol_answer *) answers;
	size_t n_taken;       /* of answers: those before are with the caller */
	size_t n_outstanding; /* asked and not taken */
	bool stop, ended, orphaned;

	/* The thread's own. */
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

static struct symbol_answer *answer_find(struct symbolizer *s, struct symbol_module *module,
					 const struct request *request)
{
	u32 n = 1;

	/* The byte before a return address belongs to the call. */
	if (module != NULL && request->offset > 0)
		n = symbol_module_find(module, request->offset - 1, s->frames);
	else
		s->frames[0] = (struct symbol_frame){.flags = FUNCTION_NO_SYMBOL};
	return answer_new(request, s->frames, n);
}

void symbol_answer_free(struct symbol_answer *answer)
{
	free(answer);
}

/* Answers all that is asked. Called and returns with the lock held. */
static void answer_requests(struct symbolizer *s)
{
	ARRAY(struct request) batch = {0};

	while (s->requests.n > 0 && !s->stop) {
		for (size_t i = 0; i < s->requests.n; i++)
			array_push(&batch, s->requests.at[i]);
		s->requests.n = 0;
		for (size_t i = 0; i < batch.n && !s->stop; i++) {
			struct request *request = &batch.at[i];
			struct symbol_module *module =
				request->module < s->modules.n ? s->modules.at[request->module] : NULL;
			struct symbol_answer *answer;

			pthread_mutex_unlock(&s->lock);
			answer = answer_find(s, module, request);
			pthread_mutex_lock(&s->lock);
			array_push(&s->answers, answer);
			pthread_cond_broadcast(&s->answered);
		}
		batch.n = 0;
	}
	array_free(&batch);
}

static void symbolizer_destroy(struct symbolizer *s)
{
	for (size_t i = 0; i < s->modules.n; i++)
		if (s->modules.at[i] != NULL)
			symbol_module_close(s->modules.at[i]);
	for (size_t i = s->n_taken; i < s->answers.n; i++)
		symbol_answer_free(s->answers.at[i]);
	array_free(&s->modules);
	array_free(&s->requests);
	array_free(&s->answers);
	pthread_cond_destroy(&s->asked);
	pthread_cond_destroy(&s->answered);
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
		answer_requests(s);
		if (!s->stop && s->requests.n == 0)
			pthread_cond_wait(&s->asked, &s->lock);
	}
	s->ended = true;
	orphaned = s->orphaned;
	pthread_cond_broadcast(&s->answered);
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
	pthread_cond_init(&s->asked, &attributes);
	pthread_cond_init(&s->answered, &attributes);
	pthread_condattr_destroy(&attributes);
	s->threaded = start_thread(s);
	return s;
}

void symbolizer_module(struct symbolizer *s, u32 module, const char *path, const u8 *build_id,
		       u8 build_id_len)
{
	struct symbol_module *new = symbol_module_new(path, build_id, build_id_len);

	pthread_mutex_lock(&s->lock);
	while (s->modules.n <= module)
		array_push(&s->modules, NULL);
	if (s->modules.at[module] == NULL) {
		s->modules.at[module] = new;
		new = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	if (new != NULL)
		symbol_module_close(new);
}

void symbolizer_ask(struct symbolizer *s, u32 pc, u32 module, u64 offset)
{
	pthread_mutex_lock(&s->lock);
	array_push(&s->requests, (struct request){pc, module, offset});
	s->n_outstanding++;
	pthread_cond_signal(&s->asked);
	pthread_mutex_unlock(&s->lock);
}

struct symbol_answer *symbolizer_take(struct symbolizer *s, bool wait)
{
	struct symbol_answer *answer = NULL;

	pthread_mutex_lock(&s->lock);
	if (!s->threaded)
		answer_requests(s);
	while (s->n_taken == s->answers.n && s->n_outstanding > 0 && wait)
		pthread_cond_wait(&s->answered, &s->lock);
	if (s->n_taken < s->answers.n) {
		answer = s->answers.at[s->n_taken++];
		s->n_outstanding--;
	}
	if (s->n_taken == s->answers.n)
		s->n_taken = s->answers.n = 0;
	pthread_mutex_unlock(&s->lock);
	return answer;
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
	pthread_cond_signal(&s->asked);
	while (s->threaded && !s->ended && pthread_cond_timedwait(&s->answered, &s->lock, &until) == 0)
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
