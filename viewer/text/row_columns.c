/* The column tables. The keys are those of INTERFACE, in the order of the output. */
#include "viewer/text/row_columns.h"

#include <stddef.h>

#include "viewer/model/line_memory.h"
#include "viewer/text/command.h"
#include "viewer/text/sources.h"

/* A figure of a row; drop as in struct column. */
#define FIGURE(type, member, key, title, kind, drop)                                                         \
	{                                                                                                    \
		key, title, kind, offsetof(type, member), NULL, drop                                         \
	}
#define WORD(key, title, kind, get)                                                                          \
	{                                                                                                    \
		key, title, kind, 0, get, 0                                                                  \
	}
#define UNMEASURED(key)                                                                                      \
	{                                                                                                    \
		key, NULL, VALUE_NONE, 0, get_nothing, 0                                                     \
	}

static struct value text_value(enum value_kind kind, const char *text)
{
	return (struct value){.kind = kind, .text = text};
}

static struct value number_value(enum value_kind kind, u64 number)
{
	return (struct value){.kind = kind, .number = number};
}

static struct value get_nothing(const struct table_context *c, const void *row)
{
	(void)c, (void)row;
	return (struct value){.kind = VALUE_NONE};
}

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

static struct value get_function_total(const struct table_context *c, const void *row)
{
	const struct function_row *f = row;

	return number_value(metric_info[c->metric].bytes ? VALUE_BYTES : VALUE_COUNT,
			    figures_metric(&f->total, c->metric));
}

static const struct column function_columns[] = {
	WORD("function", "FUNCTION", VALUE_NAME, get_function),
	WORD("file", NULL, VALUE_TEXT, get_function_file),
	WORD("line", NULL, VALUE_ID, get_function_line),
	WORD("module", NULL, VALUE_TEXT, get_function_module),
	WORD("language", NULL, VALUE_TEXT, get_function_language),
	WORD(NULL, "WHERE", VALUE_PLACE, get_function_place),
	UNMEASURED("calls"),
	UNMEASURED("primitive_calls"),
	UNMEASURED("self_s"),
	UNMEASURED("total_s"),
	FIGURE(struct function_row, self.allocations, "allocations", "ALLOCS", VALUE_COUNT, 2),
	FIGURE(struct function_row, self.allocated_bytes, "allocated_bytes", "BYTES", VALUE_BYTES, 3),
	FIGURE(struct function_row, self.peak_bytes, "peak_bytes", "PEAK", VALUE_BYTES, 0),
	FIGURE(struct function_row, self.leaked_bytes, "leaked_bytes", "LEAKED", VALUE_BYTES, 1),
	FIGURE(struct function_row, self.leaked_blocks, "leaked_blocks", NULL, VALUE_COUNT, 0),
	FIGURE(struct function_row, self.temporary, "temporary", "TEMP", VALUE_COUNT, 4),
	WORD(NULL, "TOTAL", VALUE_BYTES, get_function_total),
	FIGURE(struct function_row, total.allocations, "total_allocations", NULL, VALUE_COUNT, 0),
	FIGURE(struct function_row, total.allocated_bytes, "total_allocated_bytes", NULL, VALUE_BYTES, 0),
	FIGURE(struct function_row, total.peak_bytes, "total_peak_bytes", NULL, VALUE_BYTES, 0),
	FIGURE(struct function_row, total.leaked_bytes, "total_leaked_bytes", NULL, VALUE_BYTES, 0),
	FIGURE(struct function_row, total.leaked_blocks, "total_leaked_blocks", NULL, VALUE_COUNT, 0),
	FIGURE(struct function_row, total.temporary, "total_temporary", NULL, VALUE_COUNT, 0),
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
	const struct line_row *l = row;

	return number_value(metric_info[c->metric].bytes ? VALUE_BYTES : VALUE_COUNT,
			    figures_metric(&l->self, c->metric));
}

static struct value get_line_increment(const struct table_context *c, const void *row)
{
	const struct line_row *l = row;

	(void)c;
	return (struct value){.kind = VALUE_CHANGE,
			      .change = (i64)(l->total.allocated_bytes - l->total.freed_bytes)};
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

static struct value get_line_hits(const struct table_context *c, const void *row)
{
	struct line_memory m;

