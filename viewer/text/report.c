/* Which part prints which view in which format. */
#include "viewer/text/report.h"

#include <string.h>

#include "viewer/model/figures.h"
#include "viewer/text/command.h"
#include "viewer/text/heap_map_rows.h"
#include "viewer/text/line_memory_table.h"
#include "viewer/text/memory.h"
#include "viewer/text/pstats.h"
#include "viewer/text/sources.h"
#include "viewer/text/stacks.h"
#include "viewer/text/times.h"

enum { ROWS = 25, SUMMARY_ROWS = 5, JSON_POINTS = 100, ALL_POINTS = 1000 };

static const char *const view_names[N_REPORTS] = {"summary",   "functions", "tree",     "callers",
						  "lines",     "leaks",     "timeline", "threads",
						  "processes", "sizes",     "map"};

static u64 limit_of(const struct report *r)
{
	return r->options->limit == REPORT_DEFAULT ? ROWS : (u64)r->options->limit;
}

static void json_begin(struct report *r, struct json *j)
{
	*j = (struct json){.file = r->out.file};
	json_open(j, '{');
	json_key_u64(j, "schema", 1);
	json_key_string(j, "view", view_names[r->options->view]);
	if (r->options->view != REPORT_SUMMARY)
		json_key_string(j, "metric", metric_info[r->metric].name);
	summary_json_trace(r, j);
	json_line(j);
}

static void json_end(struct json *j)
{
	json_close(j, '}');
	putc('\n', j->file);
}

static int print_summary(struct report *r, struct err *err)
{
	struct json j;

	if (r->options->sort)
		return err_set(err, "--sort is for views with rows; --view=summary has none");
	if (r->options->format == FORMAT_CSV) {
		struct table table = memory_table(&r->a->total);

		table_sort(&table, NULL, NULL, NULL, false, 0);
		table_print_csv(&table, NULL, r->out.file);
		table_free(&table);
		return 0;
	}
	if (r->options->format == FORMAT_TEXT) {
		summary_print_text(r, r->options->limit == REPORT_DEFAULT ? SUMMARY_ROWS
				      : r->options->limit == 0            ? UINT32_MAX
									  : (u32)r->options->limit);
		return 0;
	}
	json_begin(r, &j);
	json_key_u64(&j, "rss_peak_bytes", analysis_rss_peak(r->a));
	heap_map_json_peak(r->a, &j);
	json_line(&j);
	json_key(&j, "processes");
	json_open(&j, '[');
	for (size_t i = 0; i < r->a->processes.n; i++) {
		json_line(&j);
		summary_json_process(r, &j, &r->a->processes.at[i]);
	}
	json_close(&j, ']');
	json_end(&j);
	return 0;
}

static int print_branches(struct report *r, struct err *err)
{
	struct branches b;
	struct json j;

	if (r->options->sort)
		return err_set(err, "--sort is for views with rows; a tree is ranked by --metric");
	branches_init(&b, r->a, r->metric, r->options->view == REPORT_CALLERS, limit_of(r));
	b.reverse = r->options->reverse;
	switch (r->options->format) {
	case FORMAT_JSON:
		json_begin(r, &j);
		json_key(&j, "root");
		branches_print_json(&b, &j);
		json_end(&j);
		break;
	case FORMAT_CSV:
		branches_print_csv(&b, r->out.file);
		break;
	default:
		branches_print_text(&b, &r->out, command_text(r->trace, r->trace->command, &r->arena));
		break;
	}
	branches_fini(&b);
	return 0;
}

/* Of the heap map: the end of the range that was asked for, else the peak. */
static bool is_at_end(const struct report *r)
{
	return r->options->lens.to != NULL;
}

static void rows_json(struct report *r, const struct rows *rows, const struct table_context *c)
{
	struct json j;

	json_begin(r, &j);
	if (r->options->view == REPORT_TIMELINE)
		json_key_seconds(&j, "interval_s", rows->interval_ns);
	else
		json_key_u64(&j, "total_rows", rows->table.n_rows);
	if (rows->map)
		heap_map_json(rows->map, is_at_end(r), &j);
	json_key(&j, r->options->view == REPORT_TIMELINE ? "points" : "rows");
	json_open(&j, '[');
	if (r->options->view == REPORT_LEAKS) {
		stacks_print_json(rows, c, &j);
	} else {
		for (u32 i = 0; i < rows->table.n_shown; i++) {
			json_line(&j);
			if (r->options->view == REPORT_PROCESSES) {
				summary_json_process(r, &j, table_row(&rows->table, i));
				continue;
			}
			json_open(&j, '{');
			table_json_row(&rows->table, c, &j, table_row(&rows->table, i));
			json_close(&j, '}');
		}
	}
	json_close(&j, ']');
	json_end(&j);
}

/* A timeline's most live bytes are drawn as well; without memory the time. */
static void set_bar(struct table *t)
{
	const struct timeline_point *points = t->rows;
	bool time = t->hides & COLUMN_OF_MEMORY;

	t->bar = table_column(t, time ? "self_s" : "max_live_bytes");
	for (u32 i = 0; i < t->n_rows; i++)
		t->bar_whole = MAX(t->bar_whole, time ? points[i].time_ns : points[i].max_live_bytes);
}

