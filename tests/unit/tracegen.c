/* From text to a trace. The text is read line by line, each line's words looked up in one table of commands.
 */
#include "tests/unit/tracegen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/idmap.h"
#include "record/writer.h"
#include "tests/unit/ledger.h"

enum { WORDS_MAX = 64, PC_STRIDE = 16, FIRST_OFFSET = 0x1000 };

struct gen_module {
	char *path;
	u32 id;
	u64 next_offset;
};

struct gen_function {
	char *name;
	struct trace_function f;
	u32 id, module; /* module: index in gen.modules */
};

struct gen_pc {
	char *text; /* as in the stack */
	u32 id;
};

struct gen_thread {
	struct trace_thread t;
	u64 last_ordinal; /* what it did last was this allocation */
};

struct gen_block {
	u64 ordinal, size;
	u32 site;
	bool freed;
};

struct gen {
	struct writer *w;
	struct ledger ledger;
	int line;
	const char *words[WORDS_MAX];
	int n_words;
	u64 now, end_ns, lost, address;
	bool cut, no_symbols;

	ARRAY(struct gen_module) modules;
	ARRAY(struct gen_function) functions;
	ARRAY(struct gen_pc) pcs;
	ARRAY(struct trace_process) processes; /* the number of one is its id + 1 */
	ARRAY(struct gen_thread) threads;
	ARRAY(struct gen_block) blocks;
	struct idmap nodes, sites;
};

#define BAD(g, ...)                                                                                          \
	do {                                                                                                 \
		fprintf(stderr, "tracegen: line %d: ", (g)->line);                                           \
		fprintf(stderr, __VA_ARGS__);                                                                \
		fputc('\n', stderr);                                                                         \
		exit(99);                                                                                    \
	} while (0)

static const char *word(struct gen *g, int i)
{
	if (i >= g->n_words)
		BAD(g, "too few words");
	return g->words[i];
}

static u64 number(struct gen *g, const char *s)
{
	char *end;
	u64 v = strtoull(s, &end, 0);

	if (end == s || *end != '\0')
		BAD(g, "not a number: %s", s);
	return v;
}

static u64 seconds(struct gen *g, const char *s)
{
	char *end;
	double v = strtod(s, &end);

	if (end == s || *end != '\0' || v < 0)
		BAD(g, "not a time: %s", s);
	return (u64)(v * 1e9 + 0.5);
}

static u32 string(struct gen *g, const char *s)
{
	return writer_string(g->w, s, strlen(s));
}

static u32 module(struct gen *g, const char *path, const char *build_id)
{
	struct trace_module m = {.path = string(g, path)};
	unsigned byte;

	for (u32 i = 0; i < g->modules.n; i++)
		if (strcmp(g->modules.at[i].path, path) == 0)
			return i;
	for (; build_id && sscanf(build_id, "%2x", &byte) == 1 && m.build_id_len < BUILD_ID_MAX;
	     build_id += 2)
		m.build_id[m.build_id_len++] = (u8)byte;
	array_push(&g->modules, (struct gen_module){xstrdup(path), writer_module(g->w, &m), FIRST_OFFSET});
	return (u32)g->modules.n - 1;
}

static void do_module(struct gen *g)
{
	module(g, word(g, 1), g->n_words > 2 ? g->words[2] : NULL);
}

static struct gen_function *function(struct gen *g, const char *name)
{
	for (size_t i = 0; i < g->functions.n; i++)
		if (strcmp(g->functions.at[i].name, name) == 0)
			return &g->functions.at[i];
	return NULL;
}

static struct gen_function *declare(struct gen *g, const char *name, const char *module_path,
				    const char *file, u32 line, u8 flags, u8 language)
{
	struct gen_function new = {.name = xstrdup(name), .module = module(g, module_path, NULL)};

	new.f = (struct trace_function){string(g, name), string(g, file), line, g->modules.at[new.module].id,
					flags,           language};
	new.id = writer_function(g->w, &new.f);
	array_push(&g->functions, new);
	return &g->functions.at[g->functions.n - 1];
}

static void do_function(struct gen *g)
{
	static const struct {
		const char *name;
		u8 flag, language;
	} traits[] = {
		{"allocator", FUNCTION_ALLOCATOR, 0}, {"runtime", FUNCTION_RUNTIME, 0},
		{"nosymbol", FUNCTION_NO_SYMBOL, 0},  {"interpreter", FUNCTION_INTERPRETER, 0},
		{"python", 0, LANGUAGE_PYTHON},
	};
	u8 flags = 0, language = 0;

	for (int i = 5; i < g->n_words; i++) {
		size_t t = 0;

		while (t < ARRAY_LEN(traits) && strcmp(traits[t].name, g->words[i]) != 0)
			t++;
		if (t == ARRAY_LEN(traits))
			BAD(g, "unknown trait: %s", g->words[i]);
		flags |= traits[t].flag;
		language |= traits[t].language;
	}
	declare(g, word(g, 1), word(g, 2), word(g, 3), (u32)number(g, word(g, 4)), flags, language);
}