	return line_memory(c, row, &m) ? number_value(VALUE_COUNT, m.hits) : get_nothing(c, row);
}

static struct value get_line_usage(const struct table_context *c, const void *row)
{
	struct line_memory m;

	return line_memory(c, row, &m) ? number_value(VALUE_BYTES, m.most_bytes) : get_nothing(c, row);
}

static struct value get_line_rss_increment(const struct table_context *c, const void *row)
{
	struct line_memory m;

	if (!line_memory(c, row, &m))
		return get_nothing(c, row);
	return (struct value){.kind = VALUE_CHANGE, .change = m.increment_bytes};
}

#define LINE_COLUMNS(function_title, place_title, line_title, text_title, hits)                              \
	WORD("file", NULL, VALUE_TEXT, get_line_file), WORD("line", line_title, VALUE_ID, get_line_number),  \
		WORD("function", function_title, VALUE_NAME, get_line_function),                             \
		WORD(NULL, place_title, VALUE_PLACE, get_line_place),                                        \
		WORD("language", NULL, VALUE_TEXT, get_line_language), hits,                                 \
		WORD(NULL, "SELF", VALUE_BYTES, get_line_self),                                              \
		FIGURE(struct line_row, total.allocations, "allocations", "ALLOCS", VALUE_COUNT, 2),         \
		FIGURE(struct line_row, total.allocated_bytes, "allocated_bytes", "BYTES", VALUE_BYTES, 4),  \
		FIGURE(struct line_row, total.freed_bytes, "freed_bytes", NULL, VALUE_BYTES, 0),             \
		WORD("increment_bytes", NULL, VALUE_CHANGE, get_line_increment),                             \
		FIGURE(struct line_row, total.peak_bytes, "peak_bytes", "PEAK", VALUE_BYTES, 0),             \
		FIGURE(struct line_row, total.leaked_bytes, "leaked_bytes", "LEAKED", VALUE_BYTES, 1),       \
		UNMEASURED("self_s"), WORD("text", text_title, VALUE_SOURCE, get_line_text),                 \
		FIGURE(struct line_row, self.allocations, "self_allocations", NULL, VALUE_COUNT, 0),         \
		FIGURE(struct line_row, self.allocated_bytes, "self_allocated_bytes", NULL, VALUE_BYTES, 0), \
		FIGURE(struct line_row, self.peak_bytes, "self_peak_bytes", NULL, VALUE_BYTES, 0),           \
		FIGURE(struct line_row, self.leaked_bytes, "self_leaked_bytes", NULL, VALUE_BYTES, 0),       \
		FIGURE(struct line_row, self.temporary, "self_temporary", NULL, VALUE_COUNT, 0)

static const struct column line_columns[] = {
	LINE_COLUMNS("FUNCTION", "LINE", NULL, NULL, UNMEASURED("hits"))};
static const struct column line_columns_source[] = {
	LINE_COLUMNS(NULL, "LINE", NULL, "SOURCE", UNMEASURED("hits"))};
static const struct column line_columns_function[] = {
	LINE_COLUMNS(NULL, NULL, "LINE", "SOURCE", WORD("hits", NULL, VALUE_COUNT, get_line_hits)),
	WORD("mem_usage_bytes", NULL, VALUE_BYTES, get_line_usage),
	WORD("rss_increment_bytes", NULL, VALUE_CHANGE, get_line_rss_increment)};

/* threads */

static const struct trace_thread *thread_of(const struct table_context *c, const void *row)
{
	return &c->a->trace->threads.at[((const struct thread_row *)row)->thread];
}

static struct value get_thread_pid(const struct table_context *c, const void *row)
{
	return number_value(VALUE_ID, c->a->trace->processes.at[thread_of(c, row)->process].pid);
}

static struct value get_thread_tid(const struct table_context *c, const void *row)
{
	return number_value(VALUE_ID, thread_of(c, row)->tid);
}

static struct value get_thread_name(const struct table_context *c, const void *row)
{
	return text_value(VALUE_TEXT, trace_string(c->a->trace, thread_of(c, row)->name));
}

static struct value get_thread_start(const struct table_context *c, const void *row)
{
	return number_value(VALUE_TIME, thread_of(c, row)->start_ns);
}

static struct value get_thread_end(const struct table_context *c, const void *row)
{
	return number_value(VALUE_TIME, thread_of(c, row)->end_ns);
}

static const struct column thread_columns[] = {
	WORD("pid", "PID", VALUE_ID, get_thread_pid),
	WORD("tid", "TID", VALUE_ID, get_thread_tid),
	WORD("name", "NAME", VALUE_TEXT, get_thread_name),
	WORD("start_s", NULL, VALUE_TIME, get_thread_start),
	WORD("end_s", NULL, VALUE_TIME, get_thread_end),
	FIGURE(struct thread_row, figures.allocations, "allocations", "ALLOCS", VALUE_COUNT, 0),
	FIGURE(struct thread_row, figures.frees, "frees", NULL, VALUE_COUNT, 0),
	FIGURE(struct thread_row, figures.allocated_bytes, "allocated_bytes", "BYTES", VALUE_BYTES, 0),
	FIGURE(struct thread_row, figures.peak_bytes, "peak_bytes", "PEAK", VALUE_BYTES, 0),
	FIGURE(struct thread_row, figures.leaked_bytes, "leaked_bytes", "LEAKED", VALUE_BYTES, 0),
	FIGURE(struct thread_row, figures.leaked_blocks, "leaked_blocks", NULL, VALUE_COUNT, 0),
	FIGURE(struct thread_row, figures.temporary, "temporary", "TEMP", VALUE_COUNT, 1),
	UNMEASURED("self_s"),
};

/* processes; the JSON form has the members of the summary's instead */

static const struct trace_process *process_of(const struct table_context *c, const void *row)
{
	return &c->a->trace->processes.at[((const struct process_row *)row)->process];
}

static struct value get_process_pid(const struct table_context *c, const void *row)
{
	return number_value(VALUE_ID, process_of(c, row)->pid);
}

static struct value get_process_ppid(const struct table_context *c, const void *row)
{
	return number_value(VALUE_ID, process_of(c, row)->ppid);
}

static struct value get_process_command(const struct table_context *c, const void *row)
{
	return text_value(VALUE_TEXT, command_text(c->a->trace, process_of(c, row)->command, c->arena));
}

static struct value get_process_status(const struct table_context *c, const void *row)
{
	const struct trace_process *p = process_of(c, row);
	bool known = (p->flags & PROCESS_STATUS_KNOWN) && !p->signal;

