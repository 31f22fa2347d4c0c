/* Which part prints which view, and the summary: both traces' totals beside each other. */
#include "viewer/text/diff_report.h"

#include <inttypes.h>
#include <string.h>

#include "common/human.h"
#include "viewer/text/command.h"
#include "viewer/text/memory.h"
#include "viewer/text/report.h"
#include "viewer/text/times.h"

enum { ROWS = 25, SUMMARY_ROWS = 5 };

static const char *const view_names[N_DIFF_VIEWS] = {"summary", "functions", "tree", "leaks"};
const char *const diff_side_names[N_DIFF_SIDES] = {"old", "new"};

const char *diff_value_text(char buffer[32], enum metric metric, u64 value)
{
	return metric_short(buffer, metric, value, true);
}

const char *diff_change_text(char buffer[32], enum metric metric, i64 change)
{
	static const enum value_kind kinds[] = {[UNIT_COUNT] = VALUE_CHANGE_COUNT,
						[UNIT_BYTES] = VALUE_CHANGE,
						[UNIT_TIME] = VALUE_CHANGE_TIME};
	struct value v = {.kind = kinds[metric_info[metric].unit], .change = change};

	return value_human(buffer, &v, true);
}

static const char *damage_of(const struct diff_report *r, enum diff_side side)
{
	const struct analysis *a = r->diff->sides[side];

	if (*a->trace->damage || *a->damage)
		return *a->trace->damage ? a->trace->damage : a->damage;
	return a->trace->complete ? "" : "its end is missing";
}

static struct table both_table(const struct diff_report *r)
{
	struct table table = memory_table(NULL);

	table.unmeasured = diff_report_unmeasured(r);
	return table;
}

static void json_changes(const struct diff_report *r, struct json *j)
{
	const struct memory *old = &r->diff->sides[DIFF_OLD]->total, *new = &r->diff->sides[DIFF_NEW]->total;
	struct table table = both_table(r);

	json_open(j, '{');
	for (u32 i = 0; i < table.n_columns; i++) {
		const struct column *column = &table.columns[i];
		struct value a = table_value(&table, column, NULL, old),
			     b = table_value(&table, column, NULL, new);

		if (column->kind == VALUE_TIME)
			continue;
		json_key(j, column->key);
		if (a.kind == VALUE_NONE || b.kind == VALUE_NONE)
			json_null(j);
		else
			json_i64(j, diff_change(a.number, b.number));
	}
	json_close(j, '}');
}

void diff_report_json_begin(struct diff_report *r, struct json *j)
{
	*j = (struct json){.file = r->out.file};
	json_open(j, '{');
	json_key_u64(j, "schema", 1);
	json_key_string(j, "view", view_names[r->options->view]);
	if (r->options->view != DIFF_SUMMARY)
		json_key_string(j, "metric", metric_info[r->metric].name);
	for (int side = 0; side < N_DIFF_SIDES; side++) {
		struct analysis *a = (struct analysis *)r->diff->sides[side];
		struct report report = {.trace = a->trace, .a = a};

		json_line(j);
		json_key(j, diff_side_names[side]);
		json_open(j, '{');
		summary_json_trace(&report, j);
		json_close(j, '}');
	}
	json_line(j);
	json_key(j, "delta");
	json_changes(r, j);
}

void diff_report_json_end(struct json *j)
{
	json_close(j, '}');
	putc('\n', j->file);
}

static void print_side(struct diff_report *r, enum diff_side side)
{
	const struct trace *trace = r->diff->sides[side]->trace;
	const struct out *out = &r->out;
	char number[HUMAN_LEN];
	u32 used = 5;

	out_style(out, STYLE_BOLD);
	out_cell(out, diff_side_names[side], -5);
	used += out_text(out, base_name(trace->file), out->width / 3, CUT_MIDDLE);
	out_style(out, STYLE_NORMAL);
	used += (u32)fprintf(out->file, "  %s  ", human_duration(number, trace->end_ns, true));
	out_text(out, command_text(trace, trace->command, &r->arena),
		 out->width > used ? out->width - used : 8, CUT_RIGHT);
	putc('\n', out->file);
	if (*damage_of(r, side)) {
		out_style(out, STYLE_WARN);
		fputs("     incomplete: ", out->file);
		out_text(out, damage_of(r, side), out->width - MIN(out->width - 8, 17), CUT_RIGHT);
		out_style(out, STYLE_NORMAL);
		putc('\n', out->file);
	}
}

