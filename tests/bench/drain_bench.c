/* What the recorder needs for an event, by itself: rings filled beforehand, drained into a trace in /tmp, no
 * program running. usage: drain_bench [loop|pairs|window|threads|heap] [million events] loop: each block
 * freed at once, all of one stack; pairs: of a thousand; window: the oldest of 256 freed; threads: two that
 *   do so in turns, of one stack each; heap: 400,000 live, random ones freed.
 * Prints the best of ten rounds in ns an event, the writer's own thread not counted, and the process's CPU
 * time over all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "record/recorder.h"

enum { ROUNDS = 10, NODES = 1000, THREADS = 2 };

static u64 clock_of(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

struct fill {
	struct ring_slot *slot;
	u64 *words;
	u64 head, seed;
	u64 live[400000];
	u64 window[256], next;
	u32 thread, nodes;
};

static void put(struct fill *f, u64 word)
{
	f->words[f->head++ & (RING_WORDS - 1)] = word;
}

/* Stamps since the last record: no pattern, so that threads take turns as they do in life. */
static u64 delta(struct fill *f)
{
	f->seed = f->seed * 6364136223846793005u + 1442695040888963407u;
	return 2 + (f->seed >> 40 & 7);
}

static void alloc(struct fill *f, u64 address)
{
	put(f, ring_word(RING_ALLOC, address >> 3, delta(f)));
	put(f, (16 + (f->seed >> 33 & 255)) << 32 | (1 + (f->seed >> 45) % f->nodes));
}

static void release(struct fill *f, u64 address)
{
	put(f, ring_word(RING_FREE_BLOCK, address >> 3, delta(f)));
}

static u64 fill_loop(struct fill *f)
{
	u64 address = 0x560000001000 + f->next % 7 * 32;
	put(f, ring_word(RING_ALLOC, address >> 3, 5));
	put(f, (16 + (f->next++ & 255)) << 32 | 1);
	release(f, address);
	return 2;
}

static u64 fill_pairs(struct fill *f)
{
	u64 address = 0x560000001000 + (f->next++ % 7) * 32;
	alloc(f, address);
	release(f, address);
	return 2;
}

static u64 fill_window(struct fill *f)
{
	u64 *slot = &f->window[f->next % 256];
	if (*slot)
		release(f, *slot);
	*slot = 0x560000001000 + ((u64)f->thread << 30) + f->next++ % 512 * 64;
	alloc(f, *slot);
	return 2;
}

static u64 fill_heap(struct fill *f)
{
	u64 i = f->next++ < 400000 ? f->next - 1 : (f->seed >> 20) % 400000;
	if (f->live[i])
		release(f, f->live[i]);
	f->live[i] = 0x560000001000 + i * 64;
	alloc(f, f->live[i]);
	return 2;
}

struct kind {
	const char *name;
	u64 (*fill)(struct fill *f);
	u32 threads, nodes;
};

/* A ring with its nodes. */
static void begin(struct recorder *recorder, struct fill *f, u32 thread, u32 nodes)
{
	f->slot = ring_slot_at(recorder->rings.segments[0], thread);
	f->slot->pid = (u32)getpid();
	f->slot->tid = f->slot->pid + thread;
	f->slot->parent = NO_ID;
	*ring_slot_state(recorder->rings.segments[0], thread) = RING_LIVE;
	f->words = ring_slot_words(f->slot);
	f->seed = 1 + thread;
	f->thread = thread;
	f->nodes = nodes;
	put(f, (u64)RING_TIME << 60 | (clock_stamp(&recorder->rings.clock) - (1ull << 34)));
	for (u32 n = 1; n < NODES; n++) {
		put(f, ring_word(RING_NODE, n / 4, 0));
		put(f, 0x400000 + n * 16);
	}
	f->slot->head = f->head << 1;
}

int main(int argc, char **argv)
{
	static const struct kind kinds[] = {{"loop", fill_loop, 1, 1},
					    {"pairs", fill_pairs, 1, NODES - 1},
					    {"window", fill_window, 1, NODES - 1},
					    {"threads", fill_window, THREADS, 1},
					    {"heap", fill_heap, 1, NODES - 1}};
	static const struct record_options options = {.children = true, .memory = true};
	static struct recorder recorder;
	static struct fill fills[THREADS];
	struct writer_info info = {.command = "bench", .command_len = 5, .host = "", .options = ""};
	struct err err;
	u64 million = argc > 2 ? strtoull(argv[2], NULL, 10) : 4;
	const struct kind *kind = kinds;

	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(kinds); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			kind = &kinds[i];
	recorder.options = &options;
	recorder.cut_node_pc = NO_ID;
	recorder.text = malloc(RING_TEXT_MAX + 8);
	if (rings_init(&recorder.rings, RING_MEMORY, &err) < 0)
		die(1, "%s", err.text);
	char path[] = "/tmp/memtrace-bench-XXXXXX";
	close(mkstemp(path));
	recorder.writer = writer_new(path, true, &info, &err);
	if (!recorder.writer)
		die(1, "%s", err.text);
	stacks_init(&recorder.stacks, recorder.writer);
	accounts_init(&recorder.accounts, recorder.writer, &recorder.stacks);
	for (u32 thread = 0; thread < kind->threads; thread++)
		begin(&recorder, &fills[thread], thread, kind->nodes);
	recorder.rings.header->claims++;
	rings_round(&recorder.rings, &recorder);

	u64 best = UINT64_MAX, events = 0, cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID), own = 0;
	u64 each = million * 1000000 / ROUNDS;
	for (int round = 0; round < ROUNDS; round++) {
		u64 spent = 0, done = 0;
		while (done < each) {
			u64 fill = clock_of(CLOCK_THREAD_CPUTIME_ID);
			for (struct fill *f = fills; f < fills + kind->threads; f++) {
				while (f->head - f->slot->tail < RING_WORDS - 8)
					done += kind->fill(f);
				f->slot->head = f->head << 1;
			}
			u64 start = clock_of(CLOCK_THREAD_CPUTIME_ID);
			own += start - fill;
			rings_round(&recorder.rings, &recorder);
			spent += clock_of(CLOCK_THREAD_CPUTIME_ID) - start;
		}
		best = MIN(best, spent * 100 / done);
		events += done;
	}
	writer_close(recorder.writer, NULL, NULL);
	cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu - own;
	printf("%-7s drain %.1f ns/event, with the writer's thread %.1f, %llu events\n", kind->name,
	       (double)best / 100, (double)cpu / (double)events, (unsigned long long)events);
	unlink(path);
	return 0;
}
