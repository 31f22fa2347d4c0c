/* Round trips: what goes through the writer comes out of the reader, all columns, with and without the end.
 */
#include "tests/unit/test.h"

#include <unistd.h>

#include "common/format.h"
#include "tests/unit/check_trace.h"
#include "tests/unit/synth.h"
#include "tests/unit/tracegen.h"

static const struct synth programs[] = {
	{.seed = 1, .n_events = 0, .n_sites = 1, .n_threads = 1, .n_processes = 1, .n_live = 1},
	{.seed = 2, .n_events = 1, .n_sites = 1, .n_threads = 1, .n_processes = 1, .n_live = 1},
	{.seed = 3,
	 .n_events = 3000,
	 .n_sites = 9,
	 .n_threads = 2,
	 .n_processes = 1,
	 .n_live = 50,
	 .flush_every = 7},
	{.seed = 4,
	 .n_events = BLOCK_EVENTS,
	 .n_sites = 300,
	 .n_threads = 1,
	 .n_processes = 1,
	 .n_live = 900},
	{.seed = 5, .n_events = 300000, .n_sites = 3000, .n_threads = 70, .n_processes = 5, .n_live = 20000},
	{.seed = 6,
	 .n_events = 200000,
	 .n_sites = 60,
	 .n_threads = 3,
	 .n_processes = 2,
	 .n_live = 40,
	 .extremes = true},
	{.seed = 7,
	 .n_events = 70000,
	 .n_sites = 100,
	 .n_threads = 300,
	 .n_processes = 3,
	 .n_live = 500,
	 .extremes = true,
	 .flush_every = 500},
	{.seed = 8,
	 .n_events = 200000,
	 .n_sites = 200,
	 .n_threads = 20,
	 .n_processes = 9,
	 .n_live = 3000,
	 .ends = true},
	{.seed = 9,
	 .n_events = 5000,
	 .n_sites = 20,
	 .n_threads = 4,
	 .n_processes = 4,
	 .n_live = 300,
	 .ends = true,
	 .flush_every = 10},
	{.seed = 10,
	 .n_events = 300000,
	 .n_sites = 3,
	 .n_threads = 1,
	 .n_processes = 1,
	 .n_live = 100,
	 .loops = 1500},
	{.seed = 11,
	 .n_events = 300000,
	 .n_sites = 40,
	 .n_threads = 3,
	 .n_processes = 2,
	 .n_live = 100,
	 .loops = 300,
	 .flush_every = 20001},
};

/* The same with addresses: all else is as before, and they are known. */
static void with_addresses(const char *path, const struct synth *without)
{
	struct synth s = *without;
	struct ledger ledger = {0};
	struct trace *trace;

	s.addresses = true;
	synth_write(path, &s, &ledger);
	trace = check_open(path);
	assert_int_equal(trace->complete, !s.no_end);
	check_events(trace, &ledger);
	check_totals(trace, &ledger);
	check_summaries(trace, &ledger);
	check_addresses(trace, 0);
	trace_free(trace);
	ledger_free(&ledger);
}

static void has_no_addresses(const struct trace *trace)
{
	struct trace_cursor *cursor = trace_cursor_new(trace);
	struct trace_events events;
	const u64 *addresses;
	struct err err = {""};

	assert_false(trace->addresses);
	assert_int_equal(trace_cursor_block(cursor, 0, &events, &err), 0);
	assert_int_equal(trace_cursor_addresses(cursor, 0, &events, &addresses, &err), -1);
	assert_non_null(strstr(err.text, "has no addresses"));
	trace_cursor_free(cursor);
}

static void round_trip(bool no_end)
{
	char *path = check_path("roundtrip");

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		struct synth s = programs[i];
		struct ledger ledger = {0};
		struct trace *trace;

		s.no_end = no_end;
		synth_write(path, &s, &ledger);
		trace = check_open(path);
		assert_int_equal(trace->complete, !no_end);
		if (no_end)
			assert_non_null(strstr(trace->damage, "the end is missing"));
		else
			assert_string_equal(trace->damage, "");
		check_events(trace, &ledger);
		check_totals(trace, &ledger);
		check_summaries(trace, &ledger);
		assert_int_equal(trace->ends.n, ledger.ends.n);
		for (u32 p = 0; no_end && p < trace->processes.n; p++) {
			if (trace->processes.at[p].flags & PROCESS_ENDED)
				continue;
			assert_int_equal(trace->processes.at[p].peak_bytes, ledger.process_peaks[p].bytes);
			assert_int_equal(trace->processes.at[p].peak_blocks, ledger.process_peaks[p].blocks);
		}
		if (trace->blocks.n)
			has_no_addresses(trace);
		trace_free(trace);
		ledger_free(&ledger);
		with_addresses(path, &s);
		unlink(path);
	}
	free(path);
}

