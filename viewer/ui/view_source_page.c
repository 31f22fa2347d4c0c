/* Rows and places of one file: nothing is drawn here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "viewer/ui/view_source.h"

const char *source_path(const struct source_page *p)
{
	return p->file == NO_ID ? "" : trace_string(p->findings->analysis->trace, p->file);
}

/* The first place of a line or after it. */
static u32 place_from(const struct source_page *p, u32 line)
{
	u32 from = 0, to = p->n_places;

	while (from < to) {
		u32 middle = from + (to - from) / 2;
		if (p->places[middle].line < line)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

const struct line_row *source_nth_place(const struct source_page *p, u32 i)
{
	return &p->places[i < p->n_unplaced ? p->unplaced[i] : i];
}

const struct line_row *source_place(const struct source_page *p, size_t row)
{
	u32 at = (u32)row;

	if (row >= p->list.n)
		return NULL;
	if (row >= p->n_unplaced && p->n_lines) {
		u32 line = at - p->n_unplaced + 1;
		at = place_from(p, line);
		if (at >= p->n_places || p->places[at].line != line)
			return NULL;
	}
	return at < p->n_places ? source_nth_place(p, at) : NULL;
}

u32 source_line(const struct source_page *p, size_t row)
{
	if (row < p->n_unplaced || row >= p->list.n)
		return 0;
	return p->n_lines ? (u32)row - p->n_unplaced + 1 : p->places[row].line;
}

const char *source_text(const struct source_page *p, size_t row)
{
	u32 line = source_line(p, row);

	/* With other mappings it would be another file, which nobody asked for. */
	if (!line || !p->n_lines || sources_state(p->sources, source_path(p)) != SOURCE_READ)
		return NULL;
	return sources_line(p->sources, source_path(p), line);
}

size_t source_row(const struct source_page *p, u32 line)
{
	if (p->n_lines && line > 0)
		return MIN((size_t)line - 1, p->n_lines - 1) + p->n_unplaced;
	return p->n_lines || !p->n_places ? 0 : MIN(place_from(p, line), p->n_places - 1);
}

size_t source_row_of_function(const struct source_page *p, u32 line, u32 function)
{
	if (line > 0)
		return source_row(p, line);
	for (u32 i = 0; i < p->n_unplaced; i++) {
		if (source_nth_place(p, i)->function == function)
			return i;
	}
	return 0;
}

size_t source_hottest_row(const struct source_page *p)
{
	u64 most_self = 0, most = 0;
	u32 best = 0;

	for (u32 i = 0; i < p->n_places; i++) {
		u64 self = figures_metric(&source_nth_place(p, i)->self, p->metric);
		u64 total = figures_metric(&source_nth_place(p, i)->total, p->metric);
		if (self > most_self || (self == most_self && total > most)) {
			most_self = self;
			most = total;
			best = i;
		}
	}
	if (!p->n_places)
		return 0;
	return best < p->n_unplaced ? best : source_row(p, p->places[best].line);
}

bool source_hot(const struct source_page *p, const struct line_row *place)
{
	enum { PARTS = 100 }; /* one of these, of the costliest line */
	u64 amount = figures_metric(&place->total, p->metric);

	return amount > 0 && amount >= p->most / PARTS;
}

bool source_step_hot(struct source_page *p, int direction)
{
	u32 line = source_line(p, p->list.cursor);
	size_t cursor = p->list.cursor;
	u32 at = !p->n_lines || cursor < p->n_unplaced ? (u32)cursor : place_from(p, line);

	/* Between two places "at" is the one after the cursor already. */
	bool on = at < p->n_places && source_place(p, cursor) == source_nth_place(p, at);
	i64 i = (i64)at + (direction < 0 ? -1 : on ? 1 : 0);
	for (; i >= 0 && i < (i64)p->n_places; i += direction) {
		if (!source_hot(p, source_nth_place(p, (u32)i)))
			continue;
		list_go(&p->list, i < (i64)p->n_unplaced ? (size_t)i : source_row(p, p->places[i].line));
		return true;
	}
	return false;
}

const struct file_row *source_file_row(const struct analysis *a, u32 file)
{
	const struct line_tables *tables = analysis_lines(a);
	size_t from = 0, to = tables->files.n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (tables->files.at[middle].file < file)
			from = middle + 1;
		else
			to = middle;
	}
	return from < tables->files.n && tables->files.at[from].file == file ? &tables->files.at[from] : NULL;
}

/* As in a table of functions: what they allocate themselves, then what they call. */
static int compare_unplaced(const void *a, const void *b, void *data)
{
	const struct source_page *p = data;
	const struct line_row *x = &p->places[*(const u32 *)a], *y = &p->places[*(const u32 *)b];
	u64 self_x = figures_metric(&x->self, p->metric), self_y = figures_metric(&y->self, p->metric);
	u64 total_x = figures_metric(&x->total, p->metric), total_y = figures_metric(&y->total, p->metric);

	if (self_x != self_y)
		return self_x > self_y ? -1 : 1;
	if (total_x != total_y)
		return total_x > total_y ? -1 : 1;
	return x->function < y->function ? -1 : x->function > y->function;
}

void source_page_fini(struct source_page *p)
{
	free(p->unplaced);
}

void source_page_set(struct source_page *p, const struct findings *findings, struct sources *sources,
		     enum metric metric, u32 file)
{
	const struct analysis *a = findings->analysis;
	const struct file_row *row = source_file_row(a, file);

	p->findings = findings;
	p->sources = sources;
	p->metric = metric;
	p->file = file;
	p->places = row ? analysis_lines(a)->places.at + row->first : NULL;
	p->n_places = row ? row->n : 0;
	p->most = 0;
	for (p->n_unplaced = 0; p->n_unplaced < p->n_places && p->places[p->n_unplaced].line == 0;)
		p->n_unplaced++;
	p->unplaced = xrealloc(p->unplaced, p->n_unplaced + 1, sizeof(*p->unplaced));
	for (u32 i = 0; i < p->n_unplaced; i++)
		p->unplaced[i] = i;
	qsort_r(p->unplaced, p->n_unplaced, sizeof(*p->unplaced), compare_unplaced, p);
	for (u32 i = 0; i < p->n_places; i++)
		p->most = MAX(p->most, figures_metric(&p->places[i].total, metric));
	p->n_lines = 0;
	if (sources_state(sources, source_path(p)) == SOURCE_READ)
		p->n_lines = sources_n_lines(sources, source_path(p));
	list_fit(&p->list, p->n_lines ? (size_t)p->n_unplaced + p->n_lines : p->n_places, p->list.height);
}

/* Lines that the file doesn't have: it is another one than was compiled. */
static u32 lines_beyond(const struct source_page *p)
{
	return p->n_places - place_from(p, p->n_lines + 1);
}

void source_notice(const struct source_page *p, const struct app *app, char *out, size_t size)
{
	const char *path = source_path(p);
	u64 recorded = app->trace->wall_ns;
	u32 beyond;

	out[0] = '\0';
	if (!*path) {
		snprintf(out, size,
			 "compiled without -g, or its debug info isn't here: functions, not lines");
		return;
	}
	switch (sources_state(p->sources, path)) {
	case SOURCE_UNASKED:
		snprintf(out, size, "s reads its text from this machine: %s", path);
		break;
	case SOURCE_MISSING:
		snprintf(out, size, "not found here; :set source-path=DIR says where to look for it");
		break;
	case SOURCE_UNREADABLE:
		snprintf(out, size, "this file can't be read, or isn't text of at most 16 MiB");
		break;
	case SOURCE_READ:
		beyond = p->n_lines ? lines_beyond(p) : 0;
		if (p->n_lines == 0)
			snprintf(out, size, "the file is empty here");
		else if (beyond)
			snprintf(out, size, "another version: %u line%s with costs beyond its end", beyond,
				 beyond == 1 ? "" : "s");
		else if (recorded && sources_written_ns(p->sources, path) > recorded)
			snprintf(out, size, "changed since it was recorded: lines may have moved");
		break;
	}
}
