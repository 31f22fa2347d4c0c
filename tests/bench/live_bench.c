/* What the table of live blocks costs by itself, on the addresses of heaps that are simulated here (size
 * classes of 16 bytes, freed chunks used again last in first out, arenas far from each other).
 * usage: live_bench [workload...] (all of them when none is named)
 * Each workload is taken in chunks whose operations are made beforehand. Printed for the fastest chunks: ns
 * an operation; for all: the mean, the longest chunk, what the kernel counted (where it lets us), and for
 * those that grow the table how many bytes of memory a live block needed at the worst moment. */
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/mem.h"
#include "record/live.h"

enum {
	CLASSES = 64,
	ARENAS = 2,
	CHUNK = 8192,     /* operations timed at once */
	GROW_CHUNK = 512, /* where the longest is of interest */
	AHEAD = 12,       /* operations that are prefetched ahead, as the recorder does */
	ADD = 1,          /* lowest bit of an operation: the address is added, else taken */
	RUN = 500,        /* neighbours that a walk replaces */
};

struct arena_sim {
	u64 top;
	ARRAY(u64) freed[CLASSES];
};

struct workload {
	const char *name;
	u32 live, smallest, spread; /* blocks; bytes asked for: smallest and up to spread - 1 more */
	enum { WALK, RANDOM, WINDOW, GROW } kind;
	u32 million; /* operations */
	const char *what;
	bool packed; /* chunks without headers, as interpreters have them */
};

static const struct workload workloads[] = {
	{"window", 512, 16, 512, WINDOW, 20, "two threads, each replaces the oldest of its 256"},
	{"nodes", 2000, 24, 1, RANDOM, 20, "2,000 of one size without gaps, random ones replaced"},
	{"cache", 20000, 16, 256, RANDOM, 20, "20,000 live, random ones replaced"},
	{"walk400k", 400000, 16, 100, WALK, 20, "400,000 live, runs of neighbours replaced"},
	{"walk4m", 4000000, 16, 100, WALK, 20, "4,000,000 live, runs of neighbours replaced"},
	{"random4m", 4000000, 16, 100, RANDOM, 20, "4,000,000 live, random ones replaced"},
	{"objects", 400000, 1, 56, WALK, 20, "400,000 packed objects, runs of neighbours replaced", true},
	{"tiny", 400000, 16, 1, WALK, 20, "400,000 packed, of 16 bytes, runs of neighbours replaced", true},
	{"grow", 0, 16, 100, GROW, 6, "6,000,000 added, none taken out"},
	{"grownodes", 0, 24, 1, GROW, 6, "6,000,000 of one size without gaps"},
	{"growpages", 0, 4072, 1, GROW, 2, "2,000,000 of 4 KiB"},
};

struct bench {
	const struct workload *w;
	struct live_map map;
	struct arena_sim arenas[ARENAS];
	u64 *blocks; /* address, size class << 48 */
	u64 seed, at, ordinal;
	u32 turn, next[ARENAS];
	u64 ops[CHUNK + AHEAD];
	u32 n_ops;
};

static u64 draw(struct bench *b)
{
	b->seed = b->seed * 6364136223846793005u + 1442695040888963407u;
	return b->seed >> 33;
}

static u64 chunk_alloc(struct bench *b, u32 arena, u64 request)
{
	struct arena_sim *a = &b->arenas[arena];
	u64 header = b->w->packed ? 0 : 8, least = b->w->packed ? 16 : 32;
	u64 bytes = MAX((request + header + 15) & ~15ull, least), class = MIN(bytes / 16, (u64)CLASSES - 1);
	u64 address = a->top + 16;
	if (a->freed[class].n)
		address = a->freed[class].at[--a->freed[class].n];
	else
		a->top += bytes;
	b->ops[b->n_ops++] = address << 1 | ADD;
	return class << 48 | address;
}

static void chunk_free(struct bench *b, u32 arena, u64 block)
{
	b->ops[b->n_ops++] = (block << 16 >> 16) << 1;
	array_push(&b->arenas[arena].freed[block >> 48], block << 16 >> 16);
}

static void replace(struct bench *b, u32 arena, u64 i)
{
	if (b->blocks[i])
		chunk_free(b, arena, b->blocks[i]);
	b->blocks[i] = chunk_alloc(b, arena, b->w->smallest + draw(b) % b->w->spread);
}

static void make(struct bench *b, bool filling)
{
	b->n_ops = 0;
	u32 chunk = b->w->kind == GROW ? GROW_CHUNK : CHUNK;
	while (b->n_ops + 2 <= chunk && !(filling && b->at == b->w->live)) {
		if (b->w->kind == GROW) {
			chunk_alloc(b, b->at++ >> 6 & 1, b->w->smallest + draw(b) % b->w->spread);
		} else if (b->w->kind == WINDOW) {
			/* They take turns of some dozen events. */
			b->turn ^= draw(b) % 16 == 0;
			replace(b, b->turn, b->turn * 256 + (b->next[b->turn]++ & 255));
		} else {
			u32 run = b->w->kind == WALK ? RUN : 1;
			if (!filling && b->at % run == 0)
				b->at = draw(b) % b->w->live / run * run;
			replace(b, b->at % 64 == 0, b->at);
			b->at++;
		}
	}
	memset(b->ops + b->n_ops, 0, AHEAD * sizeof(*b->ops));
}