struct total {
	const char *name, *key;
	bool bytes;
};

static const struct total totals[] = {
	{"peak", "peak_bytes", true},
	{"peak blocks", "peak_blocks", false},
	{"leaked", "leaked_bytes", true},
	{"leaked blocks", "leaked_blocks", false},
	{"allocated", "allocated_bytes", true},
	{"allocations", "allocations", false},
	{"frees", "frees", false},
	{"temporary", "temporary", false},
	{"mapped peak", "mapped_peak_bytes", true},
};

static void print_total(const struct diff_report *r, const struct total *total)
{
	struct table table = both_table(r);
	const struct column *column = table_column(&table, total->key);
	u64 sides[N_DIFF_SIDES];
	char number[HUMAN_LEN], word[16], sign[HUMAN_LEN + 1];
	i64 change;

	for (int side = 0; side < N_DIFF_SIDES; side++)
		sides[side] = table_value(&table, column, NULL, &r->diff->sides[side]->total).number;
	if (sides[DIFF_OLD] == 0 && sides[DIFF_NEW] == 0)
		return;
	fprintf(r->out.file, "  %-14s", total->name);
	for (int side = 0; side < N_DIFF_SIDES; side++)
		fprintf(r->out.file, "%16s",
			total->bytes ? human_bytes(number, sides[side])
				     : human_count(number, sides[side], ' '));
	change = diff_change(sides[DIFF_OLD], sides[DIFF_NEW]);
	u64 amount = change < 0 ? -(u64)change : (u64)change;
	snprintf(sign, sizeof(sign), "%s%s",
		 change < 0   ? "-"
		 : change > 0 ? "+"
			      : "",
		 total->bytes ? human_bytes(number, amount) : human_count(number, amount, ' '));
	fprintf(r->out.file, "%16s%10s\n", sign, diff_word(word, sides[DIFF_OLD], sides[DIFF_NEW]));
}

/* What was not measured of both is left out. */
static void print_timed(const struct diff_report *r, const char *name, enum metric metric, u8 kind)
{
	char number[32], word[16];
	u64 sides[N_DIFF_SIDES];

	for (int side = 0; side < N_DIFF_SIDES; side++)
		sides[side] = figures_metric(&r->diff->sides[side]->total.figures, metric);
	if ((diff_report_unmeasured(r) & kind) || (sides[DIFF_OLD] | sides[DIFF_NEW]) == 0)
		return;
	fprintf(r->out.file, "  %-14s", name);
	for (int side = 0; side < N_DIFF_SIDES; side++)
		fprintf(r->out.file, "%16s", metric_long(number, metric, sides[side], true));
	fprintf(r->out.file, "%16s%10s\n",
		diff_change_text(number, metric, diff_change(sides[DIFF_OLD], sides[DIFF_NEW])),
		diff_word(word, sides[DIFF_OLD], sides[DIFF_NEW]));
}

