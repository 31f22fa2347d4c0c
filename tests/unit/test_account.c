/* The figures of a recording: the peak and each site's share of it must be what a slow and plain replay
 * finds, for one process and over several, with processes that end, wherever blocks of events end. */
#include "tests/unit/recording.h"
#include "viewer/load/trace.h"

enum { EVENTS = 20000, PROCESSES = 3, SITES = 6, BLOCKS = 40 };

struct figure {
	i64 bytes, blocks;
};

/* The truth: every site's live figures, copied whole at each new maximum. */
struct plain {
	struct figure live[PROCESSES][SITES], peak[PROCESSES][SITES], own_peak[PROCESSES][SITES];
	i64 sum, highest, own[PROCESSES], own_highest[PROCESSES];
};

static void plain_change(struct plain *t, u32 p, u32 s, i64 bytes, i64 blocks)
{
	t->live[p][s].bytes += bytes;
	t->live[p][s].blocks += blocks;
	t->sum += bytes;
	t->own[p] += bytes;
	if (t->sum > t->highest) {
		t->highest = t->sum;
		memcpy(t->peak, t->live, sizeof(t->peak));
	}
	if (t->own[p] > t->own_highest[p]) {
		t->own_highest[p] = t->own[p];
		memcpy(t->own_peak[p], t->live[p], sizeof(t->own_peak[p]));
	}
}

static u64 draw(u64 *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* flush_one_in: how often a block of events is closed before it is full. processes: how many there are. */
static void run(u64 seed, u32 processes, const u64 end_at[PROCESSES], u64 flush_one_in)
{
	static struct plain t;
	char path[64];
	struct stacks stacks;
	struct accounts a;
	struct process *p[PROCESSES];
	u32 site[PROCESSES][SITES], thread[PROCESSES];
	struct {
		u64 size;
		u32 site;
		bool live;
	} block[PROCESSES][BLOCKS] = {0};

	struct writer_sums sums;
	struct err err;

	memset(&t, 0, sizeof(t));
	struct writer *w = recording_writer(path);
	stacks_init(&stacks, w);
	accounts_init(&a, w, &stacks);
	for (u32 i = 0; i < processes; i++) {
		p[i] = accounts_add_process(&a, &(struct trace_process){.pid = i + 1, .parent = NO_ID});
		thread[i] = accounts_thread(&a, p[i], i + 1, 0, 0);
		for (u32 s = 0; s < SITES; s++)
			site[i][s] = accounts_site(
				&a, thread[i], stacks_node(&stacks, 0, stacks_unknown_pc(&stacks, 100 + s)));
	}
	for (u64 e = 0; e < EVENTS; e++) {
		u32 i = (u32)draw(&seed) % processes, b = (u32)draw(&seed) % BLOCKS;
		u64 address = 0x1000 + b * 64;

		if (e >= end_at[i]) {
			if (!p[i]->ended) {
				accounts_end_process(&a, p[i], e);
				t.sum -= t.own[i];
				memset(t.live[i], 0, sizeof(t.live[i]));
			}
			continue;
		}
		if (block[i][b].live) {
			process_free(&a, p[i], e, address, thread[i], UINT64_MAX);
			plain_change(&t, i, block[i][b].site, -(i64)block[i][b].size, -1);
			block[i][b].live = false;
		} else {
			u32 s = (u32)draw(&seed) % SITES;
			u64 size = draw(&seed) % 5 ? draw(&seed) % 3000 : 0;

			struct live_block fresh = {.address = address, .size = size, .site = site[i][s]};
			if (draw(&seed) % 4 == 0) {
				writer_temporary(w, e, e, fresh.site, size, fresh.address);
				plain_change(&t, i, s, (i64)size, 1);
				plain_change(&t, i, s, -(i64)size, -1);
				continue;
			}
			process_alloc(&a, p[i], e, &fresh, thread[i]);
			plain_change(&t, i, s, (i64)size, 1);
			block[i][b].size = size;
			block[i][b].site = s;
			block[i][b].live = true;
		}
		writer_sums(w, &sums);
		assert_int_equal(sums.peak_bytes, t.highest);
		if (draw(&seed) % flush_one_in == 0)
			writer_flush(w);
	}
	for (u32 i = 0; i < processes; i++)
		accounts_end_process(&a, p[i], EVENTS);
	assert_int_equal(writer_close(w, &(struct writer_end){.end_ns = EVENTS}, &err), 0);
	struct trace *trace = trace_open(path, NULL, NULL, &err);
	assert_non_null(trace);
	assert_int_equal(trace->peak_bytes, t.highest);
	for (u32 i = 0; i < processes; i++) {
		assert_int_equal(trace->processes.at[i].peak_bytes, t.own_highest[i]);
		for (u32 s = 0; s < SITES; s++) {
			const struct trace_totals *got = &trace->totals[site[i][s]];
			assert_int_equal(got->peak_bytes, t.peak[i][s].bytes);
			assert_int_equal(got->peak_blocks, t.peak[i][s].blocks);
			assert_int_equal(got->process_peak_bytes, t.own_peak[i][s].bytes);
			assert_int_equal(got->process_peak_blocks, t.own_peak[i][s].blocks);
		}
	}
	assert_int_equal(a.order_violations, 0);
	trace_free(trace);
	accounts_fini(&a);
	stacks_fini(&stacks);
	unlink(path);
}

static const u64 never[PROCESSES] = {UINT64_MAX, UINT64_MAX, UINT64_MAX};

static void peak_of_one(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 8; seed++)
		run(seed, 1, never, 1 + seed * seed * seed * 10);
}

static void peak_shares(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 8; seed++)
		run(seed, PROCESSES, never, 1 + seed * seed * seed * 10);
}

static void peak_with_ends(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 16; seed++)
		run(seed, PROCESSES, (u64[]){5000 + 300 * seed, 12000, UINT64_MAX}, 1 + seed * seed * 10);
}

static void frees_of_others(void **state)
{
	char path[64];
	struct stacks stacks;
	struct accounts a;
	struct writer *w = recording_writer(path);

	(void)state;
	stacks_init(&stacks, w);
	accounts_init(&a, w, &stacks);
	struct process *image = accounts_add_process(&a, &(struct trace_process){.origin = PROCESS_EXEC});
	struct process *child = accounts_add_process(&a, &(struct trace_process){.origin = PROCESS_FORK});
	process_free(&a, image, 1, 0x1000, 0, UINT64_MAX);
	process_free(&a, child, 1, 0x1000, 0, UINT64_MAX);
	assert_int_equal(image->entry.unknown_frees, 1);
	assert_int_equal(image->entry.inherited_frees, 0);
	assert_int_equal(child->entry.inherited_frees, 1);
	assert_int_equal(child->entry.unknown_frees, 0);
	writer_close(w, NULL, NULL);
	accounts_fini(&a);
	stacks_fini(&stacks);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peak_of_one),
		cmocka_unit_test(peak_shares),
		cmocka_unit_test(peak_with_ends),
		cmocka_unit_test(frees_of_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
