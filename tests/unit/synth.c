/* A program that allocates and frees at random: sites by a skewed choice, frees partly of the newest block,
 * partly of any, partly by other threads. */
#include "tests/unit/synth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAP_EVERY = 1000, RSS_EVERY = 5000, TIME_EVERY = 300, FIRST_PID = 1000, FIRST_TID = 5000 };

struct block {
	u64 ordinal, size;
	u32 site;
};

struct state {
	const struct synth *s;
	struct ledger *ledger;
	struct writer *w;
	u64 random, ns, next_ordinal;
	u64 last_ns; /* of an event */
	ARRAY(u32) site_threads;
	ARRAY(struct block) live;
	ARRAY(u32) threads_process;
	ARRAY(u64) last; /* by thread: ordinal of the allocation that it made last, if it did nothing since */
	u32 map_site;
	u32 n_nodes, n_ended; /* processes 1 to n_ended have */
};

u64 synth_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

u64 synth_address(u64 ordinal)
{
	u64 seed = ordinal, r = synth_random(&seed);

	switch (ordinal / 700 % 4) {
	case 0:
		return 0x560000001010 + ordinal * 48;
	case 1:
		return 0x560000001010 + r % 20 * 32;
	case 2:
		return 0x7f0000000010 + r % (1 << 24) * 16;
	default:
		return r << 3;
	}
}

static u32 below(struct state *st, u64 limit)
{
	return (u32)(synth_random(&st->random) % limit);
}

static struct trace_process process(struct state *st, u32 i)
{
	struct trace_process p = {.pid = FIRST_PID + i, .ppid = 1, .parent = i > 0 ? 0 : NO_ID};

	p.command = writer_string(st->w, "./synth\0-x", 10);
	p.executable = writer_string(st->w, "/bin/synth", 10);
	p.origin = i > 0 ? PROCESS_FORK : PROCESS_EXEC;
	return p;
}

static void make_processes(struct state *st)
{
	for (u32 i = 0; i < st->s->n_processes; i++) {
		struct trace_process p = process(st, i);

		writer_process(st->w, &p);
	}
}

/* Thread and site 0 belong to process 0, which does not end. */
static bool is_dead(const struct state *st, u32 thread)
{
	u32 p = st->threads_process.at[thread];

	return p > 0 && p <= st->n_ended;
}

static void end_process(struct state *st)
{
	u32 id = ++st->n_ended;
	struct trace_process p = process(st, id);
	size_t kept = 0;

	p.flags = PROCESS_ENDED | PROCESS_STATUS_KNOWN;
	p.end_ns = st->ns;
	writer_process_update(st->w, id, &p);
	ledger_end(st->ledger, id);
	for (size_t i = 0; i < st->live.n; i++)
		if (!is_dead(st, st->site_threads.at[st->live.at[i].site]))
			st->live.at[kept++] = st->live.at[i];
	st->live.n = kept;
}

static u32 new_thread(struct state *st)
{
	u32 id = (u32)st->threads_process.n;
	struct trace_thread t = {
		.process = id % st->s->n_processes, .tid = FIRST_TID + id, .start_ns = st->ns};
	char name[32];

	t.name = writer_string(st->w, name, (size_t)snprintf(name, sizeof(name), "worker %u", id % 7));
	array_push(&st->threads_process, t.process);
	array_push(&st->last, UINT64_MAX);
	return writer_thread(st->w, &t);
}

static u32 pick_thread(struct state *st)
{
	u32 thread =
		st->threads_process.n < st->s->n_threads ? new_thread(st) : below(st, st->threads_process.n);

	return is_dead(st, thread) ? 0 : thread;
}

