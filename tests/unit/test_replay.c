/* The replay against a plain walk over all events that copies everything at each new maximum, on synthetic
 * programs and random lenses. */
#include <unistd.h>

#include "tests/unit/check_trace.h"
#include "tests/unit/modeltest.h"
#include "tests/unit/synth.h"
#include "tests/unit/test.h"
#include "viewer/model/replay.h"

struct plain {
	struct figures *sites;
	u64 *live_bytes, *live_blocks;
	u64 live, blocks, peak, peak_blocks;
	u64 *process_live, *process_peak;
};

static void plain_peak(struct plain *p, u32 n_sites)
{
	p->peak = p->live;
	p->peak_blocks = p->blocks;
	for (u32 i = 0; i < n_sites; i++) {
		p->sites[i].peak_bytes = p->live_bytes[i];
		p->sites[i].peak_blocks = p->live_blocks[i];
	}
}

/* The moment where the range begins. */
static void plain_start(struct plain *p, const struct trace *trace)
{
	plain_peak(p, (u32)trace->sites.n);
	for (u32 i = 0; i < trace->processes.n; i++)
		p->process_peak[i] = p->process_live[i];
}

static void plain_event(struct plain *p, const struct selection *s, const struct trace_events *e, u32 i,
			bool born)
{
	u32 site = e->site[i], process = s->process_of[site];
	struct figures *f = &p->sites[site];
	bool inside = e->ns[i] >= s->from_ns;
	u64 size = e->size[i];

	if (e->kind[i] == TRACE_ALLOC) {
		p->live_bytes[site] += size;
		p->live_blocks[site]++;
		p->live += size;
		p->blocks++;
		p->process_live[process] += size;
		if (inside) {
			f->allocations++;
			f->allocated_bytes += size;
			f->leaked_blocks++;
			f->leaked_bytes += size;
		}
		return;
	}
	p->live_bytes[site] -= size;
	p->live_blocks[site]--;
	p->live -= size;
	p->blocks--;
	p->process_live[process] -= size;
	if (inside) {
		f->frees++;
		f->freed_bytes += size;
	}
	if (inside && born) {
		f->leaked_blocks--;
		f->leaked_bytes -= size;
		f->temporary += e->temporary[i];
	}
}

/* What a process has live goes when it ends. */
static void plain_end(struct plain *p, const struct trace *trace, const struct selection *s, u32 process)
{
	for (u32 i = 0; i < trace->sites.n; i++) {
		if (s->process_of[i] != process)
			continue;
		p->live -= p->live_bytes[i];
		p->blocks -= p->live_blocks[i];
		p->live_bytes[i] = p->live_blocks[i] = 0;
	}
	p->process_live[process] = 0;
}

static void plain_run(struct plain *p, const struct trace *trace, const struct selection *s)
{
	struct trace_cursor *cursor = trace_cursor_new(trace);
	u32 n = (u32)trace->sites.n;
	u64 first_ordinal = UINT64_MAX;
	size_t next_end = 0, number = 0;
	bool inside = false;

	*p = (struct plain){
		.sites = xcalloc(n + 1, sizeof(*p->sites)),
		.live_bytes = xcalloc(n + 1, 8),
		.live_blocks = xcalloc(n + 1, 8),
		.process_live = xcalloc(trace->processes.n + 1, 8),
		.process_peak = xcalloc(trace->processes.n + 1, 8),
	};
	for (size_t b = 0; b < trace->blocks.n; b++) {
		struct trace_events e;
		struct err err;

		assert_int_equal(trace_cursor_block(cursor, b, &e, &err), 0);
		for (u32 i = 0; i < e.n && e.ns[i] <= s->to_ns; i++, number++) {
			for (; next_end < trace->ends.n && trace->ends.at[next_end].event == number;
			     next_end++) {
				u32 process = trace->ends.at[next_end].process;

				if (!inside && s->processes[process] &&
				    trace->processes.at[process].end_ns >= s->from_ns) {
					inside = true;
					plain_start(p, trace);
				}
				plain_end(p, trace, s, process);
			}
			if (!inside && e.ns[i] >= s->from_ns) {
				inside = true;
				plain_start(p, trace);
			}
			if (inside && e.kind[i] == TRACE_ALLOC && first_ordinal == UINT64_MAX)
				first_ordinal = e.ordinal[i];
			if (!s->sites[e.site[i]])
				continue;
			plain_event(p, s, &e, i, e.ordinal[i] >= first_ordinal);
			if (!inside)
				continue;
			if (p->live > p->peak)
				plain_peak(p, n);
			for (u32 k = 0; k < trace->processes.n; k++)
				p->process_peak[k] = MAX(p->process_peak[k], p->process_live[k]);
		}
	}
	if (!inside)
		plain_start(p, trace);
	trace_cursor_free(cursor);
}

static void plain_free(struct plain *p)
{
	free(p->sites);
	free(p->live_bytes);
	free(p->live_blocks);
	free(p->process_live);
	free(p->process_peak);
}

static void compare(const struct trace *trace, const struct lens *lens)
{
	struct selection s;
	struct replay r;
	struct plain p;

	assert_int_equal(selection_init(&s, trace, lens, NULL), 0);
	assert_int_equal(replay_run(&r, trace, &s, NULL, NULL, NULL), 0);
	plain_run(&p, trace, &s);
	assert_false(r.damaged);
	assert_int_equal(r.peak_bytes, p.peak);
	assert_int_equal(r.peak_blocks, p.peak_blocks);
	for (u32 i = 0; i < trace->sites.n; i++)
		assert_memory_equal(&r.sites[i], &p.sites[i], sizeof(p.sites[i]));
	for (u32 i = 0; i < trace->processes.n; i++)
		assert_int_equal(r.processes[i].peak_bytes, p.process_peak[i]);
	plain_free(&p);
	replay_fini(&r);
	selection_fini(&s);
	analysis_free(modeltest_lens(trace, lens));
}

static void random_lenses(void **state)
{
	char *path = check_path("replay");
	u64 random = 7;

	(void)state;
	for (u32 round = 0; round < 4; round++) {
		struct synth synth = {.seed = 100 + round,
				      .n_events = 20000,
				      .n_sites = 60,
				      .n_threads = 5,
				      .n_processes = 1 + round,
				      .n_live = 300,
				      .ends = round % 2 == 1,
				      .extremes = round == 3,
				      .flush_every = round == 2 ? 777 : 0};
		struct ledger ledger = {0};
		struct trace *trace;
		struct lens lens;

		synth_write(path, &synth, &ledger);
		trace = check_open(path);
		for (u32 k = 0; k < 6; k++) {
			u32 tid = trace->threads.at[synth_random(&random) % trace->threads.n].tid;
			u32 pid = trace->processes.at[synth_random(&random) % trace->processes.n].pid;
			u64 a = synth_random(&random) % (trace->end_ns + 1);
			u64 b = synth_random(&random) % (trace->end_ns + 1);

			lens_init(&lens);
			if (k > 0) {
				lens.from_ns = MIN(a, b);
				lens.to_ns = MAX(a, b);
			}
			if (k == 3) {
				lens.tids = &tid;
				lens.n_tids = 1;
			}
			if (k == 4) {
				lens.pids = &pid;
				lens.n_pids = 1;
			}
			if (k == 5)
				lens.filter = "[13579]";
			compare(trace, &lens);
		}
		trace_free(trace);
		ledger_free(&ledger);
	}
	unlink(path);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_lenses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
