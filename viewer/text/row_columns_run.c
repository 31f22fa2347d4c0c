/* The columns of the rest: threads, processes, sizes, points in time. The keys are those of INTERFACE, in the
 * order of the output. */
#include "viewer/text/command.h"
#include "viewer/text/row_values.h"
#include "viewer/text/times.h"

/* Of one that still ran when the recording broke off nobody knows it. */
static struct value end_value(u64 ns)
{
	return number_value(ns ? VALUE_TIME : VALUE_NONE, ns);
}

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
	return end_value(thread_of(c, row)->end_ns);
}

static const struct figures *thread_figures(const void *row)
{
	return &((const struct thread_row *)row)->figures;
}

static struct value get_thread_time(const struct table_context *c, const void *row)
{
	return time_value(c, thread_figures(row), thread_figures(row));
}

static struct value get_thread_samples(const struct table_context *c, const void *row)
{
	return samples_value(c, thread_figures(row), thread_figures(row));
}

static struct value get_thread_calls(const struct table_context *c, const void *row)
{
	(void)c;
	return calls_value(thread_figures(row));
}

static struct value get_thread_timing(const struct table_context *c, const void *row)
{
	(void)c;
	return timing_value(thread_figures(row));
}

static const struct column thread_columns[] = {
	WORD("pid", "PID", VALUE_ID, get_thread_pid),
	WORD("tid", "TID", VALUE_ID, get_thread_tid),
	WORD("name", "NAME", VALUE_TEXT, get_thread_name),
	WORD("start_s", NULL, VALUE_TIME, get_thread_start),
	WORD("end_s", NULL, VALUE_TIME, get_thread_end),
	MEMORY(struct thread_row, figures.allocations, "allocations", "ALLOCS", VALUE_COUNT, 0),
	MEMORY(struct thread_row, figures.frees, "frees", NULL, VALUE_COUNT, 0),
	MEMORY(struct thread_row, figures.allocated_bytes, "allocated_bytes", "BYTES", VALUE_BYTES, 0),
	MEMORY(struct thread_row, figures.peak_bytes, "peak_bytes", "PEAK", VALUE_BYTES, 0),
	MEMORY(struct thread_row, figures.leaked_bytes, "leaked_bytes", "LEAKED", VALUE_BYTES, 0),
	MEMORY(struct thread_row, figures.leaked_blocks, "leaked_blocks", NULL, VALUE_COUNT, 0),
	MEMORY(struct thread_row, figures.temporary, "temporary", "TEMP", VALUE_COUNT, 1),
	TIMED("self_s", "TIME", VALUE_TIME, get_thread_time, 0),
	TIMED("samples", "SAMPLES", VALUE_COUNT, get_thread_samples, 2),
	TIMED("calls", "CALLS", VALUE_COUNT, get_thread_calls, 2),
	TIMING(get_thread_timing),
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
	return end_value(process_of(c, row)->end_ns);
}

static struct value get_process_rss(const struct table_context *c, const void *row)
{
	u64 bytes = process_of(c, row)->rss_peak_bytes;

	return number_value(bytes ? VALUE_BYTES : VALUE_NONE, bytes);
}

static struct value get_process_inherited(const struct table_context *c, const void *row)
{
	const struct memory *m = &((const struct process_row *)row)->memory;

	(void)c;
	return number_value(m->part ? VALUE_NONE : VALUE_COUNT, m->inherited_frees);
}

static const struct figures *process_figures(const void *row)
{
	return &((const struct process_row *)row)->memory.figures;
}

static struct value get_process_mode(const struct table_context *c, const void *row)
{
	return text_value(VALUE_TEXT, times_mode_name(process_of(c, row)->time_mode));
}

static struct value get_process_clock(const struct table_context *c, const void *row)
{
	const struct trace_process *p = process_of(c, row);

	return text_value(p->time_mode == TIME_OFF ? VALUE_NONE : VALUE_TEXT,
			  times_clock_name(p->time_clock));
}

/* One that was timed and took no time has no figures that say so. */
static bool process_timed(const struct table_context *c, const void *row)
{
	return process_of(c, row)->time_mode != TIME_OFF;
}

static struct value get_process_time(const struct table_context *c, const void *row)
{
	return number_value(process_timed(c, row) ? VALUE_TIME : VALUE_NONE, process_figures(row)->time_ns);
}

static struct value get_process_samples(const struct table_context *c, const void *row)
{
	return number_value(process_timed(c, row) ? VALUE_COUNT : VALUE_NONE, process_figures(row)->samples);
}

static struct value get_process_calls(const struct table_context *c, const void *row)
{
	(void)c;
	return calls_value(process_figures(row));
}

static struct value get_process_cpu(const struct table_context *c, const void *row)
{
	u64 ns = process_of(c, row)->cpu_ns;

	return number_value(ns ? VALUE_TIME : VALUE_NONE, ns);
}

#define PROCESS_FIGURE(member, key, title, kind, drop)                                                       \
	MEMORY(struct process_row, memory.member, key, title, kind, drop)

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
	{"inherited_frees", NULL, VALUE_COUNT, 0, get_process_inherited, 0, COLUMN_OF_MEMORY},
	PROCESS_FIGURE(mapped_bytes, "mapped_bytes", NULL, VALUE_BYTES, 0),
	PROCESS_FIGURE(mapped_peak_bytes, "mapped_peak_bytes", NULL, VALUE_BYTES, 0),
	FIGURE(struct process_row, memory.lost_events, "lost_events", NULL, VALUE_COUNT, 0),
	WORD("rss_peak_bytes", NULL, VALUE_BYTES, get_process_rss),
	TIMED("cpu_s", "CPU", VALUE_TIME, get_process_cpu, 3),
	TIMED("self_s", "TIME", VALUE_TIME, get_process_time, 0),
	TIMED("samples", NULL, VALUE_COUNT, get_process_samples, 0),
	TIMED("calls", NULL, VALUE_COUNT, get_process_calls, 0),
	TIMED("clock", NULL, VALUE_TEXT, get_process_clock, 0),
	{"timing", "TIMED", VALUE_TEXT, 0, get_process_mode, 0, COLUMN_OF_TIME | COLUMN_OF_BOTH_TIMES},
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

static struct value get_point_time(const struct table_context *c, const void *row)
{
	return number_value(figures_timed(&c->a->total.figures) ? VALUE_TIME : VALUE_NONE,
			    ((const struct timeline_point *)row)->time_ns);
}

static const struct column timeline_columns[] = {
	FIGURE(struct timeline_point, ns, "t", "TIME", VALUE_TIME, 0),
	MEMORY(struct timeline_point, live_bytes, "live_bytes", "LIVE", VALUE_BYTES, 0),
	MEMORY(struct timeline_point, max_live_bytes, "max_live_bytes", "MOST", VALUE_BYTES, 0),
	FIGURE(struct timeline_point, rss_bytes, "rss_bytes", "RSS", VALUE_BYTES, 0),
	MEMORY(struct timeline_point, allocations, "allocations", "ALLOCS", VALUE_COUNT, 0),
	TIMED("self_s", "SPENT", VALUE_TIME, get_point_time, 0),
};

const struct columns rows_thread = {"threads", thread_columns, ARRAY_LEN(thread_columns)};
const struct columns rows_process = {"processes", process_columns, ARRAY_LEN(process_columns)};
const struct columns rows_size = {"sizes", size_columns, ARRAY_LEN(size_columns)};
const struct columns rows_timeline = {"timeline", timeline_columns, ARRAY_LEN(timeline_columns)};
