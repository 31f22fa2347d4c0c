/* What sums of blocks say against the pass over all events: on synthetic programs of many short blocks, for
 * many ranges of time, processes, threads and stacks, whole files and damaged ones. */
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/check_trace.h"
#include "tests/unit/modeltest.h"
#include "tests/unit/synth.h"
#include "tests/unit/test.h"
#include "viewer/model/summed.h"

enum { LENSES = 60, DAMAGES = 40 };

static void expect_same(const struct trace *trace, const struct replay *got, const struct replay *want)
{
	assert_int_equal(got->peak_bytes, want->peak_bytes);
	assert_int_equal(got->peak_blocks, want->peak_blocks);
	assert_int_equal(got->peak_ns, want->peak_ns);
	for (u32 i = 0; i < trace->sites.n; i++)
		assert_memory_equal(&got->sites[i], &want->sites[i], sizeof(want->sites[i]));
	for (u32 i = 0; i < trace->processes.n; i++) {
		assert_int_equal(got->processes[i].peak_bytes, want->processes[i].peak_bytes);
		assert_int_equal(got->processes[i].peak_blocks, want->processes[i].peak_blocks);
		assert_int_equal(got->processes[i].peak_ns, want->processes[i].peak_ns);
	}
}

/* A moment: any, one of an event, of a block's end or of a process's. */
static u64 random_time(const struct trace *trace, struct trace_cursor *cursor, u64 *random)
{
	u64 kind = synth_random(random) % 5, r = synth_random(random);
	const struct trace_block *block = &trace->blocks.at[r % trace->blocks.n];
	struct trace_events e;

	if (kind == 0)
		return r % (trace->end_ns + 2);
	if (kind == 1)
		return r % 2 ? block->start_ns : block->end_ns;
	if (kind == 2 && trace->ends.n)
		return trace->processes.at[trace->ends.at[r % trace->ends.n].process].end_ns;
	assert_int_equal(trace_cursor_block(cursor, r % trace->blocks.n, &e, NULL), 0);
	return e.ns[(r >> 20) % e.n];
}

struct random_lens {
	struct lens lens;
	u32 ids[2];
};

static void make_lens(struct random_lens *r, const struct trace *trace, struct trace_cursor *cursor,
		      u64 *random)
{
	u64 a = random_time(trace, cursor, random), b = random_time(trace, cursor, random);
	u32 kind = synth_random(random) % 8;

	lens_init(&r->lens);
	if (synth_random(random) % 8 > 0)
		r->lens.from_ns = MIN(a, b);
	if (synth_random(random) % 8 > 0)
		r->lens.to_ns = MAX(a, b);
	if (kind == 0 || kind == 1) {
		for (u32 i = 0; i <= kind; i++)
			r->ids[i] = trace->processes.at[synth_random(random) % trace->processes.n].pid;
		r->lens.pids = r->ids;
		r->lens.n_pids = kind + 1;
	} else if (kind == 2) {
		r->ids[0] = trace->threads.at[synth_random(random) % trace->threads.n].tid;
		r->lens.tids = r->ids;
		r->lens.n_tids = 1;
	} else if (kind == 3) {
		r->lens.filter = "function_.*[13579]$";
	} else if (kind == 4) {
		r->lens.exclude = "function_.*[0248]$";
	} else if (kind == 5) {
		r->lens.filter = "no such function";
	}
}

/* What was told first, by site; it isn't where nothing takes long. */
struct counts {
	struct figures *sites;
	size_t n;
	u32 told;
};

static void take_counts(void *context, const struct figures *sites)
{
	struct counts *counts = context;

	counts->told++;
	memcpy(counts->sites, sites, counts->n * sizeof(*sites));
}

static void expect_counts(const struct counts *counts, const struct replay *want)
{
	for (size_t i = 0; i < counts->n && counts->told; i++) {
		assert_int_equal(counts->sites[i].allocations, want->sites[i].allocations);
		assert_int_equal(counts->sites[i].allocated_bytes, want->sites[i].allocated_bytes);
		assert_int_equal(counts->sites[i].frees, want->sites[i].frees);
		assert_int_equal(counts->sites[i].freed_bytes, want->sites[i].freed_bytes);
	}
}

static u32 n_told; /* of all that were compared */

