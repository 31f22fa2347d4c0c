/* Draining: rings filled by hand, as threads of one process would, must be taken in the order of their
 * stamps; what makes no sense in them must do no harm. */
#include "tests/unit/recording.h"
#include "viewer/load/trace.h"

enum { THREADS = 3 };

struct scene {
	struct recorder recorder;
	struct ring_slot *slot[THREADS];
	u64 *words[THREADS];
	u64 head[THREADS];
	u64 base; /* stamp that the test counts from */
	char path[64];
};

static struct scene *scene_new(void)
{
	static const struct record_options options = {.children = true, .memory = true};
	struct scene *s = calloc(1, sizeof(*s));
	struct err err;

	s->recorder.options = &options;
	s->recorder.cut_node_pc = NO_ID;
	s->recorder.text = malloc(RING_TEXT_MAX + 8);
	assert_int_equal(rings_init(&s->recorder.rings, RING_MEMORY, &err), 0);
	s->recorder.writer = recording_writer(s->path);
	stacks_init(&s->recorder.stacks, s->recorder.writer);
	accounts_init(&s->recorder.accounts, s->recorder.writer, &s->recorder.stacks);
	s->base = s->recorder.rings.mark - 1000000;
	s->recorder.rings.adopted = s->base;
	for (u32 i = 0; i < THREADS; i++) {
		struct ring_slot *slot = ring_slot_at(s->recorder.rings.segments[0], i);
		slot->pid = (u32)getpid();
		slot->tid = (u32)getpid() + i;
		slot->parent = NO_ID;
		*ring_slot_state(s->recorder.rings.segments[0], i) = RING_LIVE;
		s->recorder.rings.header->claims++;
		s->slot[i] = slot;
		s->words[i] = ring_slot_words(slot);
	}
	return s;
}

static void put(struct scene *s, u32 thread, u64 word)
{
	s->words[thread][s->head[thread]++ & (RING_WORDS - 1)] = word;
}

static void put_at(struct scene *s, u32 thread, u64 stamp)
{
	put(s, thread, (u64)RING_TIME << 60 | (s->base + stamp));
}

static void alloc_at(struct scene *s, u32 thread, u64 stamp, u64 address, u64 size)
{
	put_at(s, thread, stamp);
	put(s, thread, ring_word(RING_ALLOC, address >> 3, 0));
	put(s, thread, size << 32);
}

static void realloc_at(struct scene *s, u32 thread, u64 stamp, u64 address, u64 size)
{
	put_at(s, thread, stamp);
	put(s, thread, ring_word(RING_REALLOCATED, address >> 3, 0));
	put(s, thread, size << 32);
}

static void call_at(struct scene *s, u32 thread, enum ring_kind kind, u64 stamp, u64 value)
{
	put_at(s, thread, stamp);
	put(s, thread, ring_word(kind, value, 0));
}

static void publish(struct scene *s, u32 thread, bool open)
{
	s->slot[thread]->head = s->head[thread] << 1 | open;
}

static void publish_all(struct scene *s)
{
	for (u32 i = 0; i < THREADS; i++)
		publish(s, i, false);
}

static void drain(struct scene *s)
{
	rings_round(&s->recorder.rings, &s->recorder);
}

static struct process *the_process(struct scene *s)
{
	assert_int_equal(s->recorder.accounts.processes.n, 1);
	return s->recorder.accounts.processes.at[0];
}

static struct writer_sums sums(struct scene *s)
{
	struct writer_sums sums;

	writer_sums(s->recorder.writer, &sums);
	return sums;
}

/* Ends the recording; the trace is there until the scene is freed. */
static void scene_close(struct scene *s)
{
	struct accounts *a = &s->recorder.accounts;

	for (size_t i = 0; i < a->processes.n; i++)
		a->processes.at[i]->dead = true;
	drain(s);
	drain(s);
	for (size_t i = 0; i < a->processes.n; i++)
		assert_true(rings_release_process(&s->recorder.rings, &s->recorder, a->processes.at[i]));
	assert_int_equal(writer_close(s->recorder.writer, NULL, NULL), 0);
	s->recorder.writer = NULL;
}