	return number_value(known ? VALUE_ID : VALUE_NONE, p->exit_status);
}

static struct value get_process_signal(const struct table_context *c, const void *row)
{
	const struct trace_process *p = process_of(c, row);
	bool known = (p->flags & PROCESS_STATUS_KNOWN) && p->signal;

	return number_value(known ? VALUE_ID : VALUE_NONE, p->signal);
}

static struct value get_process_threads(const struct table_context *c, const void *row)
{
	(void)c;
	return number_value(VALUE_COUNT, ((const struct process_row *)row)->n_threads);
}

static struct value get_process_start(const struct table_context *c, const void *row)
{
	return number_value(VALUE_TIME, process_of(c, row)->start_ns);
}

static struct value get_process_end(const struct table_context *c, const void *row)
{
	return number_value(VALUE_TIME, process_of(c, row)->end_ns);
}

static struct value get_process_rss(const struct table_context *c, const void *row)
{
	return number_value(VALUE_BYTES, process_of(c, row)->rss_peak_bytes);
}

#define PROCESS_FIGURE(member, key, title, kind, drop)                                                       \
	FIGURE(struct process_row, memory.member, key, title, kind, drop)

static const struct column process_columns[] = {
	WORD("pid", "PID", VALUE_ID, get_process_pid),
	WORD("ppid", NULL, VALUE_ID, get_process_ppid),
	WORD("command", "COMMAND", VALUE_TEXT, get_process_command),
	WORD("exit_status", "EXIT", VALUE_ID, get_process_status),
	WORD("signal", NULL, VALUE_ID, get_process_signal),
	WORD("threads", "THREADS", VALUE_COUNT, get_process_threads),
	WORD("start_s", NULL, VALUE_TIME, get_process_start),
	WORD("end_s", NULL, VALUE_TIME, get_process_end),
	PROCESS_FIGURE(figures.allocations, "allocations", "ALLOCS", VALUE_COUNT, 0),
	PROCESS_FIGURE(figures.frees, "frees", NULL, VALUE_COUNT, 0),
	PROCESS_FIGURE(figures.allocated_bytes, "allocated_bytes", "BYTES", VALUE_BYTES, 1),
	PROCESS_FIGURE(figures.peak_bytes, "peak_bytes", "PEAK", VALUE_BYTES, 0),
	PROCESS_FIGURE(figures.peak_blocks, "peak_blocks", NULL, VALUE_COUNT, 0),
	PROCESS_FIGURE(peak_ns, "peak_at_s", NULL, VALUE_TIME, 0),
	PROCESS_FIGURE(figures.leaked_bytes, "leaked_bytes", "LEAKED", VALUE_BYTES, 0),
	PROCESS_FIGURE(figures.leaked_blocks, "leaked_blocks", NULL, VALUE_COUNT, 0),
	PROCESS_FIGURE(figures.temporary, "temporary", NULL, VALUE_COUNT, 0),
	PROCESS_FIGURE(inherited_frees, "inherited_frees", NULL, VALUE_COUNT, 0),
	PROCESS_FIGURE(mapped_bytes, "mapped_bytes", NULL, VALUE_BYTES, 0),
	PROCESS_FIGURE(mapped_peak_bytes, "mapped_peak_bytes", NULL, VALUE_BYTES, 0),
	PROCESS_FIGURE(lost_events, "lost_events", NULL, VALUE_COUNT, 0),
	WORD("rss_peak_bytes", NULL, VALUE_BYTES, get_process_rss),
};

/* sizes */

static const struct column size_columns[] = {
	FIGURE(struct size_bucket, from, "from", "FROM", VALUE_BYTES, 0),
	FIGURE(struct size_bucket, to, "to", "TO", VALUE_BYTES, 0),
	FIGURE(struct size_bucket, row.allocations, "allocations", "ALLOCS", VALUE_COUNT, 0),
	FIGURE(struct size_bucket, row.allocated_bytes, "bytes", "BYTES", VALUE_BYTES, 0),
	FIGURE(struct size_bucket, row.smallest, "smallest", "SMALLEST", VALUE_BYTES, 2),
	FIGURE(struct size_bucket, row.largest, "largest", "LARGEST", VALUE_BYTES, 2),
	FIGURE(struct size_bucket, row.leaked_blocks, "leaked_blocks", "UNFREED", VALUE_COUNT, 1),
	FIGURE(struct size_bucket, row.leaked_bytes, "leaked_bytes", "LEAKED", VALUE_BYTES, 0),
	FIGURE(struct size_bucket, row.temporary, "temporary", "TEMP", VALUE_COUNT, 1),
};

/* timeline */

static const struct column timeline_columns[] = {
	FIGURE(struct timeline_point, ns, "t", "TIME", VALUE_TIME, 0),
	FIGURE(struct timeline_point, live_bytes, "live_bytes", "LIVE", VALUE_BYTES, 0),
	FIGURE(struct timeline_point, max_live_bytes, "max_live_bytes", "MOST", VALUE_BYTES, 0),
	FIGURE(struct timeline_point, rss_bytes, "rss_bytes", "RSS", VALUE_BYTES, 0),
	FIGURE(struct timeline_point, allocations, "allocations", "ALLOCS", VALUE_COUNT, 0),
};

const struct columns rows_function = {"functions", function_columns, ARRAY_LEN(function_columns)};
const struct columns rows_line = {"lines", line_columns, ARRAY_LEN(line_columns)};
const struct columns rows_line_source = {"lines", line_columns_source, ARRAY_LEN(line_columns_source)};
const struct columns rows_line_function = {"lines", line_columns_function, ARRAY_LEN(line_columns_function)};
const struct columns rows_thread = {"threads", thread_columns, ARRAY_LEN(thread_columns)};
const struct columns rows_process = {"processes", process_columns, ARRAY_LEN(process_columns)};
const struct columns rows_size = {"sizes", size_columns, ARRAY_LEN(size_columns)};
const struct columns rows_timeline = {"timeline", timeline_columns, ARRAY_LEN(timeline_columns)};
