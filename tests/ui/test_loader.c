/* The loading thread, without a screen. Run under ThreadSanitizer too. */
#include <poll.h>
#include <unistd.h>

#include "tests/ui/fixture.h"
#include "tests/unit/check_trace.h"
#include "tests/unit/synth.h"
#include "tests/unit/test.h"
#include "viewer/ui/app.h"
#include "viewer/ui/loader.h"

enum { PATIENCE_MS = 20000 };

static struct flows *flows; /* of the last LOADER_FLOWS */

/* Waits for the next thing that is more than progress. */
static enum loader_result next(struct loader *loader, struct trace **trace, struct findings **findings,
			       struct err *err)
{
	struct pollfd fd = {.fd = loader_fd(loader), .events = POLLIN};

	for (;;) {
		enum loader_result result = loader_take(loader, trace, findings, &flows, err);
		if (result != LOADER_NOTHING)
			return result;
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	}
}

/* A loader that has given its trace. */
static struct loader *open_loader(const char *path, struct trace **trace)
{
	struct loader *loader = loader_new(path, NULL, TRACE_FRAMES_MIXED);
	struct findings *findings;
	struct err err;

	*trace = NULL;
	assert_int_equal(next(loader, trace, &findings, &err), LOADER_TRACE);
	return loader;
}

/* Writes a trace, and gives the path of its file. */
static char *write_synth(const char *name, const struct synth *synth)
{
	struct ledger ledger = {0};
	char *path = check_path(name);

	synth_write(path, synth, &ledger);
	ledger_free(&ledger);
	return path;
}

static void remove_synth(char *path)
{
	unlink(path);
	free(path);
}

static void test_trace_then_findings(void **state)
{
	struct trace *trace = NULL;
	struct findings *findings = NULL;
	struct lens lens;
	struct err err;
	const char *what;
	u64 done, total;

	(void)state;
	struct loader *loader = open_loader(fixture_trace("parse"), &trace);
	assert_false(loader_progress(loader, &what, &done, &total));
	lens_init(&lens);
	loader_request(loader, trace, &lens, false);
	assert_true(loader_progress(loader, &what, &done, &total));
	assert_int_equal(next(loader, &trace, &findings, &err), LOADER_FINDINGS);
	assert_true(findings->analysis->tree.n > 1);
	findings_free(findings);
	assert_true(loader_free(loader, PATIENCE_MS));
	trace_free(trace);
}

static void test_the_last_request_counts(void **state)
{
	struct trace *trace = NULL;
	struct findings *findings = NULL;
	struct lens lens;
	struct err err;

	(void)state;
	struct loader *loader = open_loader(fixture_trace("parse"), &trace);
	lens_init(&lens);
	for (int i = 0; i < 50; i++)
		loader_request(loader, trace, &lens, false);
	lens.filter = "^intern_add$";
	loader_request(loader, trace, &lens, false);
	assert_int_equal(next(loader, &trace, &findings, &err), LOADER_FINDINGS);
	assert_int_equal(findings->analysis->total.figures.allocations, 5000);
	findings_free(findings);
	assert_int_equal(loader_take(loader, &trace, &findings, &flows, &err), LOADER_NOTHING);
	assert_true(loader_free(loader, PATIENCE_MS));
	trace_free(trace);
}

static void test_failures(void **state)
{
	struct trace *trace = NULL;
	struct findings *findings = NULL;
	struct lens lens;
	struct err err;

	(void)state;
	struct loader *loader = loader_new("/nowhere/nothing.zst", NULL, TRACE_FRAMES_MIXED);
	assert_int_equal(next(loader, &trace, &findings, &err), LOADER_FAILED);
	assert_non_null(strstr(err.text, "nothing.zst"));
	assert_true(loader_free(loader, PATIENCE_MS));

	loader = open_loader(fixture_trace("parse"), &trace);
	lens_init(&lens);
	lens.filter = "(";
	loader_request(loader, trace, &lens, false);
	assert_int_equal(next(loader, &trace, &findings, &err), LOADER_LENS_FAILED);
	assert_true(strlen(err.text) > 0);
	assert_true(loader_free(loader, PATIENCE_MS));
	trace_free(trace);
}