static void scene_free(struct scene *s)
{
	if (s->recorder.writer)
		scene_close(s);
	watch_fini(&s->recorder.watch);
	accounts_fini(&s->recorder.accounts);
	stacks_fini(&s->recorder.stacks);
	rings_fini(&s->recorder.rings);
	releases_fini(&s->recorder.releases);
	array_free(&s->recorder.by_index);
	free(s->recorder.text);
	unlink(s->path);
	free(s);
}

/* Allocated by one, freed by another, the address given to a third; told in the worst order of rings. */
static void an_address_goes_round(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	for (u64 i = 0; i < 1000; i++) {
		alloc_at(s, 2, i * 60, 0x1000, 10);
		call_at(s, 1, RING_FREE_BLOCK, i * 60 + 10, 0x1000 >> 3);
		alloc_at(s, 0, i * 60 + 20, 0x1000, 20);
		call_at(s, 2, RING_FREE_BLOCK, i * 60 + 30, 0x1000 >> 3);
		alloc_at(s, 1, i * 60 + 40, 0x1000, 30);
		call_at(s, 0, RING_FREE_BLOCK, i * 60 + 50, 0x1000 >> 3);
	}
	publish_all(s);
	drain(s);
	assert_int_equal(writer_events(s->recorder.writer), 6000);
	assert_int_equal(the_process(s)->entry.unknown_frees, 0);
	assert_int_equal(live_count(&the_process(s)->blocks), 0);
	assert_int_equal(s->recorder.accounts.order_violations, 0);
	assert_int_equal(sums(s).peak_bytes, 30);
	scene_free(s);
}

/* A thread that has taken a stamp, but not published it, holds back what came later elsewhere. */
static void an_open_stamp_is_waited_for(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	publish_all(s);
	publish(s, 0, true);
	drain(s);
	alloc_at(s, 1, 20, 0x2000, 8);
	call_at(s, 1, RING_FREE_BLOCK, 40, 0x1000 >> 3);
	publish(s, 1, false);
	drain(s);
	assert_int_equal(writer_events(s->recorder.writer), 0);
	alloc_at(s, 0, 30, 0x1000, 16);
	publish(s, 0, false);
	drain(s);
	assert_int_equal(writer_events(s->recorder.writer), 3);
	assert_int_equal(the_process(s)->entry.unknown_frees, 0);
	assert_int_equal(live_count(&the_process(s)->blocks), 1);
	scene_free(s);
}

/* A child is not taken before what its parent did before it, however new the parent's rings are. */
static void a_new_ring_is_waited_for(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	s->slot[2]->process = 1;
	s->slot[2]->parent = 0;
	alloc_at(s, 0, 10, 0x1000, 100);
	alloc_at(s, 2, 20, 0x1000, 7);
	publish_all(s);
	publish(s, 1, true);
	drain(s);
	assert_int_equal(writer_events(s->recorder.writer), 0);
	publish(s, 1, false);
	drain(s);
	assert_int_equal(writer_events(s->recorder.writer), 2);
	scene_free(s);
}

/* realloc gives its old address up before it returns: another thread may have it by then. */
static void realloc_races(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	alloc_at(s, 0, 10, 0x1000, 100);
	call_at(s, 0, RING_REALLOC_BEGIN, 20, 0x1000 >> 3);
	alloc_at(s, 1, 30, 0x1000, 7);
	call_at(s, 0, RING_REALLOC_DONE, 40, 1);
	alloc_at(s, 0, 40, 0x3000, 200);
	call_at(s, 1, RING_FREE_BLOCK, 50, 0x1000 >> 3);
	publish_all(s);
	drain(s);
	assert_int_equal(live_count(&the_process(s)->blocks), 1);
	assert_int_equal(sums(s).leaked_bytes, 200);
	assert_int_equal(the_process(s)->entry.unknown_frees, 0);
	/* Told in one record, and grown once more at once. */
	call_at(s, 0, RING_REALLOC_BEGIN, 51, 0x3000 >> 3);
	realloc_at(s, 0, 52, 0x4000, 300);
	call_at(s, 0, RING_REALLOC_BEGIN, 53, 0x4000 >> 3);
	realloc_at(s, 0, 54, 0x3000, 400);
	publish_all(s);
	drain(s);
	assert_int_equal(live_count(&the_process(s)->blocks), 1);
	assert_int_equal(sums(s).leaked_bytes, 400);
	/* One that fails leaves its block where it is. */
	call_at(s, 0, RING_REALLOC_BEGIN, 60, 0x3000 >> 3);
	call_at(s, 0, RING_REALLOC_DONE, 70, 0);
	call_at(s, 0, RING_FREE_BLOCK, 80, 0x3000 >> 3);
	publish_all(s);
	drain(s);
	assert_int_equal(live_count(&the_process(s)->blocks), 0);
	assert_int_equal(the_process(s)->entry.unknown_frees, 0);
	/* Killed in the middle of one: the block is still there. */
	alloc_at(s, 2, 90, 0x5000, 64);
	call_at(s, 2, RING_REALLOC_BEGIN, 95, 0x5000 >> 3);
	publish_all(s);
	drain(s);
	the_process(s)->dead = true;
	drain(s);
	assert_true(rings_release_process(&s->recorder.rings, &s->recorder, the_process(s)));
	assert_int_equal(live_count(&the_process(s)->blocks), 1);
	scene_free(s);
}