/* A site with a new stack: a new pc at some depth below a stack that is there. */
static u32 new_site(struct state *st)
{
	u32 id = (u32)st->site_threads.n;
	u32 thread = pick_thread(st);
	char text[64];
	u32 name = writer_string(st->w, text, (size_t)snprintf(text, sizeof(text), "function_%u", id));
	u32 file = writer_string(st->w, text, (size_t)snprintf(text, sizeof(text), "file_%u.c", id / 16));
	u32 module = id % 256 == 0
			     ? writer_module(st->w, &(struct trace_module){.path = file, .build_id_len = 3})
			     : 1;
	u32 function = writer_function(st->w, &(struct trace_function){name, file, id, module, 0, 0});
	u32 pc = writer_pc(st->w, &(struct trace_pc){module, 0x1000 + id * 24ull});
	struct trace_frame frames[2] = {{function, file, id + 2}, {function / 2, file, id + 3}};
	struct trace_node node = {below(st, st->n_nodes + 1), pc};

	if (id % 10 != 9)
		writer_symbol(st->w, pc, frames, 1 + id % 2);
	st->n_nodes = writer_node(st->w, &node);
	array_push(&st->site_threads, thread);
	ledger_site(st->ledger, st->threads_process.at[thread]);
	return writer_site(st->w, &(struct trace_site){thread, st->n_nodes});
}

static u32 pick_site(struct state *st)
{
	u64 n = st->site_threads.n, a = synth_random(&st->random);
	u32 site;

	if (n == 0 || (n < st->s->n_sites && a % 64 == 0))
		return new_site(st);
	a = a >> 8 & 0xffffffff;
	site = (u32)((a * a >> 32) * n >> 32); /* the first ones more often */
	return is_dead(st, st->site_threads.at[site]) ? 0 : site;
}

static u64 pick_size(struct state *st, u32 site)
{
	u64 r = synth_random(&st->random);

	if (!st->s->extremes)
		return 16 + (site % 50) * 8 + (r % 4 == 0 ? r >> 8 & 255 : 0);
	switch (r % 8) {
	case 0:
		return 0;
	case 1:
		return r >> 20; /* up to 2^44: sums of a million fit */
	case 2:
		return 1ull << 32;
	default:
		return r >> 40;
	}
}

static u64 pick_time(struct state *st)
{
	u64 r = synth_random(&st->random), given;

	st->ns += 40 + r % 60 + (r >> 32 & 1023 ? 0 : r >> 44 & 0xfffff);
	given = st->ns;
	if (st->s->extremes && (r >> 20) % 500 == 0)
		given = st->ns += 3600000000000ull * ((r >> 30) % 20);
	else if (st->s->extremes && (r >> 20) % 100 == 1)
		given = st->ns - MIN(st->ns, r >> 50); /* back */
	return given;
}

/* What the writer makes of a time that goes back. */
static u64 raised(const struct state *st, u64 ns)
{
	return MAX(ns, st->last_ns);
}

static void note(struct state *st, const struct ledger_event *e)
{
	st->last_ns = e->ns;
	if (!st->s->large)
		ledger_event(st->ledger, e);
}

static void allocate(struct state *st)
{
	u32 site = pick_site(st), thread = st->site_threads.at[site];
	u64 ns = pick_time(st), size = pick_size(st, site);
	struct ledger_event e = {raised(st, ns), size, 0, site, thread, TRACE_ALLOC, 0};

	e.ordinal = writer_alloc(st->w, ns, site, size, synth_address(st->next_ordinal));
	note(st, &e);
	array_push(&st->live, (struct block){e.ordinal, size, site});
	st->next_ordinal = e.ordinal + 1;
	st->last.at[thread] = e.ordinal;
}

static void release(struct state *st, size_t at, bool by_any)
{
	struct block b = st->live.at[at];
	u32 thread = by_any ? below(st, st->threads_process.n) : st->site_threads.at[b.site];
	u64 ns = pick_time(st);
	struct ledger_event e = {raised(st, ns), b.size, b.ordinal, b.site, thread, TRACE_FREE, 0};

	if (is_dead(st, thread))
		e.thread = thread = st->site_threads.at[b.site];

	st->live.at[at] = st->live.at[--st->live.n];
	e.temporary = st->last.at[thread] == b.ordinal;
	st->last.at[thread] = UINT64_MAX;
	writer_free(st->w, ns, b.ordinal, b.site, b.size, thread, e.temporary);
	note(st, &e);
}

static void release_any(struct state *st)
{
	u32 r = below(st, 8);

	release(st, r < 4 ? st->live.n - 1 : below(st, st->live.n), r % 4 == 3);
}

