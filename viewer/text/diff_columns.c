/* The columns of a comparison: old, new and delta of every figure. */
#include "viewer/text/diff_columns.h"

#include <stddef.h>
#include <string.h>

#include "viewer/model/figures.h"
#include "viewer/text/callers_text.h"
#include "viewer/text/diff_report.h"

static struct value get_function(const struct table_context *c, const void *row)
{
	(void)c;
	return (struct value){.kind = VALUE_NAME, .text = ((const struct diff_row *)row)->name};
}

static struct value get_file(const struct table_context *c, const void *row)
{
	(void)c;
	return (struct value){.kind = VALUE_TEXT, .text = ((const struct diff_row *)row)->file};
}

static struct value get_module(const struct table_context *c, const void *row)
{
	(void)c;
	return (struct value){.kind = VALUE_TEXT, .text = ((const struct diff_row *)row)->module};
}

static struct value get_language(const struct table_context *c, const void *row)
{
	bool python = ((const struct diff_row *)row)->language == LANGUAGE_PYTHON;

	(void)c;
	return (struct value){.kind = VALUE_TEXT, .text = python ? "python" : "native"};
}

static struct value get_place(const struct table_context *c, const void *row)
{
	const struct diff_row *r = row;

	(void)c;
	return (struct value){.kind = VALUE_PLACE, .text = r->file, .number = r->line, .module = r->module};
}

/* From the allocating function's caller outward. */
static struct value get_callers(const struct table_context *c, const void *row)
{
	const struct diff_row *r = row;
	const struct diff *diff = r->diff;
	struct callers_text callers;

	callers_text_begin(&callers);
	for (u32 at = diff->nodes.at[r->node].parent; at != 0; at = diff->nodes.at[at].parent)
		callers_text_add(&callers, diff->functions.at[diff->nodes.at[at].function].name);
	return callers_text_end(&callers, c->arena);
}

bool diff_row_is_same(const struct diff_row *r, enum metric metric)
{
	bool timed = metric_is_timed(metric);

	return diff_figures_same(&r->self[OLD], &r->self[NEW], timed) &&
	       diff_figures_same(&r->total[OLD], &r->total[NEW], timed);
}

/* Of one where it is missing nobody knows that it did nothing there, unless that measured as much as the
 * other. */
static bool missing_for_want_of_memory(const struct diff_row *r, int side)
{
	return !r->had[side] && r->diff->sides[side]->total.unrecorded &&
	       !r->diff->sides[side == OLD ? NEW : OLD]->total.unrecorded;
}

static struct value get_status(const struct table_context *c, const void *row)
{
	const struct diff_row *r = row;

	if (missing_for_want_of_memory(r, OLD) || missing_for_want_of_memory(r, NEW))
		return (struct value){.kind = VALUE_NONE};
	return (struct value){.kind = VALUE_TEXT,
			      .text = !r->had[OLD]                     ? "new"
				      : !r->had[NEW]                   ? "gone"
				      : diff_row_is_same(r, c->metric) ? "same"
								       : "changed"};
}

const struct figures *diff_row_figures(const struct diff_row *r, int side, enum metric metric)
{
	return metric == METRIC_TOTAL ? &r->total[side] : &r->self[side];
}

static struct value get_metric(const struct table_context *c, const struct figures *f, bool change)
{
	static const enum value_kind kinds[][2] = {[UNIT_COUNT] = {VALUE_COUNT, VALUE_CHANGE_COUNT},
						   [UNIT_BYTES] = {VALUE_BYTES, VALUE_CHANGE},
						   [UNIT_TIME] = {VALUE_TIME, VALUE_CHANGE_TIME}};
	u64 value = figures_metric(f, c->metric);

	return (struct value){
		.kind = kinds[metric_info[c->metric].unit][change], .number = value, .change = (i64)value};
}

static struct value get_old(const struct table_context *c, const void *row)
{
	return get_metric(c, diff_row_figures(row, OLD, c->metric), false);
}

static struct value get_new(const struct table_context *c, const void *row)
{
	return get_metric(c, diff_row_figures(row, NEW, c->metric), false);
}

static struct value get_delta(const struct table_context *c, const void *row)
{
	return get_metric(c, diff_row_figures(row, DELTA, c->metric), true);
}

static struct value get_total_delta(const struct table_context *c, const void *row)
{
	return get_metric(c, &((const struct diff_row *)row)->total[DELTA], true);
}

static struct value get_word(const struct table_context *c, const void *row)
{
	const struct diff_row *r = row;
	char buffer[16];
	const char *word = diff_word(buffer, figures_metric(diff_row_figures(r, OLD, c->metric), c->metric),
				     figures_metric(diff_row_figures(r, NEW, c->metric), c->metric));

	return (struct value){.kind = VALUE_TEXT, .text = arena_strndup(c->arena, word, strlen(word))};
}

static u64 amount(i64 change)
{
	return change < 0 ? -(u64)change : (u64)change;
}

/* What ranks: however it went, up or down. */
static struct value get_size(const struct table_context *c, const void *row)
{
	const struct diff_row *r = row;

	return (struct value){
		.kind = VALUE_COUNT,
		.number = amount((i64)figures_metric(diff_row_figures(r, DELTA, c->metric), c->metric))};
}