static void temporary_blocks(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	alloc_at(s, 0, 10, 0x1000, 8);
	call_at(s, 0, RING_FREE_BLOCK, 20, 0x1000 >> 3); /* temporary */
	alloc_at(s, 0, 30, 0x1000, 8);
	alloc_at(s, 0, 40, 0x2000, 8);
	call_at(s, 0, RING_FREE_BLOCK, 50, 0x1000 >> 3);
	call_at(s, 0, RING_FREE_BLOCK, 60, 0x2000 >> 3);
	alloc_at(s, 0, 70, 0x1000, 8);
	alloc_at(s, 1, 75, 0x2000, 8);
	call_at(s, 0, RING_FREE_BLOCK, 80, 0x1000 >> 3); /* temporary: another thread came between */
	call_at(s, 0, RING_FREE_BLOCK, 90, 0x2000 >> 3); /* not: freed by another thread */
	publish_all(s);
	drain(s);
	scene_close(s);
	struct err err;
	struct trace *t = trace_open(s->path, NULL, NULL, &err);
	assert_non_null(t);
	u64 temporary = 0;
	for (u32 i = 0; i < t->sites.n; i++)
		temporary += t->totals[i].temporary;
	assert_int_equal(temporary, 2);
	trace_free(t);
	scene_free(s);
}

/* Samples of two threads come in the order of their times, whatever they stand for; their stacks may make no
 * sense.
 */
static void samples(void **state)
{
	struct scene *s = scene_new();
	static const struct {
		u32 thread, stamp, count, ns, node;
	} told[] = {{0, 10, 1, 1000000, 1},
		    {1, 20, 3, 3000000, 77},
		    {0, 30, 0, 4000000000u, 1},
		    {1, 40, 7, 7, 0}};
	(void)state;
	put_at(s, 0, 5);
	put(s, 0, ring_word(RING_NODE, 0, 0));
	put(s, 0, 0x1234);
	for (size_t i = 0; i < ARRAY_LEN(told); i++) {
		put_at(s, told[i].thread, told[i].stamp);
		put(s, told[i].thread, ring_word(RING_SAMPLE, told[i].count, 0));
		put(s, told[i].thread, (u64)told[i].ns << 32 | told[i].node);
	}
	publish_all(s);
	drain(s);
	scene_close(s);
	assert_int_equal(s->recorder.sampler.samples, 11);
	struct err err;
	struct trace *t = trace_open(s->path, NULL, NULL, &err);
	assert_non_null(t);
	assert_int_equal(t->samples.n, ARRAY_LEN(told));
	for (size_t i = 0; i < t->samples.n; i++) {
		const struct trace_sample *sample = &t->samples.at[i];
		assert_int_equal(sample->count, told[i].count);
		assert_int_equal(sample->span_ns, told[i].ns);
		assert_int_equal(t->sites.at[sample->site].node != 0, told[i].node == 1);
		assert_true(i == 0 || sample->ns >= sample[-1].ns);
	}
	trace_free(t);
	scene_free(s);
}

