/* The heap over any window of time, and what happened in it, held against a walk over all events. */
#include <unistd.h>

#include "tests/unit/check_trace.h"
#include "tests/unit/modeltest.h"
#include "tests/unit/synth.h"
#include "tests/unit/test.h"
#include "viewer/model/analysis.h"
#include "viewer/model/timeline.h"

enum { ALL_BLOCKS = 1000 };

/* All events of a trace in one array, and what was live after each. */
struct step {
	u64 ns, size, ordinal, live, blocks;
	bool admitted, is_free, is_end, kept;
};

struct plain {
	ARRAY(struct step) steps;
};

static void end_process(struct plain *p, u32 process, u64 ns, u64 *bytes, u64 *blocks, u64 *live,
			u64 *live_blocks)
{
	*live -= bytes[process];
	*live_blocks -= blocks[process];
	bytes[process] = blocks[process] = 0;
	array_push(&p->steps, (struct step){.ns = ns, .live = *live, .blocks = *live_blocks, .is_end = true});
}

static void plain_init(struct plain *p, const struct analysis *a)
{
	const struct trace *trace = a->trace;
	const struct selection *s = &a->private->selection;
	struct trace_cursor *cursor = trace_cursor_new(trace);
	u64 *bytes = xcalloc(trace->processes.n + 1, sizeof(*bytes)),
	    *blocks = xcalloc(trace->processes.n + 1, sizeof(*blocks));
	u64 live = 0, live_blocks = 0, number = 0;
	ARRAY(u32) step_of = {0};
	size_t end = 0;

	*p = (struct plain){0};
	for (size_t b = 0; b < trace->blocks.n; b++) {
		struct trace_events e;
		assert_int_equal(trace_cursor_block(cursor, b, &e, NULL), 0);
		for (u32 i = 0; i < e.n; i++, number++) {
			for (; end < trace->ends.n && trace->ends.at[end].event <= number; end++)
				end_process(p, trace->ends.at[end].process, e.ns[i], bytes, blocks, &live,
					    &live_blocks);
			struct step step = {.ns = e.ns[i],
					    .size = e.size[i],
					    .ordinal = e.ordinal[i],
					    .admitted = s->sites[e.site[i]],
					    .is_free = e.kind[i] == TRACE_FREE,
					    .kept = e.kind[i] == TRACE_ALLOC};
			u32 process = s->process_of[e.site[i]];
			if (step.admitted && step.is_free) {
				live -= step.size;
				bytes[process] -= step.size;
				live_blocks--;
				blocks[process]--;
			} else if (step.admitted) {
				live += step.size;
				bytes[process] += step.size;
				live_blocks++;
				blocks[process]++;
			}
			step.live = live;
			step.blocks = live_blocks;
			if (step.is_free)
				p->steps.at[step_of.at[step.ordinal]].kept = false;
			else
				array_push(&step_of, (u32)p->steps.n);
			array_push(&p->steps, step);
		}
	}
	array_free(&step_of);
	free(bytes);
	free(blocks);
	trace_cursor_free(cursor);
}

static void check_points(const struct plain *p, const struct timeline_point *points, u32 n, u64 from, u64 to,
			 u64 interval)
{
	u64 live = 0, blocks = 0;
	size_t at = 0;

	for (; at < p->steps.n && p->steps.at[at].ns < from; at++) {
		live = p->steps.at[at].live;
		blocks = p->steps.at[at].blocks;
	}
	for (u32 i = 0; i < n; i++) {
		u64 most = live, least = live, allocations = 0, frees = 0;
		assert_int_equal(points[i].ns, from + i * interval);
		for (; at < p->steps.n && p->steps.at[at].ns < from + (i + 1) * interval &&
		       p->steps.at[at].ns <= to;
		     at++) {
			const struct step *step = &p->steps.at[at];
			live = step->live;
			blocks = step->blocks;
			most = MAX(most, live);
			least = MIN(least, live);
			allocations += step->admitted && !step->is_free;
			frees += step->admitted && step->is_free;
		}
		assert_int_equal(points[i].live_bytes, live);
		assert_int_equal(points[i].max_live_bytes, most);
		assert_int_equal(points[i].min_live_bytes, least);
		assert_int_equal(points[i].allocations, allocations);
		assert_int_equal(points[i].frees, frees);
		assert_int_equal(points[i].live_blocks, blocks);
	}
}

