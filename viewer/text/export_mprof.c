/* What `mprof run -M` writes and `mprof plot` and `mprof peak` read: resident memory of the first process and
 * of the others, its children, over the time of day, and calls of the functions that were measured. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "viewer/text/export.h"

enum { TEXT_MAX = 4096 };
static const double ns_per_s = 1e9, bytes_per_mib = 1 << 20;

static double when(const struct export *e, u64 ns)
{
	return (double)(e->trace->wall_ns + ns) / ns_per_s;
}

/* mprof parts the words of a line at each space. */
static void put_word(FILE *out, const char *s)
{
	char safe[TEXT_MAX];

	text_safe(safe, sizeof(safe), s, strlen(s), false);
	for (const char *c = safe; *c; c++)
		putc(*c == ' ' ? '_' : *c, out);
}

static void put_sample(const struct export *e, const struct trace_rss *rss, u32 number)
{
	double bytes = (double)rss->bytes / bytes_per_mib, s = when(e, rss->ns);

	if (number == 0)
		fprintf(e->out, "MEM %.6f %.4f\n", bytes, s);
	else
		fprintf(e->out, "CHLD %" PRIu32 " %.6f %.4f\n", number - 1, bytes, s);
}

static void put_bracket(const struct export *e, const struct trace_bracket *b)
{
	struct trace_function f = function_get(e->trace, b->function);
	const char *file = base_name(trace_string(e->trace, f.file));

	/* The module, as far as its file tells. */
	fputs("FUNC ", e->out);
	char *stem = xstrndup(file, strcspn(file, "."));
	put_word(e->out, stem);
	free(stem);
	putc('.', e->out);
	put_word(e->out, function_name(e->trace, b->function));
	fprintf(e->out, " %.4f %.4f %.4f %.4f %" PRIu32 "\n", (double)b->start_bytes / bytes_per_mib,
		when(e, b->start_ns), (double)b->end_bytes / bytes_per_mib, when(e, b->end_ns), b->level);
}

/* By process: 0 beside the lens, UINT32_MAX in it. The caller frees. */
static u32 *processes_in_lens(const struct export *e)
{
	u32 *numbers = xcalloc(e->trace->processes.n + 1, sizeof(*numbers));

	for (size_t i = 0; i < e->a->processes.n; i++)
		numbers[e->a->processes.at[i].process] = UINT32_MAX;
	return numbers;
}

static bool in_lens(const struct export *e, const u32 *numbers, const struct trace_rss *rss)
{
	return numbers[rss->process] && rss->ns >= e->lens->from_ns && rss->ns <= e->lens->to_ns;
}

int export_mprof_check(const struct export *e, struct err *err)
{
	u32 *numbers = processes_in_lens(e);
	bool found = false;

	for (size_t i = 0; i < e->trace->rss.n && !found; i++)
		found = in_lens(e, numbers, &e->trace->rss.at[i]);
	free(numbers);
	return found ? 0 : err_set(err, "--to=mprof: no sample of resident memory was taken in this run");
}

int export_mprof(const struct export *e, struct err *err)
{
	const struct trace *t = e->trace;
	u32 n = 0, *numbers = processes_in_lens(e);

	(void)err;
	fputs("CMDLINE ", e->out);
	text_print(e->out, e->command);
	putc('\n', e->out);
	for (size_t i = 0; i < t->brackets.n; i++) {
		const struct trace_bracket *b = &t->brackets.at[i];
		if (numbers[t->threads.at[b->thread].process] && b->end_ns >= e->lens->from_ns &&
		    b->start_ns <= e->lens->to_ns)
			put_bracket(e, b);
	}
	for (size_t i = 0; i < t->rss.n; i++) {
		const struct trace_rss *rss = &t->rss.at[i];
		if (!in_lens(e, numbers, rss))
			continue;
		if (numbers[rss->process] == UINT32_MAX)
			numbers[rss->process] = ++n;
		put_sample(e, rss, numbers[rss->process] - 1);
	}
	free(numbers);
	return 0;
}
