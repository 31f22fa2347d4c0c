/* The summary's objects in JSON; "trace" and "totals" are part of every view. */
#include "viewer/model/figures.h"
#include "viewer/text/command.h"
#include "viewer/text/memory.h"
#include "viewer/text/report.h"
#include "viewer/text/times.h"

static void json_memory(struct json *j, const struct memory *m)
{
	struct table table = totals_table(m);

	json_open(j, '{');
	table_json_row(&table, NULL, j, m);
	json_close(j, '}');
}

void summary_json_trace(const struct report *r, struct json *j)
{
	const struct trace *trace = r->trace;
	const char *damage = *trace->damage ? trace->damage : r->a->damage;

	json_line(j);
	json_key(j, "trace");
	json_open(j, '{');
	json_key_string(j, "file", trace->file);
	json_key(j, "complete");
	json_bool(j, trace->complete && !*damage);
	json_key(j, "damage");
	if (*damage)
		json_string(j, damage);
	else
		json_null(j);
	json_key_u64(j, "events", trace->n_events);
	json_key_u64(j, "size_bytes", trace->file_bytes);
	json_key_seconds(j, "duration_s", trace->end_ns);
	json_key(j, "command");
	command_json(trace, trace->command, j);
	json_key_string(j, "host", trace_string(trace, trace->host));
	json_key_string(j, "options", trace_string(trace, trace->options));
	json_key_seconds(j, "started_at_s", trace->wall_ns);
	json_close(j, '}');
	json_line(j);
	json_key(j, "totals");
	json_memory(j, &r->a->total);
}

/* null where it was not measured. */
static void key_u64_of(struct json *j, const char *key, u64 value, bool measured)
{
	if (measured)
		json_key_u64(j, key, value);
	else
		json_key_null(j, key);
}

static void key_seconds_of(struct json *j, const char *key, u64 ns, bool measured)
{
	if (measured)
		json_key_seconds(j, key, ns);
	else
		json_key_null(j, key);
}

static void json_time(struct json *j, const struct trace_process *p, const struct figures *f)
{
	u64 due = times_samples_due(p);

	json_key(j, "time");
	json_open(j, '{');
	json_key_string(j, "mode", times_mode_name(p->time_mode));
	if (p->time_mode == TIME_OFF)
		json_key_null(j, "clock");
	else
		json_key_string(j, "clock", times_clock_name(p->time_clock));
	key_u64_of(j, "samples", f->samples, p->time_mode != TIME_OFF);
	key_u64_of(j, "samples_due", due, due > 0);
	key_u64_of(j, "frequency", p->frequency, p->time_mode != TIME_OFF);
	key_u64_of(j, "calls", f->calls, figures_exact(f));
	key_u64_of(j, "primitive_calls", f->primitive_calls, figures_exact(f));
	key_seconds_of(j, "self_s", f->time_ns, p->time_mode != TIME_OFF);
	key_seconds_of(j, "cpu_s", p->cpu_ns, p->cpu_ns > 0);
	key_seconds_of(j, "wall_s", sat_sub(p->end_ns, p->start_ns), p->end_ns > 0);
	json_close(j, '}');
}

void summary_json_process(const struct report *r, struct json *j, const struct process_row *row)
{
	const struct trace *trace = r->trace;
	const struct trace_process *p = &trace->processes.at[row->process];
	bool known = p->flags & PROCESS_STATUS_KNOWN;

	json_open(j, '{');
	json_key_u64(j, "pid", p->pid);
	json_key_u64(j, "ppid", p->ppid);
	json_key_string(j, "command", command_text(trace, p->command, (struct arena *)&r->arena));
	json_key(j, "arguments");
	command_json(trace, p->command, j);
	json_key_string(j, "executable", trace_string(trace, p->executable));
	json_key(j, "exit_status");
	if (known && !p->signal)
		json_u64(j, p->exit_status);
	else
		json_null(j);
	json_key(j, "signal");
	if (known && p->signal)
		json_u64(j, p->signal);
	else
		json_null(j);
	json_key(j, "replaced");
	json_bool(j, p->flags & PROCESS_REPLACED);
	json_key(j, "recorded");
	json_bool(j, !(p->flags & PROCESS_NOT_RECORDED));
	json_key(j, "reason");
	if (*trace_string(trace, p->reason))
		json_string(j, trace_string(trace, p->reason));
	else
		json_null(j);
	json_key_string(j, "origin", p->origin == PROCESS_FORK ? "fork" : "exec");
	json_key_u64(j, "threads", row->n_threads);
	json_key_seconds(j, "start_s", p->start_ns);
	key_seconds_of(j, "end_s", p->end_ns, p->end_ns > 0);
	json_key(j, "memory");
	json_memory(j, &row->memory);
	key_u64_of(j, "rss_peak_bytes", p->rss_peak_bytes, p->rss_peak_bytes > 0);
	json_time(j, p, &row->memory.figures);
	json_close(j, '}');
}
