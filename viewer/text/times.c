/* See times.h. */
#include "viewer/text/times.h"

#include "common/human.h"
#include "viewer/model/timed.h"

const char *times_mode_name(u8 mode)
{
	static const char *const names[] = {
		[TIME_OFF] = "off", [TIME_SAMPLE] = "sample", [TIME_EXACT] = "exact"};

	return mode < ARRAY_LEN(names) ? names[mode] : "off";
}

const char *times_clock_name(u8 clock)
{
	return clock == TIME_WALL ? "wall" : "cpu";
}

u64 times_samples_due(const struct trace_process *p)
{
	if (p->time_mode != TIME_SAMPLE || p->time_clock != TIME_CPU || !p->frequency)
		return 0;
	u32 ns = trace_sample_ns(p->frequency);
	return ns ? (p->cpu_ns + ns / 2) / ns : 0;
}

int metric_check(const struct trace *trace, enum metric metric, struct err *err)
{
	if (!metric_is_timed(metric))
		return memory_missing(trace) ? err_set(err, "%s", memory_missing(trace)) : 0;
	if (metric == METRIC_CALLS && trace->calls.n == 0)
		return err_set(
			err, "this trace has no exact calls%s; record them with memtrace record --time=exact",
			trace->samples.n ? ", only samples" : "");
	/* A run that was too short for a sample was measured: it took no time that anybody saw. */
	if (trace->samples.n + trace->calls.n == 0 && !timed_asked(trace))
		return err_set(err, "this trace has no function timings; record them with memtrace record "
				    "--time=sample");
	return 0;
}

/* "cpu", "wall", or "" where there are both among the processes of a mode. */
static const char *clock_of(const struct analysis *a, enum time_mode mode)
{
	bool seen[2] = {false, false};

	for (size_t i = 0; i < a->processes.n; i++) {
		const struct trace_process *p = &a->trace->processes.at[a->processes.at[i].process];

		if (p->time_mode == mode)
			seen[p->time_clock == TIME_WALL] = true;
	}
	return seen[0] == seen[1] ? "" : seen[1] ? "wall " : "cpu ";
}

static void print_line(const struct out *out, const char *name, const char *clock, u64 ns, u64 count,
		       const char *what, const char *more)
{
	char text[64], number[HUMAN_LEN];

	snprintf(text, sizeof(text), "%s, %stime", name, clock);
	out_cell(out, text, -22);
	out_cell(out, human_duration(number, ns, out->ascii), 11);
	out_cell(out, human_count(number, count, ' '), 15);
	fprintf(out->file, "  %s%s\n", what, more);
}

void times_print(const struct analysis *a, const struct out *out)
{
	const struct figures *f = &a->total.figures;
	char more[64] = "", number[HUMAN_LEN];
	u64 due = 0;

	if (!figures_timed(f))
		return;
	out_style(out, STYLE_BOLD);
	out_cell(out, "", -22);
	out_cell(out, "time", 11);
	out_cell(out, "count", 15);
	out_style(out, STYLE_NORMAL);
	putc('\n', out->file);
	for (size_t i = 0; i < a->processes.n && !a->total.part; i++) {
		const struct process_row *row = &a->processes.at[i];
		const struct trace_process *p = &a->trace->processes.at[row->process];

		if (p->cpu_ns == 0 && row->memory.figures.samples) {
			due = 0; /* of one with samples it is not known */
			break;
		}
		due += times_samples_due(p);
	}
	if (figures_sampled(f)) {
		if (due)
			snprintf(more, sizeof(more), ", %s%% of those due",
				 human_percent(number, f->samples, due));
		print_line(out, "sampled", clock_of(a, TIME_SAMPLE), f->time_ns - f->exact_ns, f->samples,
			   "samples", more);
	}
	if (figures_exact(f)) {
		*more = '\0';
		if (f->primitive_calls != f->calls)
			snprintf(more, sizeof(more), ", %s primitive",
				 human_count(number, f->primitive_calls, ' '));
		print_line(out, "exact", clock_of(a, TIME_EXACT), f->exact_ns, f->calls, "calls", more);
	}
}
