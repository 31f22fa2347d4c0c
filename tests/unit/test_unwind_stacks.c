/* The unwinder against libunwind on stacks of all sorts: threads', coroutines', signal handlers', very deep
 * and very small ones; and at every single instruction of functions at their beginning and end. */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/unit/unwind_shapes.h"
#include "tests/unit/unwind_fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Sanitizers' own bookkeeping of calls would not survive what these functions do. */
#define PLAIN __attribute__((noinline, no_sanitize("address", "thread", "undefined")))

/* Threads: each with an unwinder of its own, all with the one cache of rules. */

struct worker {
	pthread_t thread;
	u64 seed;
	struct watch *watch;
	int depth;
};
static __thread struct worker *worker_self;

static u32 draw(u32 below)
{
	struct worker *w = worker_self;
	w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
	return (u32)(w->seed >> 33) % below;
}

static void tree(void)
{
	struct worker *w = worker_self;
	if (w->depth >= 20)
		return;
	w->depth++;
	for (u32 children = draw(3); children > 0; children--)
		shapes[draw(shape_count)](tree);
	w->depth--;
	watch_event();
}

static void *work(void *argument)
{
	struct worker *w = argument;
	worker_self = w;
	watch_self = w->watch = watch_new();
	while (w->watch->events < 3000)
		tree();
	return NULL;
}

static void test_threads(void **state)
{
	struct worker workers[8] = {0};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(workers); i++) {
		workers[i].seed = i + 1;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(workers); i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].watch->mismatches, 0);
		assert_int_equal(workers[i].watch->cuts, 0);
		watch_delete(workers[i].watch);
	}
}

/* Runs body in a thread on a stack of so many bytes, with the test's watch. */
struct call {
	void (*body)(void *argument);
	void *argument;
	struct watch *watch;
};

static void *run_call(void *argument)
{
	struct call *call = argument;
	watch_self = call->watch;
	/* the thread is another one: its stack is, too */
	struct watch *w = watch_new();
	watch_self = w;
	call->body(call->argument);
	call->watch->events += w->events;
	call->watch->mismatches += w->mismatches;
	call->watch->cuts += w->cuts;
	call->watch->bad_order += w->bad_order;
	call->watch->depth = w->depth;
	watch_delete(w);
	return NULL;
}

