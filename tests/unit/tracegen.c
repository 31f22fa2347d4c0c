/* From text to a trace. The text is read line by line, each line's words looked up in two tables of commands.
 */
#include "tests/unit/tracegen.h"

#include <string.h>
#include <unistd.h>

#include "tests/unit/tracegen_private.h"

const char *gen_word(struct gen *g, int i)
{
	if (i >= g->n_words)
		BAD(g, "too few words");
	return g->words[i];
}

u64 gen_number(struct gen *g, const char *s)
{
	char *end;
	u64 v = strtoull(s, &end, 0);

	if (end == s || *end != '\0')
		BAD(g, "not a number: %s", s);
	return v;
}

u64 gen_seconds(struct gen *g, const char *s)
{
	char *end;
	double v = strtod(s, &end);

	if (end == s || *end != '\0' || v < 0)
		BAD(g, "not a time: %s", s);
	return (u64)(v * 1e9 + 0.5);
}

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
		g->now = gen_seconds(g, g->words[0]);
		for (size_t i = 0; i < gen_n_events; i++) {
			if (strcmp(gen_events[i].name, gen_word(g, gen_events[i].of_process ? 1 : 2)) != 0)
				continue;
			gen_events[i].run(g, gen_events[i].of_process ? gen_process(g, gen_word(g, 2))
								      : gen_thread(g, gen_word(g, 1)));
			return;
		}
	}
	for (size_t i = 0; i < gen_n_commands; i++) {
		if (strcmp(gen_commands[i].name, g->words[0]) == 0) {
			gen_commands[i].run(g);
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
	struct writer_info info = {"app",
				   3,
				   "Linux 6.1 x86_64 testhost",
				   no_memory ? "memory=off" : "--memory=on",
				   1700000000000000000u,
				   strstr(text, "address 0x") != NULL};
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
