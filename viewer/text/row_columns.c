/* The columns of functions and of lines. The keys are those of INTERFACE, in the order of the output. */
#include "viewer/model/line_memory.h"
#include "viewer/text/row_values.h"
#include "viewer/text/sources.h"

static struct value language_value(const struct trace *trace, u32 function)
{
	return text_value(VALUE_TEXT,
			  function_get(trace, function).language == LANGUAGE_PYTHON ? "python" : "native");
}

/* functions */

static struct value get_function(const struct table_context *c, const void *row)
{
	return text_value(VALUE_NAME,
			  function_name(c->a->trace, ((const struct function_row *)row)->function));
}

static struct value get_function_file(const struct table_context *c, const void *row)
{
	struct trace_function f = function_get(c->a->trace, ((const struct function_row *)row)->function);

	return text_value(VALUE_TEXT, trace_string(c->a->trace, f.file));
}

static struct value get_function_line(const struct table_context *c, const void *row)
{
	return number_value(VALUE_ID,
			    function_get(c->a->trace, ((const struct function_row *)row)->function).line);
}

static struct value get_function_module(const struct table_context *c, const void *row)
{
	struct trace_function f = function_get(c->a->trace, ((const struct function_row *)row)->function);

	return text_value(VALUE_TEXT, module_name(c->a->trace, f.module));
}

static struct value get_function_language(const struct table_context *c, const void *row)
{
	return language_value(c->a->trace, ((const struct function_row *)row)->function);
}

static struct value get_function_place(const struct table_context *c, const void *row)
{
	struct trace_function f = function_get(c->a->trace, ((const struct function_row *)row)->function);

	return (struct value){.kind = VALUE_PLACE,
			      .text = trace_string(c->a->trace, f.file),
			      .number = f.line,
			      .module = module_name(c->a->trace, f.module)};
}

/* Time has its own columns: of a table that is ranked by it, what was allocated in all. */
static enum metric memory_metric(const struct table_context *c)
{
	return metric_is_timed(c->metric) ? METRIC_ALLOCATED : c->metric;
}

static struct value amount_value(const struct table_context *c, const struct figures *f)
{
	enum metric metric = memory_metric(c);

	return number_value(metric_info[metric].unit == UNIT_BYTES ? VALUE_BYTES : VALUE_COUNT,
			    figures_metric(f, metric));
}

static struct value get_function_total(const struct table_context *c, const void *row)
{
	return amount_value(c, &((const struct function_row *)row)->total);
}

static struct value get_function_calls(const struct table_context *c, const void *row)
{
	(void)c;
	return calls_value(&((const struct function_row *)row)->self);
}

static struct value get_function_primitive(const struct table_context *c, const void *row)
{
	(void)c;
	return primitive_value(&((const struct function_row *)row)->self);
}

/* Both in one column. */
static struct value get_function_ncalls(const struct table_context *c, const void *row)
{
	const struct figures *self = &((const struct function_row *)row)->self;

	(void)c;
	return (struct value){.kind = figures_exact(self) ? VALUE_CALLS : VALUE_NONE,
			      .number = self->calls,
			      .change = (i64)self->primitive_calls};
}

static struct value get_function_samples(const struct table_context *c, const void *row)
{
	const struct function_row *f = row;

	return samples_value(c, &f->self, &f->total);
}

static struct value get_function_self_time(const struct table_context *c, const void *row)
{
	const struct function_row *f = row;

	return time_value(c, &f->self, &f->total);
}

static struct value get_function_total_time(const struct table_context *c, const void *row)
{
	const struct function_row *f = row;

	return time_value(c, &f->total, &f->total);
}

static struct value get_function_timing(const struct table_context *c, const void *row)
{
	(void)c;
	return timing_value(&((const struct function_row *)row)->total);
}

