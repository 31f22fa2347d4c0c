/* Trace events: processes and threads as bars, the heap and the resident memory as counters, the peak as a
 * mark. Times are microseconds. */
#include <inttypes.h>
#include <stdlib.h>

#include "viewer/text/command.h"
#include "viewer/text/export.h"
#include "viewer/text/json.h"

enum { POINTS = 2000 };

static void begin(struct json *j, const char *phase, const char *name, u32 pid, u32 tid)
{
	json_line(j);
	json_open(j, '{');
	json_key_string(j, "ph", phase);
	json_key_string(j, "name", name);
	json_key_u64(j, "pid", pid);
	json_key_u64(j, "tid", tid);
}

static void put_time(struct json *j, const char *key, u64 ns)
{
	json_key(j, key);
	fprintf(j->file, "%" PRIu64 ".%03" PRIu64, ns / 1000, ns % 1000);
	j->comma = true;
}

static void put_name(struct json *j, const char *what, u32 pid, u32 tid, const char *name)
{
	begin(j, "M", what, pid, tid);
	json_key(j, "args");
	json_open(j, '{');
	json_key_string(j, "name", name);
	json_close(j, '}');
	json_close(j, '}');
}

static void put_bar(struct json *j, const char *name, u32 pid, u32 tid, u64 from, u64 to)
{
	begin(j, "X", name, pid, tid);
	put_time(j, "ts", from);
	put_time(j, "dur", to > from ? to - from : 0);
	json_close(j, '}');
}

static void put_counter(struct json *j, const char *name, u32 pid, u64 ns, const char *key, u64 value)
{
	begin(j, "C", name, pid, pid);
	put_time(j, "ts", ns);
	json_key(j, "args");
	json_open(j, '{');
	json_key_u64(j, key, value);
	json_close(j, '}');
	json_close(j, '}');
}

static u64 end_of(const struct export *e, u64 end)
{
	return end ? end : e->trace->end_ns;
}

static void put_processes(const struct export *e, struct json *j, const bool *in_lens)
{
	const struct trace *trace = e->trace;
	struct arena arena = {0};

	for (size_t i = 0; i < trace->processes.n; i++) {
		const struct trace_process *p = &trace->processes.at[i];
		const char *command = command_text(trace, p->command, &arena);
		if (!in_lens[i])
			continue;
		put_name(j, "process_name", p->pid, p->pid, command);
		put_bar(j, command, p->pid, p->pid, p->start_ns, end_of(e, p->end_ns));
	}
	for (size_t i = 0; i < trace->threads.n; i++) {
		const struct trace_thread *t = &trace->threads.at[i];
		const char *name = trace_string(trace, t->name);
		if (t->process >= trace->processes.n || !in_lens[t->process])
			continue;
		u32 pid = trace->processes.at[t->process].pid;
		if (*name)
			put_name(j, "thread_name", pid, t->tid, name);
		if (t->tid != pid)
			put_bar(j, *name ? name : "thread", pid, t->tid, t->start_ns, end_of(e, t->end_ns));
	}
	arena_free(&arena);
}

static int put_heap(const struct export *e, struct json *j, u32 pid, struct err *err)
{
	u64 interval;
	struct timeline_point *points = analysis_timeline(e->a, POINTS, &interval, err);

	if (!points)
		return -1;
	for (u32 i = 0; i < POINTS; i++) {
		/* The most of each interval, so that no spike is lost. */
		put_counter(j, "heap", pid, points[i].ns, "bytes", points[i].max_live_bytes);
		put_counter(j, "allocations", pid, points[i].ns, "count", points[i].allocations);
		/* Above 100 where several threads run at once. */
		if (figures_timed(&e->a->total.figures))
			put_counter(j, "time", pid, points[i].ns, "percent",
				    (u64)((double)points[i].time_ns * 100 / (double)interval + 0.5));
	}
	free(points);
	begin(j, "i", "peak", pid, pid);
	json_key_string(j, "s", "g");
	put_time(j, "ts", e->a->total.peak_ns);
	json_key(j, "args");
	json_open(j, '{');
	json_key_u64(j, "bytes", e->a->total.figures.peak_bytes);
	json_close(j, '}');
	json_close(j, '}');
	return 0;
}

static void put_rss(const struct export *e, struct json *j, const bool *in_lens)
{
	for (size_t i = 0; i < e->trace->rss.n; i++) {
		const struct trace_rss *rss = &e->trace->rss.at[i];
		if (rss->process >= e->trace->processes.n || !in_lens[rss->process] ||
		    rss->ns < e->lens->from_ns || rss->ns > e->lens->to_ns)
			continue;
		put_counter(j, "resident", e->trace->processes.at[rss->process].pid, rss->ns, "bytes",
			    rss->bytes);
	}
}

int export_chrome(const struct export *e, struct err *err)
{
	struct json j = {.file = e->out};
	bool *in_lens = xcalloc(e->trace->processes.n + 1, sizeof(*in_lens));
	u32 pid = 0;
	int status;

	for (size_t i = 0; i < e->a->processes.n; i++)
		in_lens[e->a->processes.at[i].process] = true;
	/* The counters of all processes together stand with the first. */
	if (e->a->processes.n)
		pid = e->trace->processes.at[e->a->processes.at[0].process].pid;
	json_open(&j, '{');
	json_key_string(&j, "displayTimeUnit", "ms");
	json_key(&j, "otherData");
	json_open(&j, '{');
	json_key_string(&j, "command", e->command);
	json_key_string(&j, "exporter", "memtrace " MEMTRACE_VERSION);
	json_close(&j, '}');
	json_key(&j, "traceEvents");
	json_open(&j, '[');
	put_processes(e, &j, in_lens);
	status = put_heap(e, &j, pid, err);
	put_rss(e, &j, in_lens);
	json_close(&j, ']');
	json_close(&j, '}');
	putc('\n', e->out);
	free(in_lens);
	return status;
}