static void check_range(const struct plain *p, const struct range_figures *f, u64 from, u64 to)
{
	struct range_figures sum = {0};

	for (size_t i = 0; i < p->steps.n; i++) {
		const struct step *step = &p->steps.at[i];
		if (!step->admitted || step->ns < from || step->ns > to)
			continue;
		if (step->is_free) {
			sum.frees++;
			sum.freed_bytes += step->size;
			continue;
		}
		sum.allocations++;
		sum.allocated_bytes += step->size;
		sum.kept_blocks += step->kept;
		sum.kept_bytes += step->kept ? step->size : 0;
	}
	assert_int_equal(f->allocations, sum.allocations);
	assert_int_equal(f->allocated_bytes, sum.allocated_bytes);
	assert_int_equal(f->frees, sum.frees);
	assert_int_equal(f->freed_bytes, sum.freed_bytes);
	assert_int_equal(f->kept_blocks, sum.kept_blocks);
	assert_int_equal(f->kept_bytes, sum.kept_bytes);
}

/* What is told without reading events: nothing is missed, and in all it is the same. */
static void check_coarse(const struct timeline_point *fine, const struct timeline_point *coarse, u32 n)
{
	u64 allocations = 0;

	for (u32 i = 0; i < n; i++) {
		assert_true(coarse[i].max_live_bytes >= fine[i].max_live_bytes);
		assert_true(coarse[i].min_live_bytes <= fine[i].min_live_bytes);
		allocations += fine[i].allocations - coarse[i].allocations;
	}
	assert_int_equal(allocations, 0);
	assert_int_equal(coarse[n - 1].live_bytes, fine[n - 1].live_bytes);
}

/* Where every event is a sample, layers are the heap, in parts. */
static void check_layers(const struct plain *p, const struct flows *flows, const struct trace *trace)
{
	for (int by = 0; by < N_LAYERINGS && trace->n_events <= 2048; by++) {
		struct layer_info infos[LAYERS];
		u32 n = flows_layers(flows, (enum layering)by, infos);
		assert_in_range(n, 1, LAYERS);
		for (size_t i = 0; i < p->steps.n;) {
			u64 ns = p->steps.at[i].ns, most = 0, sum = 0, bytes[LAYERS];
			for (; i < p->steps.n && p->steps.at[i].ns == ns; i++)
				most = MAX(most, p->steps.at[i].live);
			flows_layers_most(flows, (enum layering)by, ns, ns, bytes);
			for (int k = 0; k < LAYERS; k++)
				sum += bytes[k];
			assert_int_equal(sum, most);
		}
	}
}

/* More events than samples: what was live through a pause is known all the same, and so is the end, wherever
 * the last sample before them was. */
static void layers_through_pauses(void **state)
{
	(void)state;
	for (u32 more = 0; more < 5; more++) {
		char *text;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		fputs("process 1 100 1 ./app\nthread 1 100\n0.0 t1 alloc 100000 main>grow\n", out);
		for (u32 i = 0; i < 3000 + more; i++)
			fprintf(out, "0.1 t1 alloc 10 main>other\n0.1 t1 free #%u\n", i + 1);
		fprintf(out, "0.2 t1 alloc 1 main>other\n0.5 t1 realloc #0 150000 main>grow\n");
		fprintf(out, "0.9 t1 realloc #%u 170000 main>grow\nend 1\n", 3002 + more);
		fclose(out);
		struct trace *trace = modeltest_trace(text);
		struct analysis *a = modeltest_all(trace);
		struct flows *flows = flows_new(a, NULL, NULL, NULL);
		const struct {
			u64 ns, live;
		} moments[] = {{300000000, 100001}, {700000000, 150001}, {950000000, 170001}};

		for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
			u64 bytes[LAYERS], sum = 0;

			flows_layers_most(flows, LAYER_FUNCTIONS, moments[i].ns, moments[i].ns, bytes);
			for (int k = 0; k < LAYERS; k++)
				sum += bytes[k];
			assert_int_equal(sum, moments[i].live);
		}
		flows_free(flows);
		analysis_free(a);
		trace_free(trace);
		free(text);
	}
}