static const struct column function_columns[] = {
	WORD("function", "FUNCTION", VALUE_NAME, get_function),
	WORD("file", NULL, VALUE_TEXT, get_function_file),
	WORD("line", NULL, VALUE_ID, get_function_line),
	WORD("module", NULL, VALUE_TEXT, get_function_module),
	WORD("language", NULL, VALUE_TEXT, get_function_language),
	WORD(NULL, "WHERE", VALUE_PLACE, get_function_place),
	TIMED("calls", NULL, VALUE_COUNT, get_function_calls, 0),
	TIMED("primitive_calls", NULL, VALUE_COUNT, get_function_primitive, 0),
	TIMED(NULL, "CALLS", VALUE_CALLS, get_function_ncalls, 1),
	TIMED("self_s", "SELF TIME", VALUE_TIME, get_function_self_time, 0),
	TIMED("total_s", "TIME", VALUE_TIME, get_function_total_time, 0),
	MEMORY(struct function_row, self.allocations, "allocations", "ALLOCS", VALUE_COUNT, 4),
	MEMORY(struct function_row, self.allocated_bytes, "allocated_bytes", "BYTES", VALUE_BYTES, 5),
	MEMORY(struct function_row, self.peak_bytes, "peak_bytes", "PEAK", VALUE_BYTES, 0),
	MEMORY(struct function_row, self.leaked_bytes, "leaked_bytes", "LEAKED", VALUE_BYTES, 2),
	MEMORY(struct function_row, self.leaked_blocks, "leaked_blocks", NULL, VALUE_COUNT, 0),
	MEMORY(struct function_row, self.temporary, "temporary", "TEMP", VALUE_COUNT, 6),
	{NULL, "TOTAL", VALUE_BYTES, 0, get_function_total, 3, COLUMN_OF_MEMORY},
	MEMORY(struct function_row, total.allocations, "total_allocations", NULL, VALUE_COUNT, 0),
	MEMORY(struct function_row, total.allocated_bytes, "total_allocated_bytes", NULL, VALUE_BYTES, 0),
	MEMORY(struct function_row, total.peak_bytes, "total_peak_bytes", NULL, VALUE_BYTES, 0),
	MEMORY(struct function_row, total.leaked_bytes, "total_leaked_bytes", NULL, VALUE_BYTES, 0),
	MEMORY(struct function_row, total.leaked_blocks, "total_leaked_blocks", NULL, VALUE_COUNT, 0),
	MEMORY(struct function_row, total.temporary, "total_temporary", NULL, VALUE_COUNT, 0),
	TIMED("samples", NULL, VALUE_COUNT, get_function_samples, 0),
	TIMING(get_function_timing),
};

/* lines; a row's figures are those of all that ran while the line did */

static struct value get_line_file(const struct table_context *c, const void *row)
{
	return text_value(VALUE_TEXT, trace_string(c->a->trace, ((const struct line_row *)row)->file));
}

static struct value get_line_number(const struct table_context *c, const void *row)
{
	(void)c;
	return number_value(VALUE_ID, ((const struct line_row *)row)->line);
}

static struct value get_line_function(const struct table_context *c, const void *row)
{
	return text_value(VALUE_NAME, function_name(c->a->trace, ((const struct line_row *)row)->function));
}

static struct value get_line_language(const struct table_context *c, const void *row)
{
	return language_value(c->a->trace, ((const struct line_row *)row)->function);
}

static struct value get_line_place(const struct table_context *c, const void *row)
{
	const struct line_row *l = row;

	return (struct value){
		.kind = VALUE_PLACE,
		.text = trace_string(c->a->trace, l->file),
		.number = l->line,
		.module = module_name(c->a->trace, function_get(c->a->trace, l->function).module)};
}

static struct value get_line_self(const struct table_context *c, const void *row)
{
	return amount_value(c, &((const struct line_row *)row)->self);
}

/* Calls that came to the line: of a function's first one all of them are known, of others none. */
static struct value get_line_hits(const struct table_context *c, const void *row)
{
	const struct figures *self = &((const struct line_row *)row)->self;

	(void)c;
	return number_value(self->calls ? VALUE_COUNT : VALUE_NONE, self->calls);
}

static struct value get_line_self_time(const struct table_context *c, const void *row)
{
	const struct line_row *l = row;

	return time_value(c, &l->self, &l->total);
}

static struct value get_line_total_time(const struct table_context *c, const void *row)
{
	const struct line_row *l = row;

	return time_value(c, &l->total, &l->total);
}

static struct value get_line_samples(const struct table_context *c, const void *row)
{
	const struct line_row *l = row;

	return samples_value(c, &l->self, &l->total);
}

static struct value get_line_timing(const struct table_context *c, const void *row)
{
	(void)c;
	return timing_value(&((const struct line_row *)row)->total);
}

static struct value get_line_freed(const struct table_context *c, const void *row)
{
	return number_value(VALUE_BYTES, line_freed_bytes(c->a->trace, row));
}

static struct value get_line_increment(const struct table_context *c, const void *row)
{
	const struct line_row *l = row;

	return (struct value){.kind = VALUE_CHANGE,
			      .change = (i64)(l->total.allocated_bytes - line_freed_bytes(c->a->trace, l))};
}

static struct value get_line_text(const struct table_context *c, const void *row)
{
	const struct line_row *l = row;
	const char *text = NULL;

	if (c->sources)
		text = sources_line(c->sources, trace_string(c->a->trace, l->file), l->line);
	return text_value(text ? VALUE_SOURCE : VALUE_NONE, text);
}

/* Of resident memory: looked up for the lines of one function only. */
static bool line_memory(const struct table_context *c, const void *row, struct line_memory *memory)
{
	const struct line_row *l = row;

	return line_memory_get(c->a, l->function, l->line, memory);
}