static struct value get_total_size(const struct table_context *c, const void *row)
{
	const struct diff_row *r = row;

	return (struct value){.kind = VALUE_COUNT,
			      .number = amount((i64)figures_metric(&r->total[DELTA], c->metric))};
}

const struct column diff_by_size = {NULL, NULL, VALUE_COUNT, 0, get_size, 0};
const struct column diff_by_total_size = {NULL, NULL, VALUE_COUNT, 0, get_total_size, 0};

#define SHOWN(title, kind, get, drop, about)                                                                 \
	{                                                                                                    \
		NULL, title, kind, 0, get, drop, about                                                       \
	}
#define WORD(key, kind, get)                                                                                 \
	{                                                                                                    \
		key, NULL, kind, 0, get, 0                                                                   \
	}
#define SIDE(prefix, key, part, side, member, kind, about)                                                   \
	{                                                                                                    \
		prefix key, NULL, kind, offsetof(struct diff_row, part[side].member), NULL, 0, about         \
	}
#define FIGURE(key, part, member, kind, change, about)                                                       \
	SIDE("old_", key, part, OLD, member, kind, about),                                                   \
		SIDE("new_", key, part, NEW, member, kind, about),                                           \
		SIDE("delta_", key, part, DELTA, member, change, about)
#define COUNT(key, part, member) FIGURE(key, part, member, VALUE_COUNT, VALUE_CHANGE_COUNT, COLUMN_OF_MEMORY)
#define BYTES(key, part, member) FIGURE(key, part, member, VALUE_BYTES, VALUE_CHANGE, COLUMN_OF_MEMORY)
#define CALLS(key, part, member) FIGURE(key, part, member, VALUE_COUNT, VALUE_CHANGE_COUNT, COLUMN_OF_CALLS)
#define TIMES(key, part, member) FIGURE(key, part, member, VALUE_TIME, VALUE_CHANGE_TIME, COLUMN_OF_TIME)

static const struct column function_columns[] = {
	SHOWN("DELTA", VALUE_CHANGE, get_delta, 0, COLUMN_NARROW),
	SHOWN("OLD", VALUE_BYTES, get_old, 0, COLUMN_NARROW),
	SHOWN("NEW", VALUE_BYTES, get_new, 0, COLUMN_NARROW),
	SHOWN("TOTAL", VALUE_CHANGE, get_total_delta, 2, COLUMN_NARROW),
	SHOWN("DELTA", VALUE_CHANGE_TIME, get_delta, 0, COLUMN_WIDE),
	SHOWN("OLD", VALUE_TIME, get_old, 0, COLUMN_WIDE),
	SHOWN("NEW", VALUE_TIME, get_new, 0, COLUMN_WIDE),
	SHOWN("TOTAL", VALUE_CHANGE_TIME, get_total_delta, 2, COLUMN_WIDE),
	SHOWN("CHANGE", VALUE_TEXT, get_word, 0, 0),
	{"function", "FUNCTION", VALUE_NAME, 0, get_function, 0},
	SHOWN("LOCATION", VALUE_PLACE, get_place, 0, 0),
	WORD("file", VALUE_TEXT, get_file),
	{"line", NULL, VALUE_ID, offsetof(struct diff_row, line), NULL, 0},
	WORD("module", VALUE_TEXT, get_module),
	WORD("language", VALUE_TEXT, get_language),
	WORD("status", VALUE_TEXT, get_status),
	COUNT("allocations", self, allocations),
	BYTES("allocated_bytes", self, allocated_bytes),
	BYTES("peak_bytes", self, peak_bytes),
	BYTES("leaked_bytes", self, leaked_bytes),
	COUNT("leaked_blocks", self, leaked_blocks),
	COUNT("temporary", self, temporary),
	COUNT("total_allocations", total, allocations),
	BYTES("total_allocated_bytes", total, allocated_bytes),
	BYTES("total_peak_bytes", total, peak_bytes),
	BYTES("total_leaked_bytes", total, leaked_bytes),
	COUNT("total_leaked_blocks", total, leaked_blocks),
	CALLS("calls", self, calls),
	TIMES("self_s", self, time_ns),
	TIMES("total_s", total, time_ns),
};

static const struct column leak_columns[] = {
	{"function", NULL, VALUE_NAME, 0, get_function, 0},
	WORD("file", VALUE_TEXT, get_file),
	{"line", NULL, VALUE_ID, offsetof(struct diff_row, line), NULL, 0},
	WORD("module", VALUE_TEXT, get_module),
	WORD("status", VALUE_TEXT, get_status),
	BYTES("leaked_bytes", self, leaked_bytes),
	COUNT("leaked_blocks", self, leaked_blocks),
	COUNT("allocations", self, allocations),
	BYTES("allocated_bytes", self, allocated_bytes),
	BYTES("peak_bytes", self, peak_bytes),
	COUNT("temporary", self, temporary),
	{"callers", NULL, VALUE_TEXT, 0, get_callers, 0, COLUMN_NOT_JSON},
};

const struct columns diff_functions = {"diff", function_columns, ARRAY_LEN(function_columns)};
const struct columns diff_leaks = {"diff", leak_columns, ARRAY_LEN(leak_columns)};
