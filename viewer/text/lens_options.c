/* Words to lenses. */
#include "viewer/text/lens_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"

static int read_id(u32 *id, const char *option, const char *word, struct err *err)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(word, &end, 10);
	if (*word < '0' || *word > '9' || *end || errno || value > UINT32_MAX)
		return err_set(err, "--%s: '%s' is not a number", option, word);
	*id = (u32)value;
	return 0;
}

static int read_pids(struct lens_words *words, const struct opt_list *list, const struct trace *trace,
		     struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		bool found = false;

		if (read_id(&words->pids[i], "process", list->at[i], err) < 0)
			return -1;
		for (size_t p = 0; p < trace->processes.n; p++)
			found |= trace->processes.at[p].pid == words->pids[i];
		if (!found)
			return err_set(err, "--process: the trace has no process %u", words->pids[i]);
	}
	words->lens.pids = words->pids;
	words->lens.n_pids = list->n;
	return 0;
}

static int read_tids(struct lens_words *words, const struct opt_list *list, const struct trace *trace,
		     struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		bool found = false;

		if (read_id(&words->tids[i], "thread", list->at[i], err) < 0)
			return -1;
		for (size_t t = 0; t < trace->threads.n; t++)
			found |= trace->threads.at[t].tid == words->tids[i];
		if (!found)
			return err_set(err, "--thread: the trace has no thread %u", words->tids[i]);
	}
	words->lens.tids = words->tids;
	words->lens.n_tids = list->n;
	return 0;
}

static int read_time(const struct lens_words *words, const char *option, const char *word,
		     const struct trace *trace, u64 *ns, struct err *err)
{
	size_t digits = strspn(word, "0123456789.");
	const char *unit = word + digits;
	double value, scale;
	char *end;

	if (strcmp(word, "peak") == 0)
		return analysis_find_peak(trace, &words->lens, ns, err);
	value = strtod(word, &end);
	if (strcmp(unit, "%") == 0)
		scale = (double)trace->end_ns / 100;
	else if (strcmp(unit, "ms") == 0)
		scale = 1e6;
	else
		scale = 1e9;
	if (digits == 0 || end != unit ||
	    (*unit && strcmp(unit, "%") && strcmp(unit, "s") && strcmp(unit, "ms")))
		return err_set(err, "--%s: '%s' is neither seconds (1.5), percent (40%%) nor peak", option,
			       word);
	value = value * scale + 0.5;
	*ns = value < 18e18 ? (u64)value : UINT64_MAX;
	return 0;
}

/* One a line. NULL: none. */
static const char *join(struct arena *arena, const struct opt_list *list)
{
	size_t n = 1, used = 0;
	char *lines;

	if (list->n <= 1)
		return list->n ? list->at[0] : NULL;
	for (size_t i = 0; i < list->n; i++)
		n += strlen(list->at[i]) + 1;
	lines = arena_alloc(arena, n);
	for (size_t i = 0; i < list->n; i++)
		used += (size_t)snprintf(lines + used, n - used, "%s%s", i ? "\n" : "", list->at[i]);
	return lines;
}

static int check_modules(const struct opt_list *list, const struct trace *trace, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		bool found = false;

		for (u32 m = 0; m < trace->modules.n; m++)
			found |= strcmp(base_name(module_name(trace, m)), list->at[i]) == 0;
		if (!found)
			return err_set(err, "--module: the trace has no module %s", list->at[i]);
	}
	return 0;
}

void lens_options_show(const struct lens_options *o, struct trace *trace)
{
	/* That is how a trace is opened. */
	if (o->frames != TRACE_FRAMES_MIXED)
		trace_show_frames(trace, (enum trace_frames)o->frames);
}

void lens_words_fini(struct lens_words *words)
{
	arena_free(&words->arena);
}

int lens_options_read(struct lens_words *words, const struct lens_options *o, const struct trace *trace,
		      struct err *err)
{
	const char *end = o->to_name ? o->to_name : "to";

	lens_init(&words->lens);
	words->arena = (struct arena){0};
	if (check_modules(&o->modules, trace, err) < 0)
		return -1;
	words->lens.filter = join(&words->arena, &o->filters);
	words->lens.exclude = join(&words->arena, &o->excludes);
	words->lens.modules = join(&words->arena, &o->modules);
	if (read_pids(words, &o->processes, trace, err) < 0 || read_tids(words, &o->threads, trace, err) < 0)
		return -1;
	if (o->from && read_time(words, "from", o->from, trace, &words->lens.from_ns, err) < 0)
		return -1;
	if (o->from && words->lens.from_ns > trace->end_ns)
		return err_set(err, "--from=%s: the run ends before that, at %s", o->from,
			       human_duration((char[HUMAN_LEN]){0}, trace->end_ns, true));
	if (o->to && read_time(words, end, o->to, trace, &words->lens.to_ns, err) < 0)
		return -1;
	if (words->lens.from_ns > words->lens.to_ns)
		return err_set(err, "--from=%s is after --%s=%s", o->from, end, o->to);
	return 0;
}

void lens_options_warn(const struct lens_options *o, const struct analysis *a)
{
	if (a->functions.n == 0 && o->filters.n + o->excludes.n > 0)
		warn("nothing of the trace is left by --%s", o->filters.n ? "filter" : "exclude");
}

static void add_list(FILE *to, const char *what, const struct opt_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		fprintf(to, "%s%s %s", ftell(to) ? ", " : "", what, list->at[i]);
}

static void add_word(FILE *to, const char *what, const char *word)
{
	if (word)
		fprintf(to, "%s%s %s", ftell(to) ? ", " : "", what, word);
}

const char *lens_options_frames(const struct lens_options *o)
{
	static const char *const words[] = {NULL, "python", "native", "all"};

	return words[o->frames];
}

const char *lens_options_text(const struct lens_options *o, struct arena *arena)
{
	const char *text = "";
	char *buffer = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&buffer, &n);

	if (!to)
		return text;
	add_word(to, "from", o->from);
	add_word(to, "to", o->to);
	add_list(to, "process", &o->processes);
	add_list(to, "thread", &o->threads);
	add_list(to, "stacks with", &o->filters);
	add_list(to, "stacks without", &o->excludes);
	add_list(to, "module", &o->modules);
	add_word(to, "frames", lens_options_frames(o));
	if (fclose(to) == 0)
		text = arena_strndup(arena, buffer, n);
	free(buffer);
	return text;
}