static struct value get_measured_hits(const struct table_context *c, const void *row)
{
	struct line_memory m;

	return line_memory(c, row, &m) ? number_value(VALUE_COUNT, m.hits) : get_line_hits(c, row);
}

static struct value get_line_usage(const struct table_context *c, const void *row)
{
	struct line_memory m;

	return line_memory(c, row, &m) ? number_value(VALUE_BYTES, m.most_bytes)
				       : (struct value){.kind = VALUE_NONE};
}

static struct value get_line_rss_increment(const struct table_context *c, const void *row)
{
	struct line_memory m;

	if (!line_memory(c, row, &m))
		return (struct value){.kind = VALUE_NONE};
	return (struct value){.kind = VALUE_CHANGE, .change = m.increment_bytes};
}

/* By its own figures a line is ranked, unless the lines stand in their order: that column stays then. */
#define LINE_COLUMNS(function_title, place_title, line_title, text_title, net_title, hits, self_drop)        \
	WORD("file", NULL, VALUE_TEXT, get_line_file), WORD("line", line_title, VALUE_ID, get_line_number),  \
		WORD("function", function_title, VALUE_NAME, get_line_function),                             \
		WORD(NULL, place_title, VALUE_PLACE, get_line_place),                                        \
		WORD("language", NULL, VALUE_TEXT, get_line_language),                                       \
		TIMED("hits", NULL, VALUE_COUNT, hits, 0),                                                   \
		{NULL, "SELF", VALUE_BYTES, 0, get_line_self, self_drop, COLUMN_OF_MEMORY},                  \
		MEMORY(struct line_row, total.allocations, "allocations", "ALLOCS", VALUE_COUNT, 3),         \
		MEMORY(struct line_row, total.allocated_bytes, "allocated_bytes", "BYTES", VALUE_BYTES, 0),  \
		{"freed_bytes", NULL, VALUE_BYTES, 0, get_line_freed, 0, COLUMN_OF_MEMORY},                  \
		{"increment_bytes", net_title, VALUE_CHANGE, 0, get_line_increment, 0, COLUMN_OF_MEMORY},    \
		MEMORY(struct line_row, total.peak_bytes, "peak_bytes", "PEAK", VALUE_BYTES, 0),             \
		MEMORY(struct line_row, total.leaked_bytes, "leaked_bytes", "LEAKED", VALUE_BYTES, 4),       \
		TIMED("self_s", "SELF TIME", VALUE_TIME, get_line_self_time, 0),                             \
		WORD("text", text_title, VALUE_SOURCE, get_line_text),                                       \
		MEMORY(struct line_row, self.allocations, "self_allocations", NULL, VALUE_COUNT, 0),         \
		MEMORY(struct line_row, self.allocated_bytes, "self_allocated_bytes", NULL, VALUE_BYTES, 0), \
		MEMORY(struct line_row, self.peak_bytes, "self_peak_bytes", NULL, VALUE_BYTES, 0),           \
		MEMORY(struct line_row, self.leaked_bytes, "self_leaked_bytes", NULL, VALUE_BYTES, 0),       \
		MEMORY(struct line_row, self.temporary, "self_temporary", NULL, VALUE_COUNT, 0),             \
		TIMED("total_s", "TIME", VALUE_TIME, get_line_total_time, 1),                                \
		TIMED("samples", NULL, VALUE_COUNT, get_line_samples, 0), TIMING(get_line_timing)

static const struct column line_columns[] = {
	LINE_COLUMNS("FUNCTION", "LINE", NULL, NULL, NULL, get_line_hits, 0)};
static const struct column line_columns_source[] = {
	LINE_COLUMNS(NULL, "LINE", NULL, "SOURCE", NULL, get_line_hits, 0)};
#define FUNCTION_COLUMNS(place_title, line_title)                                                            \
	LINE_COLUMNS(NULL, place_title, line_title, "SOURCE", "NET", get_measured_hits, 5),                  \
		WORD("mem_usage_bytes", NULL, VALUE_BYTES, get_line_usage),                                  \
		WORD("rss_increment_bytes", NULL, VALUE_CHANGE, get_line_rss_increment)

static const struct column line_columns_function[] = {FUNCTION_COLUMNS(NULL, "LINE")};
static const struct column line_columns_functions[] = {FUNCTION_COLUMNS("LINE", NULL)};

const struct columns rows_function = {"functions", function_columns, ARRAY_LEN(function_columns)};
const struct columns rows_line = {"lines", line_columns, ARRAY_LEN(line_columns)};
const struct columns rows_line_source = {"lines", line_columns_source, ARRAY_LEN(line_columns_source)};
const struct columns rows_line_function = {"lines", line_columns_function, ARRAY_LEN(line_columns_function)};
const struct columns rows_line_functions = {"lines", line_columns_functions,
					    ARRAY_LEN(line_columns_functions)};
