/* What was measured over time, without ids: mappings, resident memory, samples, calls, lines of Python,
 * brackets of functions, frees by site. Ids in it are checked against the tables that they name. */
#include "viewer/load/increment.h"

int add_maps(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 ns = next_delta(in, 0), site = next(in, 1), bytes = next(in, 2);

		if (site >> 1 >= t->sites.n)
			return err_set(err, "bad mapping");
		array_push(&t->maps, (struct trace_map_event){ns, (u32)(site >> 1),
							      site & 1 ? MAP_REMOVED : MAP_ADDED, bytes});
	}
	return 0;
}

int add_rss(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 ns = next_delta(in, 0), process = next(in, 1), bytes = next_delta(in, 2);

		if (process >= t->processes.n)
			return err_set(err, "bad sample of resident memory");
		array_push(&t->rss, (struct trace_rss){ns, (u32)process, bytes});
	}
	return 0;
}

int add_brackets(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 end = next_delta(in, 0), thread = next(in, 1), function = next_delta(in, 2),
		    level = next(in, 3), span = next(in, 4), first = next_delta(in, 5),
		    last = next_delta(in, 6);

		if (thread >= t->threads.n || function >= t->functions.n || level > UINT32_MAX || span > end)
			return err_set(err, "bad bracket of a function");
		array_push(&t->brackets, (struct trace_bracket){end - span, end, (u32)thread, (u32)function,
								(u32)level, first, last});
	}
	return 0;
}

/* Sorted by time, whatever the file says: ranges of time are looked up in them. */

int add_samples(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 ns = next_delta(in, 0), site = next_delta(in, 1), count = next(in, 2),
		    span = next_delta(in, 3);

		if (site >= t->sites.n || count > UINT32_MAX)
			return err_set(err, "bad sample");
		if (t->samples.n)
			ns = MAX(ns, t->samples.at[t->samples.n - 1].ns);
		array_push(&t->samples, (struct trace_sample){ns, (u32)site, (u32)count, span});
	}
	return 0;
}

int add_calls(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 ns = next_delta(in, 0), site = next_delta(in, 1), calls = next(in, 2), self = next(in, 3);

		if (site >= t->sites.n)
			return err_set(err, "bad count of calls");
		if (t->calls.n)
			ns = MAX(ns, t->calls.at[t->calls.n - 1].ns);
		array_push(&t->calls, (struct trace_calls){ns, (u32)site, calls, self});
	}
	return 0;
}

int add_line_memory(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 ns = next_delta(in, 0), process = next(in, 1), function = next_delta(in, 2),
		    line = next_delta(in, 3), hits = next(in, 4), most = next_delta(in, 5),
		    increment = unzigzag(next(in, 6));

		if (process >= t->processes.n || function >= t->functions.n || line > UINT32_MAX ||
		    hits > UINT32_MAX)
			return err_set(err, "bad memory of a line");
		if (t->line_memory.n)
			ns = MAX(ns, t->line_memory.at[t->line_memory.n - 1].ns);
		array_push(&t->line_memory,
			   (struct trace_line_memory){ns, (u32)process, (u32)function, (u32)line, (u32)hits,
						      most, (i64)increment});
	}
	return 0;
}

int add_releases(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 ns = next_delta(in, 0), site = next_delta(in, 1), frees = next(in, 2),
		    bytes = next(in, 3);

		if (site >= t->sites.n)
			return err_set(err, "bad count of frees");
		if (t->releases.n)
			ns = MAX(ns, t->releases.at[t->releases.n - 1].ns);
		array_push(&t->releases, (struct trace_release){ns, (u32)site, frees, bytes});
	}
	return 0;
}
