/* view_bench FILE: how long the viewer makes one wait for a trace, without a terminal: CSV, a line for each
 * thing that is done, in milliseconds (median, 99th of 100, longest), the time that all processors were busy
 * with it (mean), which a busy machine changes less, and the most memory that was resident. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "viewer/model/analysis.h"
#include "viewer/ui/app.h"

enum { W = 200, H = 60, TIMES_MAX = 4096, RANGES = 9 };

static double times[TIMES_MAX], cpu_before;
static u32 n_times;

/* What comes before the rest, from where the time is measured. */
static struct early {
	struct app *app;
	struct surface *s;
	bool again;
	double since, times[TIMES_MAX];
	u32 n;
} early;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void took(double since)
{
	if (n_times < TIMES_MAX)
		times[n_times++] = now() - since;
}

static int by_time(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print(const char *what)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	qsort(times, n_times, sizeof(*times), by_time);
	printf("%s,%u,%.2f,%.2f,%.2f,%.2f,%ld\n", what, n_times, times[n_times / 2],
	       times[n_times * 99 / 100], times[n_times - 1], (cpu() - cpu_before) / n_times,
	       usage.ru_maxrss >> 10);
	n_times = 0;
	cpu_before = cpu();
}

static void give_counts(void *context, struct analysis *counts)
{
	struct app *app = early.app;

	(void)context;
	app_give_findings(app, findings_counts(counts, &app_focus(app)->lens, early.again));
	app_draw(app, early.s);
	if (early.n < TIMES_MAX)
		early.times[early.n++] = now() - early.since;
}

static void print_counts(const char *what)
{
	char title[64];

	if (early.n == 0)
		return;
	n_times = early.n;
	for (u32 i = 0; i < n_times; i++)
		times[i] = early.times[i];
	early.n = 0;
	snprintf(title, sizeof(title), "%s: counts", what);
	print(title);
}

static struct findings *find(struct app *app, struct surface *s, bool again, double since)
{
	const struct lens *lens = &app_focus(app)->lens;
	struct err err;

	early.app = app;
	early.s = s;
	early.again = again;
	early.since = since;
	struct findings *findings = again ? findings_soon(app->trace, lens, give_counts, NULL, NULL, &err)
					  : findings_new(app->trace, lens, give_counts, NULL, NULL, &err);

	if (!findings) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	app->lens_wanted = false;
	return findings;
}

static void press(struct app *app, struct surface *s, const char *keys, u32 repeat)
{
	for (u32 i = 0; i < repeat; i++) {
		const char *at = keys;

		for (u32 key; (key = key_parse_typed(&at)) != 0;) {
			double start = now();

			app_event(app, &(struct event){.kind = EVENT_KEY, .key = key});
			app_draw(app, s);
			took(start);
		}
	}
}

/* Moving about in each view, opening and closing. */
static void press_keys(struct app *app, struct surface *s)
{
	for (int view = 0; view < N_VIEWS; view++) {
		if (view == VIEW_DIFF || !app->views[view])
			continue;
		double start = now();
		app_show_view(app, view);
		app_draw(app, s);
		took(start);
		press(app, s, "<Down><Down><Right><Down><Right><PgDn><Up><Left><End><Home>", 10);
	}
	print("key");
}

static void sort(struct app *app, struct surface *s)
{
	for (int view = VIEW_TOP_DOWN; view <= VIEW_THREADS; view++) {
		app_show_view(app, view);
		app_draw(app, s);
		for (int metric = 0; metric < N_METRICS; metric++) {
			double start = now();

			app_set_metric(app, metric);
			app_draw(app, s);
			took(start);
			start = now();
			app_reverse(app);
			app_draw(app, s);
			took(start);
		}
	}
	print("metric or order");
}

static void give_range(struct app *app, struct surface *s, struct lens *lens)
{
	double start = now();

	app_narrow_time(app, lens->from_ns, lens->to_ns);
	app_give_findings(app, find(app, s, true, start));
	app_draw(app, s);
	took(start);
}

/* Ranges of a part of the run, in several places. */
static void ranges(struct app *app, struct surface *s, const char *what, u32 percent)
{
	u64 end = app->trace->end_ns, length = end / 100 * percent;

	for (u32 i = 0; i < RANGES; i++) {
		struct lens lens;

		lens_init(&lens);
		lens.from_ns = 1 + (end - length) / RANGES * i;
		lens.to_ns = lens.from_ns + length;
		give_range(app, s, &lens);
	}
	print(what);
	print_counts(what);
}

static void lens_of(struct app *app, struct surface *s, const char *what, const struct lens *lens)
{
	struct focus focus = *app_focus(app);
	double start = now();

	focus.lens = *lens;
	history_push(&app->history, &focus);
	app_give_findings(app, find(app, s, false, start));
	app_draw(app, s);
	took(start);
	print(what);
	print_counts(what);
}

int main(int argc, char **argv)
{
	struct focus first = {.metric = METRIC_PEAK};
	double start = now();
	struct surface s;
	struct lens lens;
	struct err err;
	struct app app;
	u32 tid;

	if (argc != 2) {
		fprintf(stderr, "usage: view_bench FILE\n");
		return 2;
	}
	lens_init(&first.lens);
	app_init(&app, argv[1], &first, &glyphs_utf8);
	surface_init(&s, false);
	surface_resize(&s, W, H);
	struct trace *trace = trace_open(argv[1], NULL, NULL, &err);
	if (!trace) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("what,times,median_ms,p99_ms,max_ms,cpu_ms,rss_mib\n");
	took(start);
	print("open");
	app_give_trace(&app, trace, &first.lens);
	app_show_view(&app, VIEW_TOP_DOWN);
	app_draw(&app, &s);
	took(start);
	print("totals on the screen");
	app_give_findings(&app, find(&app, &s, false, start));
	app_draw(&app, &s);
	took(start);
	print("first screen");
	start = now();
	findings_lines(app.findings);
	took(start);
	print("lines");
	start = now();
	app_give_flows(&app, findings_flows(app.findings, NULL, NULL, &err));
	took(start);
	print("flows");
	press_keys(&app, &s);
	sort(&app, &s);
	ranges(&app, &s, "range of 2 %", 2);
	ranges(&app, &s, "range of 33 %", 33);
	ranges(&app, &s, "range of 90 %", 90);
	lens_init(&lens);
	tid = trace->threads.at[0].tid;
	lens.tids = &tid;
	lens.n_tids = 1;
	lens_of(&app, &s, "lens of a thread", &lens);
	lens_init(&lens);
	lens.filter = "function_.*7";
	lens_of(&app, &s, "lens of a filter", &lens);
	surface_fini(&s);
	app_fini(&app);
	return 0;
}