/* The next of f~g~h; a ~ behind a colon is a destructor's. */
static char *inlined(char **rest)
{
	char *name = *rest, *p;

	if (!name)
		return NULL;
	for (p = name; *p && (*p != '~' || p == name || p[-1] == ':'); p++)
		;
	*rest = *p ? p + 1 : NULL;
	*p = '\0';
	return name;
}

/* One step of a stack: f, f:12, f~g:3 (g inlined into f), ?module+0x1f. */
static u32 pc(struct gen *g, const char *text)
{
	struct trace_frame frames[WORDS_MAX];
	u32 n = 0, home = 0;
	struct gen_pc new = {0};
	char *copy, *rest, *name;
	u64 offset = 0;

	for (size_t i = 0; i < g->pcs.n; i++)
		if (strcmp(g->pcs.at[i].text, text) == 0)
			return g->pcs.at[i].id;
	new.text = xstrdup(text);
	rest = copy = xstrdup(text);
	if (*copy == '?') {
		char *plus = strrchr(copy, '+');

		if (!plus)
			BAD(g, "not ?module+offset: %s", text);
		*plus = '\0';
		home = module(g, copy + 1, NULL);
		offset = number(g, plus + 1);
		rest = NULL;
	}
	while ((name = inlined(&rest)) != NULL) {
		char *colon = strrchr(name, ':');
		bool has_line = colon && colon[1] >= '0' && colon[1] <= '9';
		struct gen_function *f;
		char file[256];

		if (has_line)
			*colon = '\0';
		snprintf(file, sizeof(file), "%s.c", name);
		f = function(g, name);
		f = f ? f : declare(g, name, "app", file, 1, 0, LANGUAGE_NATIVE);
		if (n == 0)
			home = f->module;
		memmove(frames + 1, frames, n * sizeof(*frames)); /* the outermost is named first */
		frames[0] = (struct trace_frame){f->id, f->f.file,
						 has_line ? (u32)number(g, colon + 1) : f->f.line + 1};
		if (++n == WORDS_MAX)
			BAD(g, "too many inlined functions");
	}
	if (n > 0) {
		offset = g->modules.at[home].next_offset;
		g->modules.at[home].next_offset += PC_STRIDE;
	}
	new.id = writer_pc(g->w, &(struct trace_pc){g->modules.at[home].id, offset});
	if (n > 0 && !g->no_symbols)
		writer_symbol(g->w, new.id, frames, n);
	array_push(&g->pcs, new);
	free(copy);
	return new.id;
}

static u32 stack(struct gen *g, const char *text)
{
	const char *separator = strchr(text, ';') ? ";" : ">";
	char *copy = xstrdup(text), *rest = copy, *step;
	u32 node = 0;

	while ((step = strsep(&rest, separator)) != NULL) {
		struct trace_node n = {node, pc(g, step)};
		bool found;
		u32 *place = idmap_put(&g->nodes, idmap_pair(n.parent, n.pc), &found);

		if (!found)
			*place = writer_node(g->w, &n);
		node = *place;
	}
	free(copy);
	return node;
}

static u32 thread(struct gen *g, const char *name)
{
	u64 n = name[0] == 't' ? number(g, name + 1) : 0;

	if (n < 1 || n > g->threads.n)
		BAD(g, "no such thread: %s", name);
	return (u32)n - 1;
}

static u32 site(struct gen *g, u32 t, const char *text)
{
	struct trace_site s = {t, stack(g, text)};
	bool found;
	u32 *place = idmap_put(&g->sites, idmap_pair(s.thread, s.node), &found);

	if (!found) {
		*place = writer_site(g->w, &s);
		ledger_site(&g->ledger, g->threads.at[t].t.process);
	}
	return *place;
}

static u32 process(struct gen *g, const char *name)
{
	u64 n = number(g, name);

	if (n < 1 || n > g->processes.n)
		BAD(g, "no such process: %s", name);
	return (u32)n - 1;
}