static void summary_text(struct diff_report *r)
{
	static const enum metric of_memory[] = {METRIC_PEAK, METRIC_LEAKED, METRIC_ALLOCATIONS},
				 of_time[] = {METRIC_SELF};
	bool timed = metric_is_timed(r->metric);
	const enum metric *metrics = timed ? of_time : of_memory;
	size_t n_metrics = timed ? ARRAY_LEN(of_time) : ARRAY_LEN(of_memory);
	const char *lens = lens_options_text(&r->options->lens, &r->arena);
	u32 n = r->options->limit == REPORT_DEFAULT ? SUMMARY_ROWS
		: r->limit == 0                     ? UINT32_MAX
						    : (u32)MIN(r->limit, (u64)UINT32_MAX);
	u32 changed = 0;
	const struct out *out = &r->out;

	print_side(r, DIFF_OLD);
	print_side(r, DIFF_NEW);
	if (*lens) {
		fputs("only ", out->file);
		out_text(out, lens, out->width - 5, CUT_RIGHT);
		putc('\n', out->file);
	}
	out_style(out, STYLE_BOLD);
	fprintf(out->file, "\n  %-14s%16s%16s%16s%10s\n", "", "old", "new", "delta", "change");
	out_style(out, STYLE_NORMAL);
	for (size_t i = 0; i < ARRAY_LEN(totals); i++)
		print_total(r, &totals[i]);
	diff_report_print_missing(r, METRIC_PEAK);
	print_timed(r, "time", METRIC_SELF, COLUMN_OF_TIME);
	print_timed(r, "calls", METRIC_CALLS, COLUMN_OF_CALLS);
	for (size_t i = 0; i < n_metrics; i++) {
		enum metric metric = r->options->metric == REPORT_DEFAULT ? metrics[i] : r->metric;

		if (r->options->metric != REPORT_DEFAULT && i > 0)
			break;
		if (!diff_report_compares(r, metric))
			continue;
		fprintf(out->file, "\nfunctions by change of %s\n", metric_info[metric].name);
		u32 these = diff_rows_print_top(r, metric, n);
		if (!these)
			fputs("  none\n", out->file);
		else if (these > n)
			fprintf(out->file, "%s %u more: --view=functions --metric=%s\n",
				out_glyph(out, "…", "..."), these - n, metric_info[metric].name);
		changed += these;
	}
	if (!changed && diff_report_compares(r, METRIC_PEAK))
		fprintf(out->file, "\nno function differs\n");
}

static void summary_csv(struct diff_report *r)
{
	struct table table = both_table(r);

	fputs("figure,old,new,delta\n", r->out.file);
	for (u32 i = 0; i < table.n_columns; i++) {
		const struct column *column = &table.columns[i];
		struct value a = table_value(&table, column, NULL, &r->diff->sides[DIFF_OLD]->total);
		struct value b = table_value(&table, column, NULL, &r->diff->sides[DIFF_NEW]->total);

		if (column->kind == VALUE_TIME)
			continue;
		if (a.kind == VALUE_NONE || b.kind == VALUE_NONE)
			fprintf(r->out.file, "%s,,,\n", column->key);
		else
			fprintf(r->out.file, "%s,%" PRIu64 ",%" PRIu64 ",%" PRId64 "\n", column->key,
				a.number, b.number, diff_change(a.number, b.number));
	}
}

static int print_summary(struct diff_report *r, struct err *err)
{
	struct json j;

	if (r->options->sort)
		return err_set(err, "--sort goes with --view=functions and --view=leaks");
	switch (r->options->format) {
	case FORMAT_JSON:
		diff_report_json_begin(r, &j);
		diff_report_json_end(&j);
		break;
	case FORMAT_CSV:
		summary_csv(r);
		break;
	default:
		summary_text(r);
		break;
	}
	return 0;
}

/* Of times alone these. */
static enum metric default_metric(const struct diff_report *r)
{
	u8 unmeasured = diff_report_unmeasured(r);

	if (r->options->view == DIFF_LEAKS)
		return METRIC_LEAKED;
	if ((unmeasured & COLUMN_OF_MEMORY) && !(unmeasured & COLUMN_OF_TIME))
		return r->options->view == DIFF_TREE ? METRIC_TOTAL : METRIC_SELF;
	return METRIC_PEAK;
}

int diff_report_print(const struct diff_options *options, const struct diff *diff, const struct out *out,
		      struct err *err)
{
	static int (*const views[N_DIFF_VIEWS])(struct diff_report *, struct err *) = {
		print_summary, diff_rows_print, diff_tree_print, diff_rows_print};
	struct diff_report r = {.options = options, .diff = diff, .out = *out};
	int status;

	for (int side = 0; side < N_DIFF_SIDES && options->metric != REPORT_DEFAULT; side++)
		if (metric_check(diff->sides[side]->trace, (enum metric)options->metric, err) < 0)
			return err_prefix(err, "%s", diff->sides[side]->trace->file);
	r.metric = options->metric != REPORT_DEFAULT ? (enum metric)options->metric : default_metric(&r);
	r.limit = options->limit == REPORT_DEFAULT ? ROWS : (u64)options->limit;
	status = views[options->view](&r, err);
	arena_free(&r.arena);
	return status;
}