static void check_windows(const struct trace *trace, const struct lens *lens, u64 seed)
{
	static struct timeline_point fine[400], coarse[400];
	struct analysis *a = modeltest_lens(trace, lens);
	struct timeline *t = timeline_new(a, NULL, NULL, NULL);
	struct timeline_reader *r = timeline_reader_new(t);
	struct flows *flows = flows_new(a, NULL, NULL, NULL);
	struct plain p;
	u64 end = timeline_end_ns(t), interval, ns, most = 0;

	plain_init(&p, a);
	assert_non_null(flows);
	for (int k = 0; k < 60; k++) {
		u64 from = synth_random(&seed) % end, length = synth_random(&seed) % end;
		u32 n = 1 + (u32)synth_random(&seed) % ARRAY_LEN(fine);
		struct range_figures f;

		/* from the whole run to a few events */
		for (int small = k % 6; small > 0; small--)
			length /= 10;
		if (k == 0)
			from = 0, length = end;
		/* at the very time of an event */
		if (k % 3 == 1 && p.steps.n)
			from = p.steps.at[synth_random(&seed) % p.steps.n].ns;
		timeline_points(r, from, from + length, fine, n, ALL_BLOCKS, &interval);
		check_points(&p, fine, n, from, from + length, interval);
		timeline_points(r, from, from + length, coarse, n, 0, &interval);
		check_coarse(fine, coarse, n);
		assert_int_equal(flows_range(flows, r, from, from + length, &f, NULL), 0);
		check_range(&p, &f, from, from + length);
	}
	for (size_t i = 0; i < p.steps.n; i++)
		most = MAX(most, p.steps.at[i].live);
	assert_int_equal(timeline_peak(t, &ns), most);
	timeline_points(r, ns, ns, fine, 1, ALL_BLOCKS, &interval);
	assert_int_equal(fine[0].max_live_bytes, most);
	check_layers(&p, flows, trace);
	array_free(&p.steps);
	flows_free(flows);
	timeline_reader_free(r);
	timeline_free(t);
	analysis_free(a);
}

static void random_windows(void **state)
{
	static const struct synth synths[] = {
		{.seed = 1, .n_events = 300, .n_sites = 4, .n_threads = 1, .n_processes = 1, .n_live = 20},
		{.seed = 2,
		 .n_events = 200000,
		 .n_sites = 30,
		 .n_threads = 3,
		 .n_processes = 3,
		 .n_live = 900,
		 .ends = true},
		{.seed = 3,
		 .n_events = 90000,
		 .n_sites = 30,
		 .n_threads = 3,
		 .n_processes = 2,
		 .n_live = 90,
		 .flush_every = 3000},
		{.seed = 4,
		 .n_events = 70000,
		 .n_sites = 30,
		 .n_threads = 2,
		 .n_processes = 1,
		 .n_live = 5000,
		 .no_end = true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(synths); i++) {
		char *path = check_path("windows");
		struct lens lens;
		struct ledger ledger = {0};
		synth_write(path, &synths[i], &ledger);
		ledger_free(&ledger);
		struct trace *trace = check_open(path);
		lens_init(&lens);
		check_windows(trace, &lens, i);
		/* a part of the threads */
		u32 tid = trace->threads.at[0].tid;
		lens.tids = &tid;
		lens.n_tids = 1;
		check_windows(trace, &lens, i + 10);
		trace_free(trace);
		unlink(path);
		free(path);
	}
}

/* A file may claim any times: to the end of what a number holds, and no interval is passed over for ever. */
static void far_times(void **state)
{
	struct trace *trace = modeltest_trace("process 1 100 1 ./app\nthread 1 100\n"
					      "18446744073.70 t1 alloc 100 main x3000\n"
					      "18446744073.70954 t1 alloc 7 main x10\n");
	struct analysis *a = modeltest_all(trace);
	struct timeline *t = timeline_new(a, NULL, NULL, NULL);
	struct timeline_reader *r = timeline_reader_new(t);
	static struct timeline_point points[400];
	u64 interval;

	(void)state;
	for (u64 length = 1; length < UINT64_MAX / 4; length *= 3) {
		for (u32 n = 1; n <= 400; n += 57) {
			timeline_points(r, UINT64_MAX - length, UINT64_MAX, points, n, 0, &interval);
			assert_int_equal(points[n - 1].live_bytes, 300070);
			timeline_points(r, UINT64_MAX - length, UINT64_MAX, points, n, 9, &interval);
			assert_int_equal(points[n - 1].live_bytes, 300070);
		}
	}
	timeline_reader_free(r);
	timeline_free(t);
	analysis_free(a);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_windows),
		cmocka_unit_test(far_times),
		cmocka_unit_test(layers_through_pauses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