/* A ring that wraps, drained in pieces. */
static void wraps(void **state)
{
	struct scene *s = scene_new();
	u64 stamp = 0;

	(void)state;
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < RING_WORDS / 8; i++) {
			alloc_at(s, 0, stamp++, 0x1000, 1);
			call_at(s, 0, RING_FREE_BLOCK, stamp++, 0x1000 >> 3);
		}
		publish(s, 0, false);
		drain(s);
		assert_int_equal(s->slot[0]->tail, s->head[0]);
	}
	assert_int_equal(writer_events(s->recorder.writer), 10 * RING_WORDS / 8 * 2);
	assert_int_equal(live_count(&the_process(s)->blocks), 0);
	scene_free(s);
}

/* A child that was forked and its next image, seen at once: the image lies in the first slot, but came
 * second. */
static void images_follow_their_forks(void **state)
{
	struct scene *s = scene_new();
	struct accounts *a = &s->recorder.accounts;

	(void)state;
	s->slot[0]->process = 2;
	s->slot[1]->process = 1;
	s->slot[1]->parent = 0;
	s->slot[2]->process = 2;
	publish_all(s);
	drain(s);
	assert_int_equal(a->processes.n, 2);
	assert_int_equal(a->processes.at[0]->entry.origin, PROCESS_FORK);
	assert_int_equal(a->processes.at[0]->entry.flags & PROCESS_REPLACED, PROCESS_REPLACED);
	assert_int_equal(a->processes.at[1]->entry.origin, PROCESS_EXEC);
	assert_int_equal(a->processes.at[1]->n_readers, 2);
	assert_int_equal(s->recorder.watch.list.n, 1);
	scene_free(s);
}

/* Whatever the words are, and whatever head says: no crash, and an end. */
static void nonsense(void **state)
{
	u64 seed = 99;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct scene *s = scene_new();
		for (u32 t = 0; t < THREADS; t++) {
			for (int i = 0; i < 200; i++) {
				seed = seed * 6364136223846793005u + 1442695040888963407u;
				u64 word = seed ^ seed >> 29;
				/* Mostly kinds that exist, with small ids now and then. */
				if (i % 3)
					word = ring_word(1 + word % 11,
							 word >> 8 & (i % 2 ? 0xff : UINT64_MAX), word & 7);
				put(s, t, word);
			}
			s->slot[t]->head = s->head[t] << 1 | (seed >> 60 & 1);
			if (round % 7 == 0)
				s->slot[t]->head = seed;
			s->slot[t]->process = round % 5 ? 0 : (u32)seed;
		}
		drain(s);
		drain(s);
		scene_free(s);
	}
}

static u32 turn_after(struct scene *s)
{
	publish_all(s);
	drain(s);
	return ring_turn_id(s->recorder.rings.header->turn);
}

/* The turn is that of a ring that has records when no other has, and another one in each round. */
static void turns(void **state)
{
	struct scene *s = scene_new();
	u64 stamp = 10, last = 0;

	(void)state;
	for (u32 i = 0; i < THREADS; i++)
		s->slot[i]->id = 40 + i;
	for (int round = 0; round < 4; round++) { /* two that have records */
		alloc_at(s, 0, stamp++, 0x1000, 8);
		alloc_at(s, 1, stamp++, 0x2000, 8);
		assert_int_equal(turn_after(s), 0);
	}
	for (int round = 0; round < 4; round++) {
		alloc_at(s, 2, stamp++, 0x3000, 8);
		assert_int_equal(turn_after(s), round < 1 ? 0 : 42);
	}
	for (int round = 0; round < 3; round++) { /* a pause; it was taken away, too */
		assert_int_equal(turn_after(s), 42);
		assert_true(s->recorder.rings.header->turn > last);
		assert_int_equal(s->recorder.rings.header->given, s->recorder.rings.header->turn);
		last = s->recorder.rings.header->turn;
		s->recorder.rings.header->turn = 0;
	}
	alloc_at(s, 1, stamp++, 0x4000, 8);
	assert_int_equal(turn_after(s), 0);
	scene_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_goes_round),
		cmocka_unit_test(an_open_stamp_is_waited_for),
		cmocka_unit_test(a_new_ring_is_waited_for),
		cmocka_unit_test(realloc_races),
		cmocka_unit_test(temporary_blocks),
		cmocka_unit_test(samples),
		cmocka_unit_test(wraps),
		cmocka_unit_test(images_follow_their_forks),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
