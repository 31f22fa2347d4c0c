/* The preload library's other half when stacks are compared: linked into a second build of it by --wrap, so
 * that each stack that is recorded, through whichever hook, thread or process, is walked by libunwind too and
 * the two are compared, frame by frame. See the script compare_stacks beside this file.
 *
 * Sums and the first differences go to files beside the library. The comparison itself takes locks, calls the
 * loader and needs a few KiB of the program's stack: it is a tool for finding faults, not a way to record. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/preload/guest.h"
#include "record/preload/pages.h"

enum { DEPTH_MAX = 1 << 18, NODES_FIRST = 1 << 12, SHOWN_MAX = 20, TEXT_BYTES = 16384 };

/* What became of a stack. The script knows the order. */
enum outcome {
	SAME,
	CUT,     /* the inner part of libunwind's, and marked as cut */
	LONGER,  /* goes on where libunwind ends */
	SHORTER, /* ends where libunwind goes on */
	DIFFERENT,
	INNERMOST, /* not walked: of a handler that interrupted the library, whose innermost function is kept
		    */
	EARLY,     /* not compared: before libunwind could be loaded */
	UNKNOWN,   /* not compared: libunwind can't walk here, or a sample has interrupted the loader */
	OUTCOMES,
};

struct sums {
	u64 stacks[OUTCOMES];
	u64 frames;
	u64 shown;
};

struct node {
	uintptr_t pc;
	u32 parent;
};

/* Of a thread. */
struct witness {
	struct node *nodes;
	u32 n_nodes, room;
	unwind_emit emit;
	void *context;
	uintptr_t ours[DEPTH_MAX], theirs[DEPTH_MAX];
	char text[TEXT_BYTES];
	size_t text_length;
};

static struct dl_find_object loader; /* the dynamic loader's own module */
static __thread struct witness *self;
static __thread bool masked; /* all signals are blocked */
static struct sums nowhere, *sums = &nowhere;
static bool ready;
static char differences[4096];

struct unwind *__real_unwind_new(unwind_emit emit, void *context);
struct unwind *__wrap_unwind_new(unwind_emit emit, void *context);
void __real_unwind_reset(struct unwind *u);
void __wrap_unwind_reset(struct unwind *u);
u32 __real_unwind_stack(struct unwind *u, const struct unwind_regs *regs);
u32 __wrap_unwind_stack(struct unwind *u, const struct unwind_regs *regs);

static void add(u64 *sum, u64 n)
{
	__atomic_fetch_add(sum, n, __ATOMIC_RELAXED);
}

static void mask(const sigset_t *set, sigset_t *old)
{
	sys_call4(SYS_rt_sigprocmask, SIG_SETMASK, set, old, 8);
}

/* libunwind blocks all signals several times a frame, around locks: most of its time. Here they are blocked
 * all the while, and its calls do nothing. */
EXPORT int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	int error = masked ? 0 : pthread_sigmask(how, set, old);
	if (error)
		errno = error;
	return error ? -1 : 0;
}

static void beside(char *path, size_t size, const char *name)
{
	Dl_info info = {0};
	dladdr((void *)__wrap_unwind_stack, &info);
	const char *slash = info.dli_fname ? strrchr(info.dli_fname, '/') : NULL;
	snprintf(path, size, "%.*s/%s", slash ? (int)(slash - info.dli_fname) : 1,
		 slash ? info.dli_fname : ".", name);
}

static void remember(void *context, u32 parent, uintptr_t pc)
{
	struct witness *w = context;
	if (w->n_nodes < w->room || pages_double((void **)&w->nodes, &w->room, sizeof(struct node)))
		w->nodes[w->n_nodes++] = (struct node){pc, parent};
	w->emit(w->context, parent, pc);
}

struct unwind *__wrap_unwind_new(unwind_emit emit, void *context)
{
	struct witness *w = pages_map(sizeof(*w));
	if (!w)
		return __real_unwind_new(emit, context);
	w->nodes = pages_map(NODES_FIRST * sizeof(struct node));
	w->room = w->nodes ? NODES_FIRST : 0;
	w->n_nodes = 1;
	w->emit = emit;
	w->context = context;
	self = w;
	return __real_unwind_new(remember, w);
}

void __wrap_unwind_reset(struct unwind *u)
{
	if (self)
		self->n_nodes = 1;
	__real_unwind_reset(u);
}

__attribute__((format(printf, 2, 3))) static void say(struct witness *w, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	int n = vsnprintf(w->text + w->text_length, TEXT_BYTES - w->text_length, format, list);
	va_end(list);
	if (n > 0)
		w->text_length = MIN(w->text_length + (size_t)n, (size_t)TEXT_BYTES - 1);
}