static void do_process(struct gen *g)
{
	struct trace_process p = {
		.pid = (u32)number(g, word(g, 2)),
		.ppid = (u32)number(g, word(g, 3)),
		.parent = NO_ID,
		.origin = strcmp(g->words[0], "fork") == 0 ? PROCESS_FORK : PROCESS_EXEC,
		.start_ns = g->now,
	};
	char command[4096];
	size_t n = 0;

	if (number(g, word(g, 1)) != g->processes.n + 1)
		BAD(g, "processes are numbered 1, 2, …");
	for (u32 i = 0; i < g->processes.n; i++)
		if (g->processes.at[i].pid == (p.origin == PROCESS_FORK || p.ppid != 0 ? p.ppid : p.pid))
			p.parent = i;
	for (int i = 4; i < g->n_words && n + strlen(g->words[i]) + 1 < sizeof(command); i++) {
		memcpy(command + n, g->words[i], strlen(g->words[i]) + 1);
		n += strlen(g->words[i]) + 1;
	}
	p.command = writer_string(g->w, command, n > 0 ? n - 1 : 0);
	p.executable = string(g, word(g, 4));
	writer_process(g->w, &p);
	array_push(&g->processes, p);
}

static void do_thread(struct gen *g)
{
	struct gen_thread t = {.t = {.process = process(g, word(g, 1)), .tid = (u32)number(g, word(g, 2))}};

	t.t.name = string(g, g->n_words > 3 ? g->words[3] : "");
	t.t.start_ns = g->now;
	t.last_ordinal = UINT64_MAX;
	writer_thread(g->w, &t.t);
	array_push(&g->threads, t);
}

static void do_set(struct gen *g)
{
	struct trace_process *p = &g->processes.at[process(g, word(g, 1))];
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

	if (strcmp(word(g, 2), "ppid") == 0) {
		p->ppid = (u32)number(g, word(g, 3));
		return;
	}
	while (i < ARRAY_LEN(fields) && strcmp(fields[i].name, g->words[2]) != 0)
		i++;
	if (i == ARRAY_LEN(fields))
		BAD(g, "no such field: %s", g->words[2]);
	*fields[i].field = number(g, word(g, 3));
}

static void do_time(struct gen *g)
{
	struct trace_process *p = &g->processes.at[process(g, word(g, 1))];
	static const char *const modes[] = {"off", "sample", "exact"};
	size_t mode = 0;

	while (mode < ARRAY_LEN(modes) && strcmp(modes[mode], word(g, 2)) != 0)
		mode++;
	if (mode == ARRAY_LEN(modes))
		BAD(g, "no such mode: %s", g->words[2]);
	p->time_mode = (u8)mode;
	p->time_clock = strcmp(word(g, 3), "wall") == 0 ? TIME_WALL : TIME_CPU;
	p->frequency = g->n_words > 4 ? (u32)number(g, g->words[4]) : 0;
}

static void do_not_recorded(struct gen *g)
{
	struct trace_process *p = &g->processes.at[process(g, word(g, 1))];

	p->flags |= PROCESS_NOT_RECORDED;
	p->reason = string(g, word(g, 2));
}

static void do_flush(struct gen *g)
{
	writer_flush(g->w);
}

static void do_symbols(struct gen *g)
{
	g->no_symbols = strcmp(word(g, 1), "off") == 0;
}

static void do_end(struct gen *g)
{
	g->end_ns = seconds(g, word(g, 1));
}

static void do_lost(struct gen *g)
{
	g->lost = number(g, word(g, 1));
}

static void do_address(struct gen *g)
{
	g->address = number(g, word(g, 1));
}

/* tracegen_write() has seen it: it is said in the first record. */
static void do_memory(struct gen *g)
{
	if (strcmp(word(g, 1), "off") != 0)
		BAD(g, "memory off is wanted");
}

static void do_cut(struct gen *g)
{
	g->cut = true;
}

/* What follows has a time in word 0 and the thread or command in word 1. */

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
	return number(g, s + 1);
}

static void at_alloc(struct gen *g, u32 t)
{
	u64 size = number(g, word(g, 3)), n = 1;
	u32 s = site(g, t, word(g, 4));

	if (g->n_words > 5)
		n = number(g, g->words[5] + (g->words[5][0] == 'x'));
	while (n-- > 0)
		one_alloc(g, t, size, s);
}

static void at_free(struct gen *g, u32 t)
{
	char *copy = xstrdup(word(g, 3)), *dots = strstr(copy, "..");
	u64 first, last;

	if (dots)
		*dots = '\0';
	first = block_number(g, copy);
	last = dots ? number(g, dots + 2) : first;
	for (u64 i = first; i <= last; i++)
		one_free(g, t, i);
	free(copy);
}