static void on_stack_of(size_t bytes, void (*body)(void *), void *argument)
{
	struct call call = {body, argument, watch_self};
	pthread_attr_t attributes;
	pthread_t thread;
	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(pthread_attr_setstacksize(&attributes, bytes), 0);
	assert_int_equal(pthread_create(&thread, &attributes, run_call, &call), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
}

PLAIN static int deep(int depth)
{
	if (depth % 5000 == 0)
		watch_event();
	int below = depth ? deep(depth - 1) : 0;
	if (depth % 5000 == 0)
		watch_event();
	return below + 1;
}

static void go_deep(void *depth)
{
	deep(*(int *)depth);
	deep(100);
	deep(*(int *)depth);
}

static void test_great_depth(void **state)
{
	int depth = 100000;
	(void)state;
	on_stack_of(64 << 20, go_deep, &depth);
	assert_all_equal(80);
}

static void far(void *argument)
{
	(void)argument;
	for (int i = 0; i < 20; i++) {
		shape_far_frame(watch_event);
		watch_event();
	}
}

static void test_frames_of_megabytes(void **state)
{
	(void)state;
	on_stack_of(16 << 20, far, NULL);
	assert_all_equal(40);
}

/* Coroutines on stacks of the program's own making, which come and go. */

enum { COROUTINES = 5, COROUTINE_BYTES = 128 << 10, ROUNDS = 40 };
static ucontext_t main_context, contexts[COROUTINES];
static int current;

PLAIN static void yield(void)
{
	watch_event();
	swapcontext(&contexts[current], &main_context);
	watch_event();
}

PLAIN static void climb(int depth)
{
	if (depth == 0) {
		yield();
		return;
	}
	climb(depth - 1);
	if (depth % 2)
		shape_alloca(yield);
	watch_event();
}

PLAIN static void coroutine(void)
{
	for (int depth = 1;; depth = depth % 6 + 1) {
		climb(depth);
		yield();
	}
}

PLAIN static void *make_coroutine(int c, void (*entry)(void))
{
	void *stack = mmap(NULL, COROUTINE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(stack != MAP_FAILED);
	getcontext(&contexts[c]);
	contexts[c].uc_stack.ss_sp = stack;
	contexts[c].uc_stack.ss_size = COROUTINE_BYTES;
	contexts[c].uc_link = NULL;
	makecontext(&contexts[c], entry, 0);
	return stack;
}

PLAIN static void test_coroutines(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		void *stacks[COROUTINES];
		for (int c = 0; c < COROUTINES; c++)
			stacks[c] = make_coroutine(c, coroutine);
		for (int round = 0; round < ROUNDS; round++) {
			current = (round * 3 + round / 7) % COROUTINES;
			swapcontext(&main_context, &contexts[current]);
			watch_event();
		}
		for (int c = 0; c < COROUTINES; c++)
			munmap(stacks[c], COROUTINE_BYTES);
	}
	assert_all_equal(3 * ROUNDS);
}

/* Code without tables that calls on the thread's own stack from another one, as Go calls C: the chain of
 * frame pointers leads there. In the other direction it isn't believed. */

static char *call_top;

static void take_only(void)
{
	struct unwind_regs regs = {
		.pc = (uintptr_t)__builtin_return_address(0),
		.sp = (uintptr_t)__builtin_frame_address(0) + 16,
		.fp = *(uintptr_t *)__builtin_frame_address(0),
	};
	watch_take(watch_self, &regs);
}

PLAIN static void goroutine(void)
{
	for (;;) {
		shape_no_table_on(take_only, call_top);
		swapcontext(&contexts[0], &main_context);
	}
}

PLAIN static void test_calls_on_own_stack(void **state)
{
	(void)state;
	char own[1 << 14] __attribute__((aligned(64)));
	void *stack = make_coroutine(0, goroutine);
	for (int i = 0; i < 5; i++) {
		call_top = own + sizeof(own) - (i / 2) * 64;
		swapcontext(&main_context, &contexts[0]);
		assert_false(watch_self->cut);
		assert_true(watch_self->depth >= 3);
		for (int f = 0; f < 2; f++)
			assert_in_range(watch_self->ours[f], (uintptr_t)shape_no_table_on,
					(uintptr_t)shape_no_table_on + 64);
		assert_in_range(watch_self->ours[2], (uintptr_t)goroutine, (uintptr_t)goroutine + 128);
	}
	for (int i = 0; i < 5; i++) {
		shape_no_table_on(take_only, (char *)stack + COROUTINE_BYTES / 2);
		assert_true(watch_self->cut);
		assert_int_equal(watch_self->depth, 1);
	}
	munmap(stack, COROUTINE_BYTES);
}

/* Signal handlers. */

static int nested;

static void handle(int signo)
{
	watch_event();
	shape_saves_all(watch_event);
	if (nested-- > 0)
		raise(signo == SIGUSR1 ? SIGUSR2 : SIGUSR1);
	watch_event();
}

static void set_handler(int signo, int flags, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags | SA_NODEFER};
	assert_int_equal(sigaction(signo, &action, NULL), 0);
}

static void signalled(void)
{
	nested = 3;
	raise(SIGUSR1);
	watch_event();
}

