/* A library to be preloaded into any program: at every allocation it compares the unwinder's stack with
 * libunwind's.
 *
 *     LD_PRELOAD=.../libunwind_compare.so [UNWIND_COMPARE=FILE] PROGRAM
 *
 * At exit, one line on standard error (or appended to FILE): stacks compared; those where the unwinder said
 * that it had to cut (what it has must then be the inner part of libunwind's); those where libunwind stops
 * short of it or goes on behind it; and mismatches, the first of them in full. */
#define UNW_LOCAL_ONLY
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libunwind.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "record/preload/pages.h"
#include "record/preload/unwind.h"

#define EXPORT __attribute__((visibility("default")))

enum { DEPTH_MAX = 1 << 18, NODES_FIRST = 1 << 12, SHOWN_MAX = 5 };

struct node {
	uintptr_t pc;
	u32 parent;
};

struct thread {
	struct unwind *unwind;
	struct node *nodes;
	u32 n_nodes, room;
	u32 epoch;
	uintptr_t ours[DEPTH_MAX], theirs[DEPTH_MAX];
};

static struct {
	u64 compared, cut, longer, shorter, mismatches, frames, nodes;
} sums;
static u32 epoch;
static __thread struct thread *self;
static __thread bool busy;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);

static void add(u64 *sum, u64 n)
{
	__atomic_fetch_add(sum, n, __ATOMIC_RELAXED);
}

static void remember(void *context, u32 parent, uintptr_t pc)
{
	struct thread *t = context;
	if (t->n_nodes == t->room && !pages_double((void **)&t->nodes, &t->room, sizeof(struct node)))
		abort();
	t->nodes[t->n_nodes++] = (struct node){pc, parent};
	add(&sums.nodes, 1);
}

static struct thread *thread_new(void)
{
	struct thread *t = pages_map(sizeof(*t));
	if (!t)
		abort();
	t->nodes = pages_map(NODES_FIRST * sizeof(struct node));
	t->room = NODES_FIRST;
	t->n_nodes = 1;
	t->unwind = unwind_new(remember, t);
	if (!t->nodes || !t->unwind)
		abort();
	t->epoch = __atomic_load_n(&epoch, __ATOMIC_ACQUIRE);
	return t;
}

static void show(const char *whose, const uintptr_t *pcs, size_t n, size_t differs)
{
	fprintf(stderr, "  %s: %zu frames", whose, n);
	for (size_t i = differs > 3 ? differs - 3 : 0; i < n && i < differs + 4; i++) {
		Dl_info info = {0};
		dladdr((void *)(pcs[i] - 1), &info);
		fprintf(stderr, "\n    [%zu] %#zx %s+%#zx %s", i, (size_t)pcs[i],
			info.dli_fname ? info.dli_fname : "?",
			info.dli_fbase ? pcs[i] - (uintptr_t)info.dli_fbase : 0,
			info.dli_sname ? info.dli_sname : "");
	}
	fprintf(stderr, "\n");
}

__attribute__((noinline)) static void compare(const struct unwind_regs *regs)
{
	static u32 shown;
	if (!self)
		self = thread_new();
	struct thread *t = self;
	u32 now = __atomic_load_n(&epoch, __ATOMIC_ACQUIRE);
	if (t->epoch != now) {
		t->epoch = now;
		t->n_nodes = 1;
		unwind_reset(t->unwind);
	}
	size_t ours = 0, theirs = unwind_reference(regs, t->theirs, DEPTH_MAX), same = 0;
	bool cut = false;
	for (u32 node = unwind_stack(t->unwind, regs); node; node = t->nodes[node].parent) {
		if (t->nodes[node].pc == UNWIND_PC_CUT)
			cut = true;
		else if (ours < DEPTH_MAX)
			t->ours[ours++] = t->nodes[node].pc;
	}
	while (same < ours && same < theirs && t->ours[same] == t->theirs[same])
		same++;
	add(&sums.compared, 1);
	add(&sums.frames, ours);
	if (same == ours && same == theirs)
		return;
	u64 *sum = same < ours && same < theirs ? &sums.mismatches
		   : same == theirs             ? &sums.longer
						: &sums.shorter;
	if (cut && same == ours)
		sum = &sums.cut;
	add(sum, 1);
	if (__atomic_fetch_add(&shown, 1, __ATOMIC_RELAXED) < SHOWN_MAX) {
		fprintf(stderr, "unwind_compare: stacks differ from frame %zu on%s\n", same,
			cut ? " (cut)" : "");
		show("ours", t->ours, ours, same);
		show("libunwind's", t->theirs, theirs, same);
	}
}

#define COMPARE()                                                                                            \
	do {                                                                                                 \
		if (!busy) {                                                                                 \
			struct unwind_regs regs = {                                                          \
				.pc = (uintptr_t)__builtin_return_address(0),                                \
				.sp = (uintptr_t)__builtin_frame_address(0) + 16,                            \
				.fp = *(uintptr_t *)__builtin_frame_address(0),                              \
			};                                                                                   \
			busy = true;                                                                         \
			compare(&regs);                                                                      \
			busy = false;                                                                        \
		}                                                                                            \
	} while (0)

EXPORT void *malloc(size_t size)
{
	COMPARE();
	return __libc_malloc(size);
}

EXPORT void *calloc(size_t n, size_t size)
{
	COMPARE();
	return __libc_calloc(n, size);
}

EXPORT void *realloc(void *block, size_t size)
{
	COMPARE();
	return __libc_realloc(block, size);
}

EXPORT int dlclose(void *handle)
{
	static int (*real)(void *);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "dlclose");
	int result = real(handle);
	__atomic_fetch_add(&epoch, 1, __ATOMIC_RELEASE);
	return result;
}

/* With its cache behind a mutex libunwind deadlocks in programs that allocate under the loader's lock, or
 * fork. */
__attribute__((constructor)) static void prepare(void)
{
	unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_NONE);
}

__attribute__((destructor)) static void tell(void)
{
	char line[256];
	const char *file = getenv("UNWIND_COMPARE");
	int fd = file ? open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : dup(2);
	int n = snprintf(line, sizeof(line),
			 "unwind_compare: %s: %llu stacks, mean depth %.1f, %llu nodes; %llu cut, %llu "
			 "longer, %llu shorter, "
			 "%llu mismatches\n",
			 program_invocation_short_name, (unsigned long long)sums.compared,
			 sums.compared ? (double)sums.frames / (double)sums.compared : 0,
			 (unsigned long long)sums.nodes, (unsigned long long)sums.cut,
			 (unsigned long long)sums.longer, (unsigned long long)sums.shorter,
			 (unsigned long long)sums.mismatches);
	if (fd >= 0 && n > 0 && write(fd, line, (size_t)n) < 0)
		_exit(1);
	if (fd >= 0)
		close(fd);
}