static void finished_traces_come_back(void **state)
{
	(void)state;
	round_trip(false);
}

/* The independent check of the peaks by replay: they must be those of the ledger, which are found another
 * way. */
static void unfinished_traces_come_back(void **state)
{
	(void)state;
	round_trip(true);
}

static const char *text = "module /lib/libx.so 0a1b2c3d\n"
			  "function main app main.c 10\n"
			  "function f app f.c 20\n"
			  "function g /lib/libx.so g.h 30 allocator\n"
			  "function py app fib.py 7 python\n"
			  "process 1 100 1 ./app --big -x\n"
			  "thread 1 100 app\n"
			  "thread 1 101 worker\n"
			  "0.001 t1 alloc 64 main>f:25>g\n"
			  "0.002 t2 alloc 100 main>f~g:33 x3\n"
			  "0.003 t1 free #0\n"
			  "fork 2 200 100 ./app\n"
			  "thread 2 200\n"
			  "0.004 t3 alloc 1000 \"main;std::vector<int>::~vector;py\"\n"
			  "0.005 t3 realloc #4 2000 main>?/lib/libx.so+0x77\n"
			  "0.006 t1 free #1..2\n"
			  "0.006 t1 map 8192 main>f\n"
			  "0.006 t1 unmap 4096 main>f\n"
			  "0.007 rss 1 65536\n"
			  "0.007 rss 2 1024\n"
			  "time 1 sample cpu 250\n"
			  "time 2 exact wall\n"
			  "0.007 t1 sample 0.004 main>f\n"
			  "0.0075 t2 sample 0.012 main>f>g x3\n"
			  "0.008 t3 calls 5 0.002 main>f\n"
			  "0.008 t1 release 3 4096 main>f\n"
			  "0.008 line 2 main 11 3 4096 -8192\n"
			  "0.008 line 2 main 12 1 0 4096\n"
			  "0.0085 t1 bracket main 0.002 1000 2000 1\n"
			  "set 2 inherited_frees 3\n"
			  "0.008 exit 2 7\n"
			  "0.009 kill 1 11\n"
			  "exec 3 300 1 /bin/static\n"
			  "not_recorded 3 \"is static\"\n"
			  "lost 2\n"
			  "end 2.5\n";

static const struct trace_frame *frames_of(const struct trace *t, u32 node, u32 *n)
{
	const struct trace_pc_entry *pc = &t->pcs.at[t->nodes.at[node].pc];

	*n = pc->n_frames;
	return &t->frames.at[pc->first_frame];
}

static const char *name_of(const struct trace *t, u32 function)
{
	return trace_string(t, t->functions.at[function].name);
}

