/* Frames of all shapes: alloca and arrays of variable length, realigned stacks, functions that need no frame
 * pointer or use it for other things, callbacks through the C library, tail calls, deep recursion; longjmp
 * out of all of them. usage: frames COUNT */
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct run {
	jmp_buf back;
	unsigned random_state;
	long left;
};

typedef int shape(struct run *r, unsigned depth);

static unsigned dice(struct run *r, unsigned n)
{
	r->random_state = r->random_state * 1103515245 + 12345;
	return (r->random_state >> 16 & 0x7fff) % n;
}

static shape plain, with_alloca, with_array, realigned, no_frame_pointer, through_qsort, tail, large;
static shape *const shapes[] = {plain,         with_alloca, with_array, realigned, no_frame_pointer,
				through_qsort, tail,        large};

static int deeper(struct run *r, unsigned depth)
{
	if (depth == 0) {
		if (dice(r, 20) == 0)
			longjmp(r->back, 1);
		return 0;
	}
	return shapes[dice(r, sizeof(shapes) / sizeof(*shapes))](r, depth - 1);
}

static int allocate(struct run *r)
{
	void *volatile block = dice(r, 3) ? malloc(8 + dice(r, 100)) : calloc(3, 1 + dice(r, 50));
	if (dice(r, 4) == 0)
		block = realloc(block, 300);
	free(block);
	r->left--;
	return 1;
}

__attribute__((noinline)) static int plain(struct run *r, unsigned depth)
{
	return allocate(r) + deeper(r, depth);
}

__attribute__((noinline)) static int with_alloca(struct run *r, unsigned depth)
{
	int n = 0;
	for (unsigned i = 0; i < 3; i++) {
		volatile char *room = alloca(1 + dice(r, 400));
		room[0] = 1;
		n += room[0] + allocate(r);
	}
	return n + deeper(r, depth);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wvla"
__attribute__((noinline)) static int with_array(struct run *r, unsigned depth)
{
	unsigned n = 1 + dice(r, 300);
	volatile char room[n];
	room[n - 1] = 1;
	return deeper(r, depth) + room[n - 1] + allocate(r);
}
#pragma GCC diagnostic pop

__attribute__((noinline)) static int realigned(struct run *r, unsigned depth)
{
	volatile char room[64] __attribute__((aligned(256)));
	volatile char *more = alloca(1 + dice(r, 64));
	room[depth % 64] = more[0] = 1;
	return deeper(r, depth) + room[depth % 64] + more[0] + allocate(r);
}

/* The default of both compilers; gcc is told so, whatever the flags. */
#ifdef __clang__
#define NO_FRAME_POINTER __attribute__((noinline))
#else
#define NO_FRAME_POINTER __attribute__((noinline, optimize("omit-frame-pointer")))
#endif

NO_FRAME_POINTER static int no_frame_pointer(struct run *r, unsigned depth)
{
	int n = allocate(r);
	n += deeper(r, depth);
	/* rbp holds anything at all in the frames further in */
	__asm__ volatile("" : "+r"(n) : : "rbx", "r12", "r13", "r14", "r15");
	return n + allocate(r);
}

static __thread struct run *sorting;
static __thread unsigned sort_depth;

static int compare(const void *a, const void *b)
{
	struct run *r = sorting;
	unsigned depth = sort_depth;
	if (dice(r, 6) == 0 && depth > 0)
		deeper(r, depth - 1);
	else
		allocate(r);
	sorting = r;
	sort_depth = depth;
	return *(const char *)a - *(const char *)b;
}

__attribute__((noinline)) static int through_qsort(struct run *r, unsigned depth)
{
	char letters[] = "qwe";
	sorting = r;
	sort_depth = depth;
	qsort(letters, 3, 1, compare);
	return letters[0];
}

__attribute__((noinline)) static int tail(struct run *r, unsigned depth)
{
	allocate(r);
	return shapes[depth % 3](r, depth);
}

__attribute__((noinline)) static int large(struct run *r, unsigned depth)
{
	volatile char room[9000];
	room[depth] = 1;
	return deeper(r, depth) + room[depth] + allocate(r);
}

static void attempt(struct run *r, unsigned depth)
{
	if (setjmp(r->back) == 0)
		deeper(r, depth);
}

static void *run(void *argument)
{
	struct run *r = argument;
	while (r->left > 0) {
		attempt(r, dice(r, 500) ? dice(r, 40) : 300);
		allocate(r);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 1000;
	struct run run1 = {.random_state = 1, .left = count / 2},
		   run2 = {.random_state = 2, .left = count / 2};
	pthread_t thread;
	pthread_create(&thread, NULL, run, &run1);
	run(&run2);
	pthread_join(thread, NULL);
	return 0;
}