static void at_realloc(struct gen *g, u32 t)
{
	u64 size = number(g, word(g, 4));
	u32 s = site(g, t, word(g, 5));

	one_free(g, t, block_number(g, word(g, 3)));
	one_alloc(g, t, size, s);
}

static void at_map(struct gen *g, u32 t)
{
	enum map_kind kind = strcmp(g->words[2], "map") == 0 ? MAP_ADDED : MAP_REMOVED;
	u64 bytes = number(g, word(g, 3));
	u32 s = site(g, t, word(g, 4));

	writer_map(g->w, g->now, kind, s, bytes);
	ledger_map(&g->ledger, kind, s, bytes);
}

static void at_sample(struct gen *g, u32 t)
{
	struct trace_sample sample = {.ns = g->now, .span_ns = seconds(g, word(g, 3)), .count = 1};

	sample.site = site(g, t, word(g, 4));
	if (g->n_words > 5)
		sample.count = (u32)number(g, g->words[5] + (g->words[5][0] == 'x'));
	writer_sample(g->w, &sample);
}

static void at_calls(struct gen *g, u32 t)
{
	struct trace_calls calls = {.ns = g->now, .calls = number(g, word(g, 3))};

	calls.self_ns = seconds(g, word(g, 4));
	calls.site = site(g, t, word(g, 5));
	writer_calls(g->w, &calls);
}

static u32 declared_function(struct gen *g, const char *name)
{
	struct gen_function *f = function(g, name);

	if (!f)
		BAD(g, "no such function: %s", name);
	return f->id;
}

static i64 signed_number(struct gen *g, const char *text)
{
	return *text == '-' ? -(i64)number(g, text + 1) : (i64)number(g, text);
}

static void at_line(struct gen *g, u32 p)
{
	writer_line_memory(g->w, &(struct trace_line_memory){
					 .ns = g->now,
					 .process = p,
					 .function = declared_function(g, word(g, 3)),
					 .line = (u32)number(g, word(g, 4)),
					 .hits = (u32)number(g, word(g, 5)),
					 .most_bytes = number(g, word(g, 6)),
					 .increment_bytes = signed_number(g, word(g, 7)),
				 });
}

static void at_bracket(struct gen *g, u32 t)
{
	writer_bracket(g->w, &(struct trace_bracket){
				     .start_ns = seconds(g, word(g, 4)),
				     .end_ns = g->now,
				     .thread = t,
				     .function = declared_function(g, word(g, 3)),
				     .level = g->n_words > 7 ? (u32)number(g, g->words[7]) : 0,
				     .start_bytes = number(g, word(g, 5)),
				     .end_bytes = number(g, word(g, 6)),
			     });
}

static void at_release(struct gen *g, u32 t)
{
	struct trace_release release = {.ns = g->now, .frees = number(g, word(g, 3))};

	release.bytes = number(g, word(g, 4));
	release.site = site(g, t, word(g, 5));
	writer_release(g->w, &release);
}

static void at_rss(struct gen *g, u32 p)
{
	u64 bytes = number(g, word(g, 3));

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
		process->signal = (u8)number(g, word(g, 3));
	else if (!replace)
		process->exit_status = (u8)number(g, word(g, 3));
	writer_process_update(g->w, p, process);
	ledger_end(&g->ledger, p);
}

static const struct {
	const char *name;
	void (*run)(struct gen *g);
} commands[] = {
	{"module", do_module},   {"function", do_function},
	{"process", do_process}, {"fork", do_process},
	{"exec", do_process},    {"thread", do_thread},
	{"set", do_set},         {"not_recorded", do_not_recorded},
	{"flush", do_flush},     {"symbols", do_symbols},
	{"end", do_end},         {"lost", do_lost},
	{"cut", do_cut},         {"time", do_time},
	{"address", do_address}, {"memory", do_memory},
};

static const struct {
	const char *name;
	void (*run)(struct gen *g, u32 id);
	bool of_process; /* the name is word 1, a process word 2; else a thread is word 1 and the name word 2
			  */
} timed[] = {
	{"alloc", at_alloc, false},   {"free", at_free, false},   {"realloc", at_realloc, false},
	{"map", at_map, false},       {"unmap", at_map, false},   {"rss", at_rss, true},
	{"line", at_line, true},      {"bracket", at_bracket, false},
	{"sample", at_sample, false}, {"calls", at_calls, false}, {"release", at_release, false},
	{"exit", at_exit, true},      {"kill", at_exit, true},    {"replace", at_exit, true},
};