static void tables_come_back(void **state)
{
	char *path = tracegen(text);
	struct trace *t = check_open(path);
	const struct trace_frame *frames;
	const struct trace_process *p;
	u32 n;

	(void)state;
	assert_true(t->complete);
	assert_int_equal(t->wall_ns, 1700000000000000000u);
	assert_int_equal(strtab_length(&t->strings, t->command), strlen("./app --big -x"));
	assert_memory_equal(trace_string(t, t->command), "./app\0--big\0-x", 14);
	assert_string_equal(trace_string(t, t->host), "Linux 6.1 x86_64 testhost");
	assert_string_equal(trace_string(t, t->options), "--memory=on");
	assert_int_equal(t->end_ns, 2500000000u);
	assert_int_equal(t->lost_events, 2);
	assert_int_equal(t->n_events, 10);

	assert_int_equal(t->modules.n, 3);
	assert_string_equal(trace_string(t, t->modules.at[0].path), "");
	assert_string_equal(trace_string(t, t->modules.at[1].path), "/lib/libx.so");
	assert_int_equal(t->modules.at[1].build_id_len, 4);
	assert_memory_equal(t->modules.at[1].build_id, "\x0a\x1b\x2c\x3d", 4);

	assert_int_equal(t->processes.n, 3);
	p = t->processes.at;
	assert_int_equal(p[0].pid, 100);
	assert_int_equal(p[0].parent, NO_ID);
	assert_int_equal(p[0].flags, PROCESS_ENDED | PROCESS_STATUS_KNOWN);
	assert_int_equal(p[0].signal, 11);
	assert_int_equal(p[0].end_ns, 9000000);
	assert_int_equal(p[0].rss_peak_bytes, 65536);
	assert_int_equal(p[0].peak_bytes, 364);
	assert_int_equal(p[0].peak_blocks, 4);
	assert_int_equal(p[0].time_mode, TIME_SAMPLE);
	assert_int_equal(p[0].time_clock, TIME_CPU);
	assert_int_equal(p[0].frequency, 250);
	assert_int_equal(p[1].time_mode, TIME_EXACT);
	assert_int_equal(p[1].time_clock, TIME_WALL);
	assert_int_equal(t->samples.n, 2);
	assert_int_equal(t->samples.at[0].ns, 7000000);
	assert_int_equal(t->samples.at[0].count, 1);
	assert_int_equal(t->samples.at[0].span_ns, 4000000);
	assert_int_equal(t->samples.at[1].ns, 7500000);
	assert_int_equal(t->samples.at[1].count, 3);
	assert_int_equal(t->samples.at[1].span_ns, 12000000);
	assert_int_equal(t->sites.at[t->samples.at[1].site].thread, 1);
	assert_int_equal(t->releases.n, 1);
	assert_int_equal(t->releases.at[0].ns, 8000000);
	assert_int_equal(t->releases.at[0].frees, 3);
	assert_int_equal(t->releases.at[0].bytes, 4096);
	assert_int_equal(t->calls.n, 1);
	assert_int_equal(t->calls.at[0].ns, 8000000);
	assert_int_equal(t->calls.at[0].calls, 5);
	assert_int_equal(t->calls.at[0].self_ns, 2000000);
	assert_int_equal(t->sites.at[t->calls.at[0].site].thread, 2);
	assert_int_equal(t->line_memory.n, 2);
	assert_int_equal(t->line_memory.at[0].ns, 8000000);
	assert_int_equal(t->line_memory.at[0].process, 1);
	assert_string_equal(trace_string(t, t->functions.at[t->line_memory.at[0].function].name), "main");
	assert_int_equal(t->line_memory.at[0].line, 11);
	assert_int_equal(t->line_memory.at[0].hits, 3);
	assert_int_equal(t->line_memory.at[0].most_bytes, 4096);
	assert_int_equal(t->line_memory.at[0].increment_bytes, -8192);
	assert_int_equal(t->line_memory.at[1].most_bytes, 0);
	assert_int_equal(t->line_memory.at[1].increment_bytes, 4096);
	assert_int_equal(t->brackets.n, 1);
	assert_int_equal(t->brackets.at[0].start_ns, 2000000);
	assert_int_equal(t->brackets.at[0].end_ns, 8500000);
	assert_int_equal(t->brackets.at[0].level, 1);
	assert_int_equal(t->brackets.at[0].start_bytes, 1000);
	assert_int_equal(t->brackets.at[0].end_bytes, 2000);
	assert_int_equal(p[1].ppid, 100);
	assert_int_equal(p[1].parent, 0);
	assert_int_equal(p[1].origin, PROCESS_FORK);
	assert_int_equal(p[1].exit_status, 7);
	assert_int_equal(p[1].inherited_frees, 3);
	assert_int_equal(p[1].peak_bytes, 2000);
	assert_int_equal(p[2].flags, PROCESS_NOT_RECORDED);
	assert_string_equal(trace_string(t, p[2].reason), "is static");

	assert_int_equal(t->threads.n, 3);
	assert_string_equal(trace_string(t, t->threads.at[1].name), "worker");
	assert_int_equal(t->threads.at[2].process, 1);

	assert_int_equal(t->sites.at[0].thread, 0);
	frames = frames_of(t, t->sites.at[0].node, &n);
	assert_int_equal(n, 1);
	assert_string_equal(name_of(t, frames[0].function), "g");
	assert_int_equal(frames[0].line, 31);
	assert_int_equal(t->functions.at[frames[0].function].flags, FUNCTION_ALLOCATOR);
	frames = frames_of(t, t->nodes.at[t->sites.at[0].node].parent, &n);
	assert_string_equal(name_of(t, frames[0].function), "f");
	assert_int_equal(frames[0].line, 25);
	frames = frames_of(t, t->sites.at[1].node, &n);
	assert_int_equal(n, 2);
	assert_string_equal(name_of(t, frames[0].function), "g");
	assert_int_equal(frames[0].line, 33);
	assert_string_equal(name_of(t, frames[1].function), "f");
	frames = frames_of(t, t->sites.at[2].node, &n);
	assert_int_equal(t->functions.at[frames[0].function].language, LANGUAGE_PYTHON);
	frames = frames_of(t, t->nodes.at[t->sites.at[2].node].parent, &n);
	assert_string_equal(name_of(t, frames[0].function), "std::vector<int>::~vector");
	frames_of(t, t->sites.at[3].node, &n);
	assert_int_equal(n, 0);
	assert_int_equal(t->pcs.at[t->nodes.at[t->sites.at[3].node].pc].offset, 0x77);

	assert_int_equal(t->maps.n, 2);
	assert_int_equal(t->maps.at[1].kind, MAP_REMOVED);
	assert_int_equal(t->maps.at[1].bytes, 4096);
	assert_int_equal(t->mapped_bytes, 8192);
	assert_int_equal(t->mapped_peak_bytes, 8192);
	assert_int_equal(t->rss.n, 2);
	assert_int_equal(t->rss.at[1].process, 1);
	assert_int_equal(t->rss.at[1].bytes, 1024);
	assert_int_equal(t->rss.at[1].ns, 7000000);

	assert_int_equal(t->totals[0].temporary, 1);
	assert_int_equal(t->totals[1].allocations, 3);
	assert_int_equal(t->totals[1].frees, 2);
	assert_int_equal(t->totals[2].temporary, 1);
	trace_free(t);
	unlink(path);
	free(path);
}