/* At whatever moment it is left, nothing is lost or freed twice. */
static void test_leaving_at_any_time(void **state)
{
	struct trace *trace;
	struct findings *findings;
	struct lens lens;
	struct err err;

	(void)state;
	lens_init(&lens);
	for (int i = 0; i < 30; i++) {
		struct loader *loader = loader_new(fixture_trace("parse"), NULL, TRACE_FRAMES_MIXED);
		trace = NULL;
		if (i % 3 == 1)
			loader_stop(loader);
		if (i % 3 == 2) {
			assert_int_equal(next(loader, &trace, &findings, &err), LOADER_TRACE);
			loader_request(loader, trace, &lens, false);
			if (i % 2)
				loader_stop(loader);
		}
		assert_true(loader_free(loader, PATIENCE_MS));
		if (trace)
			trace_free(trace);
	}
}

/* Of a large trace the flows come after the findings, which are in use meanwhile, or dropped. */
static void test_flows_come_later(void **state)
{
	struct synth synth = {.seed = 7,
			      .n_events = 300000,
			      .n_sites = 20,
			      .n_threads = 2,
			      .n_processes = 1,
			      .n_live = 500};
	struct trace *trace = NULL;
	struct findings *findings = NULL;
	struct lens lens;
	struct err err;

	(void)state;
	char *path = write_synth("loader", &synth);
	struct loader *loader = open_loader(path, &trace);
	lens_init(&lens);
	for (int i = 0; i < 20; i++) {
		loader_request(loader, trace, &lens, false);
		/* taken and kept, or left, while its flows are made */
		if (i % 3 == 0) {
			struct findings *old = findings;
			assert_int_equal(next(loader, &trace, &findings, &err), LOADER_FINDINGS);
			assert_null(findings->flows);
			findings_free(old);
		}
	}
	loader_request(loader, trace, &lens, false);
	struct findings *old = findings;
	assert_int_equal(next(loader, &trace, &findings, &err), LOADER_FINDINGS);
	findings_free(old);
	assert_int_equal(next(loader, &trace, &findings, &err), LOADER_FLOWS);
	assert_non_null(flows);
	assert_true(loader_idle(loader));
	flows_free(flows);
	findings_free(findings);
	assert_true(loader_free(loader, PATIENCE_MS));
	trace_free(trace);
	remove_synth(path);
}

/* The peaks of single processes come after all else, where there is much to read. */
static void test_own_peaks_come_later(void **state)
{
	struct synth synth = {.seed = 8,
			      .n_events = 50000,
			      .n_sites = 20,
			      .n_threads = 4,
			      .n_processes = 2,
			      .n_live = 500,
			      .flush_every = 500};
	struct trace *trace = NULL;
	struct findings *first = NULL, *second = NULL, *last = NULL;
	struct analysis *all;
	struct lens lens;
	struct err err;

	(void)state;
	char *path = write_synth("peaks", &synth);
	struct loader *loader = open_loader(path, &trace);
	lens_init(&lens);
	lens.from_ns = trace->end_ns / 10;
	all = analysis_new(trace, &lens, NULL, NULL, &err);
	for (int round = 0; round < 2; round++) {
		loader_request(loader, trace, &lens, round == 1);
		assert_int_equal(next(loader, &trace, &first, &err), LOADER_FINDINGS);
		if (first->analysis->own_peaks_later) {
			assert_true(first->analysis->processes.at[0].memory.figures.peak_bytes ==
				    FIGURE_UNKNOWN);
			assert_int_equal(next(loader, &trace, &second, &err), LOADER_FINDINGS);
		} else {
			/* The second came before anybody took the first. */
			second = first;
			first = NULL;
		}
		assert_false(second->analysis->own_peaks_later);
		assert_int_equal(all->processes.n, second->analysis->processes.n);
		for (size_t i = 0; i < all->processes.n; i++)
			assert_memory_equal(&all->processes.at[i].memory,
					    &second->analysis->processes.at[i].memory,
					    sizeof(all->processes.at[i].memory));
		assert_memory_equal(&all->total, &second->analysis->total, sizeof(all->total));
		/* The last ones are in use until others are there, or the thread has gone. */
		findings_free(first);
		findings_free(last);
		last = second;
	}
	assert_true(loader_free(loader, PATIENCE_MS));
	findings_free(last);
	analysis_free(all);
	trace_free(trace);
	remove_synth(path);
}

static const struct synth large = {.seed = 9,
				   .n_events = 200000,
				   .n_sites = 50,
				   .n_threads = 4,
				   .n_processes = 2,
				   .n_live = 500,
				   .flush_every = 500};