static void split(struct gen *g, char *line)
{
	g->n_words = 0;
	for (char *p = line; *p;) {
		char end = ' ';

		while (*p == ' ' || *p == '\t')
			p++;
		if (*p == '\0' || (*p == '#' && !(p[1] >= '0' && p[1] <= '9')))
			break;
		if (*p == '"') {
			end = '"';
			p++;
		}
		if (g->n_words == WORDS_MAX)
			BAD(g, "too many words");
		g->words[g->n_words++] = p;
		while (*p && *p != end && !(end == ' ' && *p == '\t'))
			p++;
		if (*p)
			*p++ = '\0';
	}
}

static void do_line(struct gen *g, char *line)
{
	split(g, line);
	if (g->n_words == 0)
		return;
	if (g->words[0][0] >= '0' && g->words[0][0] <= '9') {
		g->now = seconds(g, g->words[0]);
		for (size_t i = 0; i < ARRAY_LEN(timed); i++) {
			if (strcmp(timed[i].name, word(g, timed[i].of_process ? 1 : 2)) != 0)
				continue;
			timed[i].run(g, timed[i].of_process ? process(g, word(g, 2)) : thread(g, word(g, 1)));
			return;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(commands[i].name, g->words[0]) == 0) {
			commands[i].run(g);
			return;
		}
	}
	BAD(g, "unknown: %s", g->words[0]);
}

static void finish(struct gen *g)
{
	struct ledger *a = &g->ledger;
	struct writer_end end;
	struct err err;

	ledger_finish(a, (u32)g->processes.n);
	end = (struct writer_end){
		.end_ns = g->end_ns ? g->end_ns : g->now,
		.mapped_bytes = a->mapped,
		.mapped_peak_bytes = a->mapped_peak,
		.lost_events = g->lost,
	};
	for (u32 i = 0; i < g->processes.n; i++) {
		struct trace_process *p = &g->processes.at[i];

		writer_process_update(g->w, i, p);
	}
	for (u32 i = 0; i < g->threads.n; i++) {
		g->threads.at[i].t.end_ns = end.end_ns;
		writer_thread_update(g->w, i, &g->threads.at[i].t);
	}
	if (writer_close(g->w, g->cut ? NULL : &end, &err) < 0)
		BAD(g, "%s", err.text);
}

static void release(struct gen *g)
{
	for (size_t i = 0; i < g->modules.n; i++)
		free(g->modules.at[i].path);
	for (size_t i = 0; i < g->functions.n; i++)
		free(g->functions.at[i].name);
	for (size_t i = 0; i < g->pcs.n; i++)
		free(g->pcs.at[i].text);
	array_free(&g->modules);
	array_free(&g->functions);
	array_free(&g->pcs);
	array_free(&g->processes);
	array_free(&g->threads);
	array_free(&g->blocks);
	idmap_fini(&g->nodes);
	idmap_fini(&g->sites);
	ledger_free(&g->ledger);
}

void tracegen_write(const char *path, const char *text)
{
	struct gen g = {0};
	char *copy = xstrdup(text), *rest = copy, *line, *command = NULL;
	const char *first = strstr(text, "process 1 ");
	bool no_memory = strstr(text, "\nmemory off\n") != NULL;
	struct writer_info info = {"app", 3, "Linux 6.1 x86_64 testhost", no_memory ? "memory=off" : "--memory=on",
				   1700000000000000000u, strstr(text, "address 0x") != NULL};
	struct err err;

	/* The trace's command is that of its first process: "process 1 PID PPID COMMAND…". */
	if (first) {
		const char *p = first + strlen("process 1 ");

		for (int skip = 0; skip < 2; skip++)
			p += strcspn(p, " \n") + 1;
		info.command_len = strcspn(p, "\n");
		info.command = command = xstrndup(p, info.command_len);
		for (size_t i = 0; i < info.command_len; i++)
			if (command[i] == ' ')
				command[i] = '\0';
	}
	idmap_init(&g.nodes);
	idmap_init(&g.sites);
	g.w = writer_new(path, true, &info, &err);
	if (!g.w)
		BAD(&g, "%s", err.text);
	while ((line = strsep(&rest, "\n")) != NULL) {
		g.line++;
		do_line(&g, line);
	}
	finish(&g);
	release(&g);
	free(copy);
	free(command);
}

char *tracegen(const char *text)
{
	char *path = xasprintf("%s/tracegen.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	int fd = mkstemp(path);

	if (fd < 0) {
		perror(path);
		exit(99);
	}
	close(fd);
	tracegen_write(path, text);
	return path;
}