/* A later symbol of a pc wins; a program with nothing in it is a trace. */
static void symbols_are_refined(void **state)
{
	static const struct writer_info info = {"x", 1, "h", "o", 0};
	char *path = check_path("symbols");
	struct err err;
	struct writer *w = writer_new(path, false, &info, &err);
	u32 a = writer_string(w, "a", 1), b = writer_string(w, "b", 1);
	u32 f = writer_function(w, &(struct trace_function){.name = a});
	u32 g = writer_function(w, &(struct trace_function){.name = b});
	u32 pc = writer_pc(w, &(struct trace_pc){0, UINT64_MAX});
	struct trace_frame frames[] = {{f, a, 1}, {g, b, UINT32_MAX}};
	struct trace *t;

	(void)state;
	assert_int_equal(writer_string(w, "a", 1), a);
	writer_symbol(w, pc, frames, 1);
	writer_flush(w);
	writer_symbol(w, pc, frames, 2);
	assert_int_equal(writer_close(w, &(struct writer_end){0}, &err), 0);
	t = check_open(path);
	assert_true(t->complete);
	assert_int_equal(t->pcs.at[pc].n_frames, 2);
	assert_int_equal(t->pcs.at[pc].offset, UINT64_MAX);
	assert_int_equal(t->frames.at[t->pcs.at[pc].first_frame + 1].line, UINT32_MAX);
	assert_int_equal(t->blocks.n, 0);
	assert_non_null(t->totals);
	trace_free(t);
	unlink(path);
	free(path);
}

/* Enough of everything that increments, totals and indexes need several frames. */
static void large_tables_come_back(void **state)
{
	enum { SITES = 400000, DEEP = 150000 };
	static const struct writer_info info = {"x", 1, "h", "o", 0};
	char *path = check_path("large"), name[64];
	struct err err;
	struct writer *w = writer_new(path, false, &info, &err);
	struct trace_totals *totals = xcalloc(SITES, sizeof(*totals));
	struct trace *t;

	(void)state;
	writer_process(w, &(struct trace_process){.parent = NO_ID});
	writer_thread(w, &(struct trace_thread){0});
	for (u32 i = 0; i < SITES; i++) {
		u32 s = writer_string(w, name,
				      (size_t)snprintf(name, sizeof(name), "a rather long name %u", i));

		writer_pc(w, &(struct trace_pc){0, (u64)i << 40});
		writer_node(w, &(struct trace_node){i < DEEP ? i : 0, i});
		writer_site(w, &(struct trace_site){0, i + 1});
		writer_function(w, &(struct trace_function){.name = s, .line = i});
		writer_symbol(w, i, &(struct trace_frame){i, s, i}, 1);
		writer_alloc(w, i, i, i, 0);
		totals[i] = (struct trace_totals){1, i, 0, 0, 0, 1, i, 1, i};
	}
	assert_int_equal(writer_close(w, &(struct writer_end){0}, &err), 0);
	t = check_open(path);
	assert_true(t->complete);
	assert_int_equal(t->sites.n, SITES);
	assert_int_equal(t->functions.n, SITES);
	for (u32 i = 0; i < SITES; i++) {
		assert_int_equal(t->pcs.at[i].offset, (u64)i << 40);
		assert_int_equal(t->nodes.at[i + 1].parent, i < DEEP ? i : 0);
		assert_int_equal(t->frames.at[t->pcs.at[i].first_frame].function, i);
	}
	assert_memory_equal(t->totals, totals, SITES * sizeof(*totals));
	trace_free(t);
	unlink(path);
	free(path);
	free(totals);
}