/* Of a part of the stacks of a large trace what was allocated comes first, and all else follows. */
static void test_counts_come_first(void **state)
{
	struct trace *trace = NULL;
	struct findings *first = NULL, *last = NULL;
	struct analysis *all;
	struct lens lens;
	struct err err;

	(void)state;
	char *path = write_synth("counts", &large);
	struct loader *loader = open_loader(path, &trace);
	lens_init(&lens);
	lens.filter = "[13579]$";
	lens.from_ns = trace->end_ns / 10;
	all = analysis_new(trace, &lens, NULL, NULL, &err);
	for (int round = 0; round < 10; round++) {
		loader_request(loader, trace, &lens, false);
		if (round % 3 == 1)
			continue; /* given up for the next one, wherever it is */
		do {
			assert_int_equal(next(loader, &trace, &first, &err), LOADER_FINDINGS);
			const struct analysis *a = first->analysis;
			assert_non_null(first->heap);
			assert_int_equal(a->total.figures.allocated_bytes,
					 all->total.figures.allocated_bytes);
			assert_int_equal(a->total.figures.freed_bytes, all->total.figures.freed_bytes);
			if (a->counts_only) {
				assert_true(a->total.figures.leaked_bytes == FIGURE_UNKNOWN);
				assert_true(a->total.figures.peak_bytes == FIGURE_UNKNOWN);
				assert_true(a->functions.at[0].total.temporary == FIGURE_UNKNOWN);
				assert_int_equal(timeline_peak(first->heap, &(u64){0}), 0);
			} else {
				assert_memory_equal(&all->total, &a->total, sizeof(all->total));
			}
			findings_free(last);
			last = first;
		} while (last->analysis->counts_only);
	}
	assert_true(loader_free(loader, PATIENCE_MS));
	findings_free(last);
	analysis_free(all);
	trace_free(trace);
	remove_synth(path);
}

static bool surface_says(const struct surface *s, const char *what)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	surface_dump(s, out);
	fclose(out);
	bool there = strstr(text, what) != NULL;
	free(text);
	return there;
}

/* The same without a thread: which comes when is certain. */
static void take_analysis(void *context, struct analysis *counts)
{
	*(struct analysis **)context = counts;
}

static void test_counts_are_drawn(void **state)
{
	struct focus focus = {.metric = METRIC_PEAK};
	struct analysis *counts = NULL;
	struct surface s;
	struct err err;
	struct app app;

	(void)state;
	char *path = write_synth("drawn", &large);
	struct trace *trace = check_open(path);
	lens_init(&focus.lens);
	focus.lens.filter = "[13579]$";
	app_init(&app, path, &focus, &glyphs_utf8);
	app_give_trace(&app, trace, &focus.lens);
	struct analysis *all = analysis_new_soon(trace, &focus.lens, take_analysis, NULL, &counts, &err);
	assert_non_null(counts);
	assert_true(counts->counts_only && !all->counts_only);
	analysis_free(all);
	app_give_findings(&app, findings_counts(counts, &focus.lens, false));
	surface_init(&s, false);
	surface_resize(&s, 160, 50);
	for (int view = 0; view < N_VIEWS; view++) {
		if (view == VIEW_DIFF)
			continue;
		app_show_view(&app, view);
		app_draw(&app, &s);
		/* What is not known is no fact: neither what was allocated as the peak, nor nothing. */
		if (view == VIEW_FLAME)
			assert_true(surface_says(&s, "all  ? at peak, as wide as bytes allocated"));
		if (view == VIEW_HEAP) {
			assert_true(surface_says(&s, "live ?"));
			assert_false(surface_says(&s, " 0 blocks"));
			assert_false(surface_says(&s, " 0 allocations"));
			assert_false(surface_says(&s, "at most 0"));
		}
		for (const char *at = "<Down><Right><Enter><Left>"; *at;)
			app_event(&app, &(struct event){.kind = EVENT_KEY, .key = key_parse_typed(&at)});
		app_draw(&app, &s);
	}
	struct findings *complete = findings_new(trace, &focus.lens, NULL, NULL, NULL, &err);
	app_give_findings(&app, complete);
	for (int view = VIEW_FLAME; view <= VIEW_HEAP; view++) {
		app_show_view(&app, view);
		app_draw(&app, &s);
		assert_false(surface_says(&s, "?  "));
	}
	assert_true(surface_says(&s, " blocks"));
	surface_fini(&s);
	app_fini(&app);
	remove_synth(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trace_then_findings),
		cmocka_unit_test(test_the_last_request_counts),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_leaving_at_any_time),
		cmocka_unit_test(test_flows_come_later),
		cmocka_unit_test(test_own_peaks_come_later),
		cmocka_unit_test(test_counts_come_first),
		cmocka_unit_test(test_counts_are_drawn),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	fixture_clean();
	return status;
}