/* As a loop that frees what it has allocated; told in either way. */
static void pair(struct state *st)
{
	u32 site = pick_site(st), thread = st->site_threads.at[site];
	u64 first = pick_time(st), second = first + below(st, 50), size = pick_size(st, site);
	struct ledger_event e = {raised(st, first), size, st->next_ordinal, site, thread, TRACE_ALLOC, 0};

	if (below(st, 2)) {
		allocate(st);
		release(st, st->live.n - 1, false);
		return;
	}
	writer_temporary(st->w, first, second, site, size, synth_address(st->next_ordinal));
	st->next_ordinal++;
	note(st, &e);
	e.ns = raised(st, second);
	e.kind = TRACE_FREE;
	e.temporary = true;
	note(st, &e);
	st->last.at[thread] = UINT64_MAX;
}

/* A sample and a slice of calls, of sites in turn: nothing is drawn by lot for them, so that the events are
 * those of a trace without them. */
static void spend_time(struct state *st, u64 i)
{
	u32 site = (u32)(i * 7919 % st->site_threads.n);
	struct trace_sample sample = {st->ns, site, (u32)(i % 3), i % 5000000};
	struct trace_calls calls = {st->ns, site, i % 1000, i * 977 % 100000000};

	writer_sample(st->w, &sample);
	writer_calls(st->w, &calls);
	if (st->s->large)
		return;
	ledger_sample(st->ledger, &sample);
	ledger_calls(st->ledger, &calls);
}

static void aside(struct state *st, u64 i)
{
	bool removes = i / MAP_EVERY % 2; /* what was added last */

	if (i % MAP_EVERY == MAP_EVERY / 2) {
		if (!removes)
			st->map_site = below(st, st->site_threads.n);
		if (!is_dead(st, st->site_threads.at[st->map_site])) {
			writer_map(st->w, st->ns, removes ? MAP_REMOVED : MAP_ADDED, st->map_site, 4096);
			ledger_map(st->ledger, removes ? MAP_REMOVED : MAP_ADDED, st->map_site, 4096);
		}
	}
	if (i % TIME_EVERY == TIME_EVERY / 2)
		spend_time(st, i);
	if (i % RSS_EVERY == RSS_EVERY / 2)
		writer_rss(st->w, st->ns, below(st, st->s->n_processes), i * 64);
	if (st->s->ends &&
	    i % (st->s->n_events / st->s->n_processes + 1) == st->s->n_events / st->s->n_processes)
		end_process(st);
	if (st->s->flush_every && i % st->s->flush_every == st->s->flush_every - 1)
		writer_flush(st->w);
}

static void finish(struct state *st)
{
	struct ledger *l = st->ledger;
	struct writer_end end;
	struct err err;

	if (!st->s->large)
		ledger_finish(l, st->s->n_processes);
	end = (struct writer_end){
		.end_ns = raised(st, st->ns),
		.mapped_bytes = l->mapped,
		.mapped_peak_bytes = l->mapped_peak,
	};
	if (writer_close(st->w, st->s->no_end ? NULL : &end, &err) < 0) {
		fprintf(stderr, "synth: %s\n", err.text);
		exit(99);
	}
}

void synth_write(const char *path, const struct synth *s, struct ledger *ledger)
{
	struct writer_info info = {"./synth\0-x", 10, "Linux test", "", 1700000000000000000u, s->addresses};
	struct state st = {.s = s, .ledger = ledger, .random = s->seed};
	struct err err;

	st.w = writer_new(path, true, &info, &err);
	if (!st.w) {
		fprintf(stderr, "synth: %s\n", err.text);
		exit(99);
	}
	make_processes(&st);
	writer_module(st.w, &(struct trace_module){.path = writer_string(st.w, "/bin/synth", 10)});
	for (u64 i = 0, round = 0; i < s->n_events; i++, round++) {
		u32 odds = st.live.n < s->n_live ? 5 : 3;
		u32 pairs = s->loops && below(&st, 1000) == 0 ? below(&st, s->loops) : 0;

		for (; pairs > 0 && i + 2 < s->n_events; pairs--, i += 2)
			pair(&st);

		if (st.live.n == 0 || below(&st, 8) < odds)
			allocate(&st);
		else
			release_any(&st);
		aside(&st, round);
	}
	finish(&st);
	array_free(&st.site_threads);
	array_free(&st.live);
	array_free(&st.threads_process);
	array_free(&st.last);
}