/* The order of a hundred threads in one block, and a free by a thread that came later. */
static void crossing_frees_keep_their_thread(void **state)
{
	char *path = tracegen("process 1 1 0 a\nthread 1 1\nthread 1 2\nthread 1 3\n"
			      "0.1 t1 alloc 1 m x5\nflush\n0.2 t3 free #3\n0.2 t2 alloc 9 m\n0.3 t1 free #5\n"
			      "0.4 t1 free #0\n0.5 t3 free #1\n");
	struct trace *t = check_open(path);
	struct trace_cursor *cursor = trace_cursor_new(t);
	struct trace_events e;
	struct err err;

	(void)state;
	assert_int_equal(t->blocks.n, 2);
	assert_int_equal(trace_cursor_block(cursor, 1, &e, &err), 0);
	assert_int_equal(e.n, 5);
	assert_int_equal(e.thread[0], 2);
	assert_int_equal(e.thread[1], 1);
	assert_int_equal(e.thread[2], 0);
	assert_int_equal(e.thread[3], 0);
	assert_int_equal(e.thread[4], 2);
	assert_int_equal(e.ordinal[2], 5);
	assert_int_equal(trace_cursor_block(cursor, 2, &e, &err), -1);
	trace_cursor_free(cursor);
	trace_free(t);
	unlink(path);
	free(path);
}

/* Of a recorder that was killed: what the end would have said is known from the rest. */
static void the_end_is_estimated(void **state)
{
	char *path = tracegen("process 1 1 0 a\nthread 1 1\nfork 2 2 1 b\nthread 2 2\n"
			      "0.1 t1 map 1000 m\n0.2 t2 map 5000 m\n0.3 t2 unmap 1000 m\n0.4 t2 alloc 7 m\n"
			      "set 2 lost_events 3\n0.5 exit 2 0\n0.6 t1 map 2500 m\n0.7 t1 alloc 5 m\n0.9 "
			      "rss 1 10\ncut\n");
	struct trace *t = check_open(path);

	(void)state;
	assert_false(t->complete);
	assert_int_equal(t->mapped_bytes, 8500);
	assert_int_equal(t->mapped_peak_bytes, 6000);
	assert_int_equal(t->end_ns, 900000000);
	assert_int_equal(t->lost_events, 3);
	assert_int_equal(t->peak_bytes, 7);
	assert_int_equal(t->totals[1].peak_bytes, 7);
	assert_int_equal(t->totals[0].peak_bytes, 0);
	assert_int_equal(t->totals[0].process_peak_bytes, 5);
	assert_int_equal(t->ends.n, 1);
	assert_int_equal(t->ends.at[0].event, 1);
	trace_free(t);
	unlink(path);
	free(path);
}

static bool count_calls(void *context, u64 done, u64 total)
{
	u64 *calls = context;

	assert_true(done <= total);
	return ++*calls < 3;
}

static void progress_can_stop(void **state)
{
	char *path = check_path("progress");
	struct synth s = programs[4];
	struct ledger ledger = {0};
	struct trace *t;
	struct err err;
	u64 calls = 0;

	(void)state;
	for (int no_end = 0; no_end < 2; no_end++, calls = 0) {
		s.no_end = no_end;
		synth_write(path, &s, &ledger);
		t = trace_open(path, count_calls, &calls, &err);
		assert_non_null(t);
		assert_int_equal(calls, 3);
		assert_false(t->complete);
		assert_non_null(strstr(t->damage, "stopped"));
		assert_non_null(t->totals);
		check_events(t, &ledger);
		trace_free(t);
		ledger_free(&ledger);
	}
	unlink(path);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finished_traces_come_back),
		cmocka_unit_test(unfinished_traces_come_back),
		cmocka_unit_test(tables_come_back),
		cmocka_unit_test(symbols_are_refined),
		cmocka_unit_test(large_tables_come_back),
		cmocka_unit_test(crossing_frees_keep_their_thread),
		cmocka_unit_test(the_end_is_estimated),
		cmocka_unit_test(progress_can_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