static void test_signal_handlers(void **state)
{
	static char low[256 << 10] __attribute__((aligned(16)));
	void *high = mmap(NULL, 256 << 10, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	(void)state;
	assert_true(high != MAP_FAILED);
	stack_t old;
	for (int kind = 0; kind < 3; kind++) {
		stack_t alternate = {.ss_sp = kind == 1 ? high : low, .ss_size = 256 << 10};
		assert_int_equal(sigaltstack(&alternate, kind == 0 ? &old : NULL), 0);
		set_handler(SIGUSR1, kind ? SA_ONSTACK : 0, handle);
		set_handler(SIGUSR2, kind ? SA_ONSTACK : 0, handle);
		for (int i = 0; i < 10; i++) {
			signalled();
			shape_aligned_alloca(signalled);
			shape_fp_in_r12(signalled);
		}
	}
	set_handler(SIGUSR1, 0, SIG_DFL);
	set_handler(SIGUSR2, 0, SIG_DFL);
	assert_int_equal(sigaltstack(&old, NULL), 0);
	munmap(high, 256 << 10);
	assert_all_equal(3 * 30 * 9);
}

/* Every instruction: the processor traps after each, and the handler takes the stack as a sampler would. */

static volatile unsigned long steps;

PLAIN static void trap(int signo, siginfo_t *info, void *context)
{
	const greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	struct unwind_regs regs = {
		.pc = (uintptr_t)r[REG_RIP] + 1, .sp = (uintptr_t)r[REG_RSP], .fp = (uintptr_t)r[REG_RBP]};
	(void)signo;
	(void)info;
	steps++;
	watch_compare(watch_self, &regs);
}

static void nothing(void)
{
	__asm__ volatile("" ::: "memory");
}

PLAIN static void single_steps(void)
{
	char text[32];
	/* memory of unknown size: so this frame has a pointer, and the tables hold while the stack pointer is
	 * moved */
	char *room = __builtin_alloca(steps + 16);
	__asm__ volatile("" : : "r"(room) : "memory");
	/* past the red zone, where this function may keep something */
	__asm__ volatile("lea -128(%%rsp), %%rsp; pushf; orl $0x100, (%%rsp); popf; lea 128(%%rsp), %%rsp" ::
				 : "memory", "cc");
	for (unsigned i = 0; i < shape_count; i++)
		shapes[i](nothing);
	shape_remembers(NULL);
	snprintf(text, sizeof(text), "%d %s", getpid(),
		 "text"); /* by way of the linkage table, into the C library */
	__asm__ volatile(
		"lea -128(%%rsp), %%rsp; pushf; andl $~0x100, (%%rsp); popf; lea 128(%%rsp), %%rsp" ::
			: "memory", "cc");
}

static void test_every_instruction(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	struct sigaction action = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO}, old;
	assert_int_equal(sigaction(SIGTRAP, &action, &old), 0);
	single_steps();
	sigaction(SIGTRAP, &old, NULL);
	assert_true(steps > 300);
	assert_all_equal(300);
}

/* The guest's share of a stack: what lies below an event's frame is painted, and how far the paint is gone is
 * measured. */

enum { PAINTED = 6000 };
static size_t used;

PLAIN static void take_painted(void)
{
	struct unwind_regs regs = {
		.pc = (uintptr_t)__builtin_return_address(0),
		.sp = (uintptr_t)__builtin_frame_address(0) + 16,
		.fp = *(uintptr_t *)__builtin_frame_address(0),
	};
	volatile u8 *low = (volatile u8 *)__builtin_frame_address(0) - PAINTED;
	for (size_t i = 0; i < PAINTED - 512; i++)
		low[i] = 0xa5;
	unwind_stack(watch_self->unwind, &regs);
	size_t untouched = 0;
	while (low[untouched] == 0xa5)
		untouched++;
	used = PAINTED - untouched > used ? PAINTED - untouched : used;
}

static void measure(void *argument)
{
	(void)argument;
	for (int i = 0; i < 4; i++) {
		for (unsigned s = 0; s < shape_count; s++) {
			if (shapes[s] != shape_large)
				shapes[s](take_painted);
		}
		watch_reset(watch_self);
	}
}

static void test_small_stack(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	on_stack_of(16384, measure, NULL);
	assert_in_range(used, 64, 2048);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_threads, begin, finish),
		cmocka_unit_test_setup_teardown(test_great_depth, begin, finish),
		cmocka_unit_test_setup_teardown(test_frames_of_megabytes, begin, finish),
		cmocka_unit_test_setup_teardown(test_coroutines, begin, finish),
		cmocka_unit_test_setup_teardown(test_calls_on_own_stack, begin, finish),
		cmocka_unit_test_setup_teardown(test_signal_handlers, begin, finish),
		cmocka_unit_test_setup_teardown(test_every_instruction, begin, finish),
		cmocka_unit_test_setup_teardown(test_small_stack, begin, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
