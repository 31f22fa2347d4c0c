/* What a stack costs: nanoseconds per call of unwind_stack(), and of libunwind's unw_backtrace(), in a tight
 * loop at some depths (the best case: nothing changed since the last call) and in a walk over a tree of calls
 * (a recursive-descent parser's way of allocating: a few frames are new each time), and on stacks drawn from
 * 65,536 (nearly all frames are new each time). Usage: unwind_bench [ROUNDS] */
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "record/preload/unwind.h"

enum { FRAMES_MAX = 512, SHAPES = 8, TREE_EVENTS = 200000 };

static struct unwind *unwinder;
static unsigned long events, frames, made;
static unsigned long sink;

static void count_node(void *context, u32 parent, uintptr_t pc)
{
	(void)context;
	(void)parent;
	(void)pc;
	made++;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What stands in for an allocation. Frame pointer and no tail call, as in the hooks. */
typedef void (*event_function)(void);

__attribute__((noinline)) static void event_none(void)
{
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void event_unwind(void)
{
	struct unwind_regs regs = {
		.pc = (uintptr_t)__builtin_return_address(0),
		.sp = (uintptr_t)__builtin_frame_address(0) + 16,
		.fp = *(uintptr_t *)__builtin_frame_address(0),
	};
	sink += unwind_stack(unwinder, &regs);
}

__attribute__((noinline)) static void event_libunwind(void)
{
	void *pcs[FRAMES_MAX];
	frames += (unsigned long)unw_backtrace(pcs, FRAMES_MAX);
}

static const struct {
	const char *name;
	event_function call;
	int slower; /* fewer rounds */
} methods[] = {
	{"unwind_stack", event_unwind, 1},
	{"unw_backtrace", event_libunwind, 10},
};

__attribute__((noinline)) static int descend(int depth, event_function event, long rounds)
{
	if (depth > 0) {
		int below = descend(depth - 1, event, rounds);
		__asm__ volatile("" : "+r"(below));
		return below + 1;
	}
	for (long i = 0; i < rounds; i++)
		event();
	return 1;
}

static double tight(int depth, event_function event, long rounds)
{
	descend(depth, event, 10);
	double start = now();
	descend(depth, event, rounds);
	double with = now();
	descend(depth, event_none, rounds);
	return ((with - start) - (now() - with)) / (double)rounds;
}

static unsigned draw(void)
{
	static unsigned long seed = 1;
	seed = seed * 6364136223846793005ul + 1442695040888963407ul;
	return (unsigned)(seed >> 33);
}

static void grow(int depth, event_function event);

/* Functions of unlike frames, so that there are many return addresses and stacks. */
#define SHAPE(n)                                                                                             \
	__attribute__((noinline)) static void shape_##n(int depth, event_function event)                     \
	{                                                                                                    \
		char room[8 + n * 24];                                                                       \
		__asm__ volatile("" : : "r"(room) : "memory");                                               \
		event();                                                                                     \
		events++;                                                                                    \
		for (unsigned i = 0, children = draw() % 4; i < children && depth < 20; i++)                 \
			grow(depth + 1, event);                                                              \
		event();                                                                                     \
		events++;                                                                                    \
	}
SHAPE(0)
SHAPE(1)
SHAPE(2)
SHAPE(3)
SHAPE(4)
SHAPE(5)
SHAPE(6)
SHAPE(7)

__attribute__((noinline)) static void grow(int depth, event_function event)
{
	static void (*const shapes[SHAPES])(int, event_function) = {shape_0, shape_1, shape_2, shape_3,
								    shape_4, shape_5, shape_6, shape_7};
	shapes[(depth + draw() % 16 / 15) % SHAPES](depth, event);
	__asm__ volatile("" ::: "memory");
}

static double tree(event_function event, int slower)
{
	unsigned long before = events;
	double start = now();
	while (events - before < TREE_EVENTS / (unsigned long)slower * 10)
		grow(0, event);
	return (now() - start) / (double)(events - before);
}

/* Four calls, so four return addresses, at each of eight levels. */
__attribute__((noinline)) static void choose(int level, event_function event)
{
	if (level == 8) {
		event();
		return;
	}
	switch (draw() & 3) {
	case 0:
		choose(level + 1, event);
		break;
	case 1:
		choose(level + 1, event);
		__asm__ volatile("nop");
		break;
	case 2:
		choose(level + 1, event);
		__asm__ volatile("nop; nop");
		break;
	default:
		choose(level + 1, event);
		__asm__ volatile("nop; nop; nop");
	}
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void choose_often(event_function event, long times)
{
	for (long i = 0; i < times; i++)
		choose(0, event);
}

static double many(event_function event, int slower)
{
	long times = 10L * TREE_EVENTS / slower;
	double duration = 0;
	for (int round = 0; round < 2; round++) { /* the first makes most of the nodes */
		double start = now();
		choose_often(event, times);
		duration = now() - start;
	}
	return duration / (double)times;
}

int main(int argc, char **argv)
{
	static const int depths[] = {5, 15, 40, 100};
	long rounds = argc > 1 ? atol(argv[1]) : 1000000;
	unwinder = unwind_new(count_node, NULL);
	if (!unwinder || rounds < 100) {
		fprintf(stderr, "usage: unwind_bench [ROUNDS]\n");
		return 2;
	}
	printf("%-16s", "ns per stack");
	for (size_t d = 0; d < ARRAY_LEN(depths); d++)
		printf("  depth %-4d", depths[d]);
	printf("  tree of calls        65,536 stacks\n");
	double nothing = tree(event_none, 1), nothing_many = many(event_none, 1);
	for (size_t m = 0; m < ARRAY_LEN(methods); m++) {
		printf("%-16s", methods[m].name);
		for (size_t d = 0; d < ARRAY_LEN(depths); d++)
			printf("  %-10.1f",
			       tight(depths[d] - 3, methods[m].call, rounds / methods[m].slower));
		static double (*const walks[])(event_function, int) = {tree, many};
		const double alone[] = {nothing, nothing_many};
		for (size_t k = 0; k < ARRAY_LEN(walks); k++) {
			made = 0;
			printf("  %-5.1f", walks[k](methods[m].call, methods[m].slower) - alone[k]);
			if (m == 0)
				printf(" (%6lu nodes)", made);
			else
				printf(" %14s", "");
		}
		printf("\n");
	}
	unwind_delete(unwinder);
	return sink == 1;
}