static void say_stack(struct witness *w, const char *whose, const uintptr_t *pcs, size_t n, size_t differs)
{
	say(w, "  %s: %zu frames\n", whose, n);
	for (size_t i = differs > 3 ? differs - 3 : 0; i < n && i < differs + 4; i++) {
		Dl_info info = {0};
		dladdr((void *)(pcs[i] - 1), &info);
		say(w, "    [%zu] %#zx %s+%#zx %s\n", i, (size_t)pcs[i],
		    info.dli_fname ? info.dli_fname : "?",
		    info.dli_fbase ? pcs[i] - (uintptr_t)info.dli_fbase : 0,
		    info.dli_sname ? info.dli_sname : "");
	}
}

static void show(struct witness *w, enum outcome outcome, size_t ours, size_t theirs, size_t same)
{
	static const char *const names[OUTCOMES] = {
		[CUT] = "cut", [LONGER] = "longer", [SHORTER] = "shorter", [DIFFERENT] = "different"};
	if (__atomic_fetch_add(&sums->shown, 1, __ATOMIC_RELAXED) >= SHOWN_MAX)
		return;
	w->text_length = 0;
	say(w, "%s[%d]: %s than libunwind's, from frame %zu on\n", program_invocation_short_name,
	    (int)getpid(), names[outcome], same);
	say_stack(w, "recorded", w->ours, ours, same);
	say_stack(w, "libunwind", w->theirs, theirs, same);
	int fd = open(differences, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd >= 0 && write(fd, w->text, w->text_length) < 0)
		w->text_length = 0;
	if (fd >= 0)
		close(fd);
}

static enum outcome compare(struct witness *w, u32 node, const struct unwind_regs *regs)
{
	size_t ours = 0, theirs = unwind_reference(regs, w->theirs, DEPTH_MAX), same = 0;
	bool cut = false;
	for (; node && node < w->n_nodes; node = w->nodes[node].parent) {
		if (w->nodes[node].pc == UNWIND_PC_CUT)
			cut = true;
		else if (ours < DEPTH_MAX)
			w->ours[ours++] = w->nodes[node].pc;
	}
	if (theirs == 0)
		return UNKNOWN;
	while (same < ours && same < theirs && w->ours[same] == w->theirs[same])
		same++;
	add(&sums->frames, ours);
	if (same == ours && same == theirs)
		return SAME;
	enum outcome outcome = same == ours && cut ? CUT
			       : same == ours      ? SHORTER
			       : same == theirs    ? LONGER
						   : DIFFERENT;
	show(w, outcome, ours, theirs, same);
	return outcome;
}

/* libunwind goes through the loader's list of modules, which a sample may find half changed. */
static bool in_loader(uintptr_t pc)
{
	return pc - (uintptr_t)loader.dlfo_map_start <
	       (uintptr_t)loader.dlfo_map_end - (uintptr_t)loader.dlfo_map_start;
}

/* ... and waits for a lock that what a sample has interrupted may hold, in the loader or in
 * dl_iterate_phdr(). */
static bool may_be_locked(const struct witness *w, u32 node)
{
	enum { FUNCTION_BYTES = 1024 };
	if (!guest_self || !guest_self->interrupted)
		return false;
	for (; node && node < w->n_nodes; node = w->nodes[node].parent) {
		uintptr_t pc = w->nodes[node].pc;
		if (in_loader(pc) || pc - (uintptr_t)dl_iterate_phdr < FUNCTION_BYTES)
			return true;
	}
	return false;
}

__attribute__((noinline)) u32 __wrap_unwind_stack(struct unwind *u, const struct unwind_regs *regs)
{
	u32 node = __real_unwind_stack(u, regs);
	int error = errno;
	enum outcome outcome = !ready || !self ? EARLY : !regs->sp ? INNERMOST : UNKNOWN;
	if (outcome == UNKNOWN && !in_loader(regs->pc) && !may_be_locked(self, node)) {
		sigset_t all, old;
		sigfillset(&all);
		mask(&all, &old);
		masked = true;
		outcome = compare(self, node, regs);
		masked = false;
		mask(&old, NULL);
	}
	add(&sums->stacks[outcome], 1);
	errno = error;
	return node;
}

__attribute__((constructor)) static void prepare(void)
{
	char path[4096];
	beside(differences, sizeof(differences), "differences");
	beside(path, sizeof(path), "sums");
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	void *shared = mmap(NULL, sizeof(*sums), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (shared == MAP_FAILED)
		return;
	uintptr_t pc;
	unwind_reference(&(struct unwind_regs){0}, &pc, 1); /* loads libunwind */
	struct sums *early = sums;
	sums = shared;
	add(&sums->stacks[EARLY], early->stacks[EARLY]);
	_dl_find_object((void *)getauxval(AT_BASE), &loader);
	ready = true;
}
