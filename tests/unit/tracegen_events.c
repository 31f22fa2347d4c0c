/* Lines with a time in word 0, and the thread or the command in word 1. */
#include "tests/unit/tracegen_private.h"

#include <string.h>

static void one_alloc(struct gen *g, u32 t, u64 size, u32 s)
{
	struct gen_block b = {writer_alloc(g->w, g->now, s, size, g->address), size, s, false};

	g->address += MAX((size + 8 + 15) / 16 * 16, (u64)32);
	ledger_event(&g->ledger, &(struct ledger_event){g->now, size, b.ordinal, s, t, TRACE_ALLOC, false});
	g->threads.at[t].last_ordinal = b.ordinal;
	array_push(&g->blocks, b);
}

static void one_free(struct gen *g, u32 t, u64 number_of_block)
{
	struct gen_block *b;
	bool temporary;

	if (number_of_block >= g->blocks.n || g->blocks.at[number_of_block].freed)
		BAD(g, "no live block #%llu", (unsigned long long)number_of_block);
	b = &g->blocks.at[number_of_block];
	temporary = g->threads.at[t].last_ordinal == b->ordinal;
	g->threads.at[t].last_ordinal = UINT64_MAX;
	b->freed = true;
	writer_free(g->w, g->now, b->ordinal, b->site, b->size, t, temporary);
	ledger_event(&g->ledger,
		     &(struct ledger_event){g->now, b->size, b->ordinal, b->site, t, TRACE_FREE, temporary});
}

static u64 block_number(struct gen *g, const char *s)
{
	if (*s != '#')
		BAD(g, "not a block: %s", s);
	return gen_number(g, s + 1);
}

static void at_alloc(struct gen *g, u32 t)
{
	u64 size = gen_number(g, gen_word(g, 3)), n = 1;
	u32 s = gen_site(g, t, gen_word(g, 4));

	if (g->n_words > 5)
		n = gen_number(g, g->words[5] + (g->words[5][0] == 'x'));
	while (n-- > 0)
		one_alloc(g, t, size, s);
}

static void at_free(struct gen *g, u32 t)
{
	char *copy = xstrdup(gen_word(g, 3)), *dots = strstr(copy, "..");
	u64 first, last;

	if (dots)
		*dots = '\0';
	first = block_number(g, copy);
	last = dots ? gen_number(g, dots + 2) : first;
	for (u64 i = first; i <= last; i++)
		one_free(g, t, i);
	free(copy);
}

static void at_realloc(struct gen *g, u32 t)
{
	u64 size = gen_number(g, gen_word(g, 4));
	u32 s = gen_site(g, t, gen_word(g, 5));

	one_free(g, t, block_number(g, gen_word(g, 3)));
	one_alloc(g, t, size, s);
}

static void at_map(struct gen *g, u32 t)
{
	enum map_kind kind = strcmp(g->words[2], "map") == 0 ? MAP_ADDED : MAP_REMOVED;
	u64 bytes = gen_number(g, gen_word(g, 3));
	u32 s = gen_site(g, t, gen_word(g, 4));

	writer_map(g->w, g->now, kind, s, bytes);
	ledger_map(&g->ledger, kind, s, bytes);
}

static void at_sample(struct gen *g, u32 t)
{
	struct trace_sample sample = {.ns = g->now, .span_ns = gen_seconds(g, gen_word(g, 3)), .count = 1};

	sample.site = gen_site(g, t, gen_word(g, 4));
	if (g->n_words > 5)
		sample.count = (u32)gen_number(g, g->words[5] + (g->words[5][0] == 'x'));
	writer_sample(g->w, &sample);
}

static void at_calls(struct gen *g, u32 t)
{
	struct trace_calls calls = {.ns = g->now, .calls = gen_number(g, gen_word(g, 3))};

	calls.self_ns = gen_seconds(g, gen_word(g, 4));
	calls.site = gen_site(g, t, gen_word(g, 5));
	writer_calls(g->w, &calls);
}

static u32 declared_function(struct gen *g, const char *name)
{
	struct gen_function *f = gen_function(g, name);

	if (!f)
		BAD(g, "no such function: %s", name);
	return f->id;
}

static i64 signed_number(struct gen *g, const char *text)
{
	return *text == '-' ? -(i64)gen_number(g, text + 1) : (i64)gen_number(g, text);
}

static void at_line(struct gen *g, u32 p)
{
	writer_line_memory(g->w, &(struct trace_line_memory){
					 .ns = g->now,
					 .process = p,
					 .function = declared_function(g, gen_word(g, 3)),
					 .line = (u32)gen_number(g, gen_word(g, 4)),
					 .hits = (u32)gen_number(g, gen_word(g, 5)),
					 .most_bytes = gen_number(g, gen_word(g, 6)),
					 .increment_bytes = signed_number(g, gen_word(g, 7)),
				 });
}

static void at_bracket(struct gen *g, u32 t)
{
	writer_bracket(g->w, &(struct trace_bracket){
				     .start_ns = gen_seconds(g, gen_word(g, 4)),
				     .end_ns = g->now,
				     .thread = t,
				     .function = declared_function(g, gen_word(g, 3)),
				     .level = g->n_words > 7 ? (u32)gen_number(g, g->words[7]) : 0,
				     .start_bytes = gen_number(g, gen_word(g, 5)),
				     .end_bytes = gen_number(g, gen_word(g, 6)),
			     });
}

static void at_release(struct gen *g, u32 t)
{
	struct trace_release release = {.ns = g->now, .frees = gen_number(g, gen_word(g, 3))};

	release.bytes = gen_number(g, gen_word(g, 4));
	release.site = gen_site(g, t, gen_word(g, 5));
	writer_release(g->w, &release);
}

static void at_rss(struct gen *g, u32 p)
{
	u64 bytes = gen_number(g, gen_word(g, 3));

	writer_rss(g->w, g->now, p, bytes);
	g->processes.at[p].rss_peak_bytes = MAX(g->processes.at[p].rss_peak_bytes, bytes);
}

static void at_exit(struct gen *g, u32 p)
{
	struct trace_process *process = &g->processes.at[p];
	bool replace = strcmp(g->words[1], "replace") == 0, killed = strcmp(g->words[1], "kill") == 0;

	process->end_ns = g->now;
	process->flags |= PROCESS_ENDED | (replace ? PROCESS_REPLACED : PROCESS_STATUS_KNOWN);
	if (killed)
		process->signal = (u8)gen_number(g, gen_word(g, 3));
	else if (!replace)
		process->exit_status = (u8)gen_number(g, gen_word(g, 3));
	writer_process_update(g->w, p, process);
	ledger_end(&g->ledger, p);
}

const struct gen_event gen_events[] = {
	{"alloc", at_alloc, false}, {"free", at_free, false},       {"realloc", at_realloc, false},
	{"map", at_map, false},     {"unmap", at_map, false},       {"rss", at_rss, true},
	{"line", at_line, true},    {"bracket", at_bracket, false}, {"sample", at_sample, false},
	{"calls", at_calls, false}, {"release", at_release, false}, {"exit", at_exit, true},
	{"kill", at_exit, true},    {"replace", at_exit, true},
};
const size_t gen_n_events = ARRAY_LEN(gen_events);
