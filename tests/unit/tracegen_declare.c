/* Lines without a time: what the trace is made of, and how it is written. */
#include "tests/unit/tracegen_private.h"

#include <string.h>

static void do_process(struct gen *g)
{
	struct trace_process p = {
		.pid = (u32)gen_number(g, gen_word(g, 2)),
		.ppid = (u32)gen_number(g, gen_word(g, 3)),
		.parent = NO_ID,
		.origin = strcmp(g->words[0], "fork") == 0 ? PROCESS_FORK : PROCESS_EXEC,
		.start_ns = g->now,
	};
	char command[4096];
	size_t n = 0;

	if (gen_number(g, gen_word(g, 1)) != g->processes.n + 1)
		BAD(g, "processes are numbered 1, 2, …");
	for (u32 i = 0; i < g->processes.n; i++)
		if (g->processes.at[i].pid == (p.origin == PROCESS_FORK || p.ppid != 0 ? p.ppid : p.pid))
			p.parent = i;
	for (int i = 4; i < g->n_words && n + strlen(g->words[i]) + 1 < sizeof(command); i++) {
		memcpy(command + n, g->words[i], strlen(g->words[i]) + 1);
		n += strlen(g->words[i]) + 1;
	}
	p.command = writer_string(g->w, command, n > 0 ? n - 1 : 0);
	p.executable = gen_string(g, gen_word(g, 4));
	writer_process(g->w, &p);
	array_push(&g->processes, p);
}

static void do_thread(struct gen *g)
{
	struct gen_thread t = {
		.t = {.process = gen_process(g, gen_word(g, 1)), .tid = (u32)gen_number(g, gen_word(g, 2))}};

	t.t.name = gen_string(g, g->n_words > 3 ? g->words[3] : "");
	t.t.start_ns = g->now;
	t.last_ordinal = UINT64_MAX;
	writer_thread(g->w, &t.t);
	array_push(&g->threads, t);
}

static void do_set(struct gen *g)
{
	struct trace_process *p = &g->processes.at[gen_process(g, gen_word(g, 1))];
	const struct {
		const char *name;
		u64 *field;
	} fields[] = {
		{"inherited_frees", &p->inherited_frees},
		{"unknown_frees", &p->unknown_frees},
		{"lost_events", &p->lost_events},
		{"rss_peak_bytes", &p->rss_peak_bytes},
		{"cpu_ns", &p->cpu_ns},
		{"mapped_peak_bytes", &p->mapped_peak_bytes},
	};
	size_t i = 0;

	if (strcmp(gen_word(g, 2), "ppid") == 0) {
		p->ppid = (u32)gen_number(g, gen_word(g, 3));
		return;
	}
	while (i < ARRAY_LEN(fields) && strcmp(fields[i].name, g->words[2]) != 0)
		i++;
	if (i == ARRAY_LEN(fields))
		BAD(g, "no such field: %s", g->words[2]);
	*fields[i].field = gen_number(g, gen_word(g, 3));
}

static void do_time(struct gen *g)
{
	struct trace_process *p = &g->processes.at[gen_process(g, gen_word(g, 1))];
	static const char *const modes[] = {"off", "sample", "exact"};
	size_t mode = 0;

	while (mode < ARRAY_LEN(modes) && strcmp(modes[mode], gen_word(g, 2)) != 0)
		mode++;
	if (mode == ARRAY_LEN(modes))
		BAD(g, "no such mode: %s", g->words[2]);
	p->time_mode = (u8)mode;
	p->time_clock = strcmp(gen_word(g, 3), "wall") == 0 ? TIME_WALL : TIME_CPU;
	p->frequency = g->n_words > 4 ? (u32)gen_number(g, g->words[4]) : 0;
}

static void do_not_recorded(struct gen *g)
{
	struct trace_process *p = &g->processes.at[gen_process(g, gen_word(g, 1))];

	p->flags |= PROCESS_NOT_RECORDED;
	p->reason = gen_string(g, gen_word(g, 2));
}

static void do_flush(struct gen *g)
{
	writer_flush(g->w);
}

static void do_symbols(struct gen *g)
{
	g->no_symbols = strcmp(gen_word(g, 1), "off") == 0;
}

static void do_end(struct gen *g)
{
	g->end_ns = gen_seconds(g, gen_word(g, 1));
}

static void do_lost(struct gen *g)
{
	g->lost = gen_number(g, gen_word(g, 1));
}

static void do_address(struct gen *g)
{
	g->address = gen_number(g, gen_word(g, 1));
}

/* tracegen_write() has seen it: it is said in the first record. */
static void do_memory(struct gen *g)
{
	if (strcmp(gen_word(g, 1), "off") != 0)
		BAD(g, "memory off is wanted");
}

static void do_cut(struct gen *g)
{
	g->cut = true;
}

const struct gen_command gen_commands[] = {
	{"module", gen_do_module}, {"function", gen_do_function},
	{"process", do_process},   {"fork", do_process},
	{"exec", do_process},      {"thread", do_thread},
	{"set", do_set},           {"not_recorded", do_not_recorded},
	{"flush", do_flush},       {"symbols", do_symbols},
	{"end", do_end},           {"lost", do_lost},
	{"cut", do_cut},           {"time", do_time},
	{"address", do_address},   {"memory", do_memory},
};
const size_t gen_n_commands = ARRAY_LEN(gen_commands);