static u64 replay(struct bench *b)
{
	struct live_block block, old;
	u64 sum = 0;
	for (u32 i = 0; i < b->n_ops; i++) {
		u64 op = b->ops[i];
		live_prefetch(&b->map, b->ops[i + AHEAD] >> 1);
		if (op & ADD) {
			block = (struct live_block){op >> 1, b->ordinal++, op >> 5 & 1023, i & 1023};
			sum += live_add(&b->map, &block, &old);
		} else {
			sum += !live_take(&b->map, op >> 1, &block) + (block.ordinal >> 40);
		}
	}
	return sum;
}

enum { COUNTERS = 3 };
static const u64 counters[COUNTERS] = {PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_INSTRUCTIONS,
				       PERF_COUNT_HW_BRANCH_MISSES};

static void counters_open(int *fds)
{
	for (int i = 0; i < COUNTERS; i++) {
		struct perf_event_attr attr = {
			.type = PERF_TYPE_HARDWARE,
			.size = sizeof(attr),
			.config = counters[i],
			.disabled = 1,
			.exclude_kernel = 1,
			.exclude_hv = 1,
		};
		fds[i] = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	}
}

static void counters_switch(const int *fds, unsigned long request)
{
	for (int i = 0; i < COUNTERS; i++)
		if (fds[i] >= 0)
			ioctl(fds[i], request, 0);
}

static u64 now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

/* The most memory that was resident since the last call with `reset`, in bytes. */
static u64 resident(bool reset)
{
	char line[256];
	unsigned long kib = 0;
	FILE *f = fopen(reset ? "/proc/self/clear_refs" : "/proc/self/status", reset ? "w" : "r");
	if (f && reset)
		fputs("5", f);
	while (f && !reset && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %lu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib * 1024;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static u64 run(const struct workload *w)
{
	static struct bench b;
	ARRAY(double) costs = {0};
	int fds[COUNTERS];
	u64 wrong = 0, done = 0, longest = 0, all = 0;
	double bytes = 0;

	memset(&b, 0, sizeof(b));
	b.w = w;
	b.seed = 1;
	b.blocks = xcalloc((size_t)w->live + 1, sizeof(*b.blocks));
	for (u32 i = 0; i < ARENAS; i++)
		b.arenas[i].top = i ? 0x7f3a14000000 : 0x55d0c2f1a000;
	/* Touched now, so that it is not taken for memory of the table. */
	array_reserve(&costs, (size_t)w->million * 1000000 / GROW_CHUNK * 2);
	memset(costs.at, 1, costs.cap * sizeof(*costs.at));
	counters_open(fds);
	resident(true);
	u64 before = resident(false);
	live_init(&b.map);
	while (w->kind != GROW && w->kind != WINDOW && b.at < w->live) {
		make(&b, true);
		wrong += replay(&b);
	}
	b.at = 0;
	while (done < (u64)w->million * 1000000) {
		make(&b, false);
		u64 start = now();
		counters_switch(fds, PERF_EVENT_IOC_ENABLE);
		wrong += replay(&b);
		counters_switch(fds, PERF_EVENT_IOC_DISABLE);
		u64 ns = now() - start;
		array_push(&costs, (double)ns / b.n_ops);
		longest = MAX(longest, ns);
		all += ns;
		done += b.n_ops;
		if (w->kind == GROW && live_count(&b.map) >= 100000)
			bytes = MAX(bytes, (double)(resident(false) - before) / (double)live_count(&b.map));
	}
	qsort(costs.at, costs.n, sizeof(*costs.at), compare);
	printf("%-10s %5.1f %7.1f %9.0f", w->name, costs.at[costs.n / 20], (double)all / (double)done,
	       (double)longest / 1000);
	for (int i = 0; i < COUNTERS; i++) {
		u64 count = 0;
		if (fds[i] >= 0 && read(fds[i], &count, sizeof(count)) == sizeof(count))
			printf(" %9.*f", i == COUNTERS - 1 ? 3 : 1, (double)count / (double)done);
		else
			printf(" %9s", "-");
		if (fds[i] >= 0)
			close(fds[i]);
	}
	printf(" %8.1f  %s%s\n", bytes, w->what, wrong ? "  WRONG" : "");
	fflush(stdout);
	live_fini(&b.map);
	for (u32 i = 0; i < ARENAS; i++)
		for (u32 c = 0; c < CLASSES; c++)
			array_free(&b.arenas[i].freed[c]);
	array_free(&costs);
	free(b.blocks);
	return wrong;
}

int main(int argc, char **argv)
{
	u64 wrong = 0;
	printf("%-10s %5s %7s %9s %9s %9s %9s %8s\n", "", "ns/op", "mean", "worst us", "cycles/op",
	       "instr/op", "misses/op", "B/block");
	for (size_t i = 0; i < ARRAY_LEN(workloads); i++) {
		bool wanted = argc == 1;
		for (int j = 1; j < argc; j++)
			wanted |= strcmp(argv[j], workloads[i].name) == 0;
		if (wanted)
			wrong += run(&workloads[i]);
	}
	return wrong != 0;
}