static void rows_text(struct report *r, const struct rows *rows, const struct table_context *c,
		      const struct column *by)
{
	u32 hidden = rows->table.n_rows - rows->table.n_shown;
	bool of_memory = r->options->view == REPORT_LEAKS || r->options->view == REPORT_SIZES;

	if (of_memory && analysis_memory_missing(r->a)) {
		out_paragraph(&r->out, analysis_memory_missing(r->a), 0);
		summary_print_notes(r);
		return;
	}
	if (rows->map)
		heap_map_print_head(rows->map, is_at_end(r), &r->out);
	if (r->options->view == REPORT_LEAKS)
		stacks_print_text(rows, c, &r->out);
	else
		table_print_text(&rows->table, c, &r->out, by);
	if (hidden)
		fprintf(r->out.file, "%s%s %u more: --limit=0 shows all\n",
			r->options->view == REPORT_LEAKS ? "\n" : "", out_glyph(&r->out, "…", "..."), hidden);
	if (r->options->function)
		line_memory_hint(c, r->options->function, &r->out);
	summary_print_notes(r);
}

static int init_rows(struct report *r, struct rows *rows, struct table_context *c, u32 n_points,
		     struct err *err)
{
	static const enum rows_view views[N_REPORTS] = {
		[REPORT_FUNCTIONS] = ROWS_FUNCTIONS, [REPORT_LINES] = ROWS_LINES,
		[REPORT_THREADS] = ROWS_THREADS,     [REPORT_PROCESSES] = ROWS_PROCESSES,
		[REPORT_SIZES] = ROWS_SIZES,         [REPORT_TIMELINE] = ROWS_TIMELINE,
	};

	if (r->options->view == REPORT_LEAKS) {
		stacks_init(rows, c);
		return 0;
	}
	if (r->options->view == REPORT_MAP)
		return heap_map_rows_init(rows, r->a, is_at_end(r), err);
	if (r->options->view == REPORT_LINES && r->options->function)
		return rows_init_function(rows, c, r->options->function, err);
	return rows_init(rows, views[r->options->view], c, r->a, n_points, err);
}

static int print_rows(struct report *r, struct err *err)
{
	const struct report_options *o = r->options;
	struct table_context c = {.a = r->a, .metric = r->metric, .sources = r->sources, .arena = &r->arena};
	bool points = o->view == REPORT_TIMELINE;
	const struct column *by, *then;
	u64 limit = limit_of(r), n_points = limit ? MIN(limit, 1u << 20) : ALL_POINTS;
	struct rows rows;

	if (o->function && o->format == FORMAT_TEXT && line_memory_print(&c, o->function, &r->out) > 0) {
		if (!r->trace->complete || summary_changed_source(r))
			summary_print_notes(r);
		return 0;
	}
	if (points && o->limit == REPORT_DEFAULT && o->format != FORMAT_TEXT)
		n_points = JSON_POINTS;
	if (init_rows(r, &rows, &c, (u32)n_points, err) < 0)
		return -1;
	by = rows.by;
	then = rows.then;
	if (o->sort) {
		by = table_column(&rows.table, o->sort);
		then = rows.by;
		if (!by) {
			rows_fini(&rows);
			return err_set(err, "--sort: '%s' is no column of --view=%s; --format=csv names them",
				       o->sort, view_names[o->view]);
		}
	}
	if (o->function && o->limit == REPORT_DEFAULT)
		limit = 0; /* a function's table has all its lines */
	if (points)
		set_bar(&rows.table);
	table_sort(&rows.table, &c, by, then, o->reverse, points ? 0 : limit);
	switch (o->format) {
	case FORMAT_JSON:
		rows_json(r, &rows, &c);
		break;
	case FORMAT_CSV:
		table_print_csv(&rows.table, &c, r->out.file);
		break;
	default:
		rows_text(r, &rows, &c, by);
		break;
	}
	rows_fini(&rows);
	return 0;
}

static enum metric default_metric(int view, const struct figures *all)
{
	if (figures_timed(all) && figures_no_memory(all))
		return view == REPORT_TREE ? METRIC_TOTAL : METRIC_SELF;
	return view == REPORT_LEAKS ? METRIC_LEAKED : view == REPORT_THREADS ? METRIC_ALLOCATED : METRIC_PEAK;
}

static int check_options(const struct report_options *o, const struct trace *trace, struct err *err)
{
	if (o->format == FORMAT_PSTATS && o->view != REPORT_FUNCTIONS && o->view != REPORT_SUMMARY)
		return err_set(err, "--format=pstats goes with --view=functions");
	if (o->metric != REPORT_DEFAULT && metric_check(trace, (enum metric)o->metric, err) < 0)
		return -1;
	if (o->function && o->view != REPORT_LINES)
		return err_set(err, "--function goes with --view=lines");
	return 0;
}

int report_print(const struct report_options *options, struct analysis *a, const struct out *out,
		 struct err *err)
{
	struct report r = {.options = options, .trace = a->trace, .a = a, .out = *out};
	int status;

	if (check_options(options, a->trace, err) < 0)
		return -1;
	r.metric = options->metric == REPORT_DEFAULT ? default_metric(options->view, &a->total.figures)
						     : (enum metric)options->metric;
	if (options->sources || options->function)
		r.sources = sources_new();
	/* There is but one view that pstats knows. */
	if (options->format == FORMAT_PSTATS)
		status = pstats_print(&r, err);
	else if (options->view == REPORT_SUMMARY)
		status = print_summary(&r, err);
	else if (options->view == REPORT_TREE || options->view == REPORT_CALLERS)
		status = print_branches(&r, err);
	else
		status = print_rows(&r, err);
	sources_free(r.sources);
	arena_free(&r.arena);
	return status;
}