static void compare(const struct trace *trace, const struct lens *lens)
{
	struct selection s;
	struct replay got, want;
	struct err err = {""};
	bool stopped;

	assert_int_equal(selection_init(&s, trace, lens, NULL), 0);
	if (summed_run(&got, trace, &s, false, NULL, NULL, NULL, &stopped, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(replay_run(&want, trace, &s, NULL, NULL, NULL), 0);
	assert_false(want.damaged);
	expect_same(trace, &got, &want);
	replay_fini(&got);
	struct counts counts = {xcalloc(trace->sites.n + 1, sizeof(*counts.sites)), trace->sites.n, 0};
	struct summed_early early = {take_counts, &counts};
	assert_int_equal(summed_run(&got, trace, &s, true, &early, NULL, NULL, &stopped, &err), 0);
	expect_counts(&counts, &want);
	n_told += counts.told;
	free(counts.sites);
	assert_int_equal(got.peak_ns, want.peak_ns);
	assert_int_equal(got.peak_blocks, want.peak_blocks);
	for (u32 i = 0; i < trace->sites.n; i++)
		assert_memory_equal(&got.sites[i], &want.sites[i], sizeof(want.sites[i]));
	if (!got.own_peaks_later)
		expect_same(trace, &got, &want);
	replay_fini(&got);
	replay_fini(&want);
	selection_fini(&s);
}

static struct synth synth_of(u32 round)
{
	return (struct synth){.seed = 40 + round,
			      .n_events = round == 3 ? 140000 : 12000, /* enough for several threads */
			      .n_sites = round % 2 ? 40 : 300,
			      .n_threads = 1 + round,
			      .n_processes = 1 + round / 2,
			      .n_live = round == 4 ? 1000 : 50,
			      .ends = round % 2 == 1,
			      .extremes = round == 5,
			      .no_end = round == 6,
			      .flush_every = round == 3 ? 4000 : 37 + round * 11};
}

static void whole_traces(void **state)
{
	char *path = check_path("summed");
	u64 random = 3;

	(void)state;
	for (u32 round = 0; round < 8; round++) {
		struct synth synth = synth_of(round);
		struct ledger ledger = {0};
		struct trace_cursor *cursor;
		struct trace *trace;
		struct random_lens r;

		synth_write(path, &synth, &ledger);
		trace = check_open(path);
		assert_true(trace->complete == !synth.no_end);
		cursor = trace_cursor_new(trace);
		for (u32 k = 0; k < LENSES; k++) {
			make_lens(&r, trace, cursor, &random);
			compare(trace, &r.lens);
		}
		trace_cursor_free(cursor);
		trace_free(trace);
		ledger_free(&ledger);
	}
	assert_true(n_told > LENSES);
	unlink(path);
	free(path);
}

/* A byte of a file, changed and changed back. */
static void flip(const char *path, u64 at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	u8 byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= 0x55;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

/* Either a damaged file gives the figures that it gave when it was whole, or it doesn't give any. */
static void check_damaged(const char *path, const struct lens *lens, const struct replay *want)
{
	struct trace *trace = check_open(path);
	struct selection s;
	struct replay got;
	struct analysis *a;
	bool stopped;

	assert_int_equal(selection_init(&s, trace, lens, NULL), 0);
	if (summed_run(&got, trace, &s, false, NULL, NULL, NULL, &stopped, NULL) == 0) {
		if (trace->complete)
			expect_same(trace, &got, want);
		else
			compare(trace, lens);
		replay_fini(&got);
	} else {
		/* Then the analysis has read the events, and says how far. */
		a = modeltest_lens(trace, lens);
		assert_true(a->damage[0] || !trace->complete || got.peak_bytes == 0);
		analysis_free(a);
	}
	selection_fini(&s);
	trace_free(trace);
}

static void damaged_traces(void **state)
{
	char *path = check_path("damaged");
	struct synth synth = synth_of(2);
	struct ledger ledger = {0};
	struct trace_cursor *cursor;
	struct trace *trace;
	u64 random = 5;

	(void)state;
	synth_write(path, &synth, &ledger);
	trace = check_open(path);
	cursor = trace_cursor_new(trace);
	for (u32 k = 0; k < DAMAGES; k++) {
		u64 at = 4096 + synth_random(&random) % (trace->file_bytes - 4096);
		struct random_lens r;
		struct selection s;
		struct replay want;

		make_lens(&r, trace, cursor, &random);
		assert_int_equal(selection_init(&s, trace, &r.lens, NULL), 0);
		assert_int_equal(replay_run(&want, trace, &s, NULL, NULL, NULL), 0);
		flip(path, at);
		check_damaged(path, &r.lens, &want);
		flip(path, at);
		replay_fini(&want);
		selection_fini(&s);
	}
	trace_cursor_free(cursor);
	trace_free(trace);
	ledger_free(&ledger);
	unlink(path);
	free(path);
}

static bool stop(void *context, u64 done, u64 total)
{
	(void)done, (void)total;
	return --*(int *)context > 0;
}

/* Wherever it is stopped, nothing comes of it. */
static void stopped(void **state)
{
	char *path = check_path("stopped");
	struct synth synth = synth_of(2);
	struct ledger ledger = {0};
	struct trace *trace;
	struct lens lens;
	int calls = 0;

	(void)state;
	synth_write(path, &synth, &ledger);
	trace = check_open(path);
	lens_init(&lens);
	lens.from_ns = trace->end_ns / 3;
	for (int most = 1; calls <= 0; most += 7) {
		struct err err = {""};
		struct analysis *a;

		calls = most;
		a = analysis_new(trace, &lens, stop, &calls, &err);
		assert_true((a == NULL) == (calls <= 0));
		analysis_free(a);
	}
	trace_free(trace);
	ledger_free(&ledger);
	unlink(path);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_traces),
		cmocka_unit_test(damaged_traces),
		cmocka_unit_test(stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
