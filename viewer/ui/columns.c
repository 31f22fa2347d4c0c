/* See columns.h. */
#include "viewer/ui/columns.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/human.h"

enum {
	FUNCTION_MIN = 16,
	FUNCTION_WANTED = 28,
	FUNCTION_SMALL = 6,
	LOCATION_MIN = 12,
	LOCATION_MAX = 36,
	BAR_MIN = 8,
	BAR_MAX = 16
};

enum { RANK_MAX = 9, RANK_NICE = 5 };

/* In the order of the screen. rank: which goes first when there isn't room; the first column and the name
 * never do. */
static const struct {
	enum column_id id;
	int w;
	int rank;
	int metric; /* -1: none of its own */
} specs[] = {
	{COLUMN_METRIC, 6, 0, -1},
	{COLUMN_BAR, BAR_MIN, 9, -1},
	{COLUMN_PERCENT, 6, 2, -1},
	{COLUMN_SELF, 6, 8, -1},
	{COLUMN_CALLS, 7, 5, METRIC_CALLS},
	{COLUMN_TIME, 7, 5, METRIC_TOTAL},
	{COLUMN_PEAK, 6, 6, METRIC_PEAK},
	{COLUMN_LEAKED, 6, 5, METRIC_LEAKED},
	{COLUMN_TEMPORARY, 6, 6, METRIC_TEMPORARY},
	{COLUMN_ALLOCATIONS, 7, 4, METRIC_ALLOCATIONS},
	{COLUMN_ALLOCATED, 9, 7, METRIC_ALLOCATED},
	{COLUMN_FUNCTION, FUNCTION_MIN, 0, -1},
	{COLUMN_LOCATION, LOCATION_MIN, 3, -1},
};

static const char *const titles[N_COLUMNS] = {
	[COLUMN_BAR] = "",
	[COLUMN_SELF] = "SELF",
	[COLUMN_PEAK] = "PEAK",
	[COLUMN_LEAKED] = "LEAKED",

	[COLUMN_ALLOCATIONS] = "ALLOCS",
	[COLUMN_ALLOCATED] = "ALLOCATED",
	[COLUMN_TIME] = "TIME",
	[COLUMN_CALLS] = "CALLS",
	[COLUMN_FUNCTION] = "FUNCTION",
	[COLUMN_LOCATION] = "LOCATION",
};

const struct column_words column_words[N_COLUMNS] = {
	[COLUMN_METRIC] = {'m', "metric", "what is measured by"},
	[COLUMN_PERCENT] = {0, "percent", "its part of the whole"},
	[COLUMN_BAR] = {0, "bar", "the same as a bar"},
	[COLUMN_SELF] = {'s', "self", "the same, without what it calls"},
	[COLUMN_PEAK] = {'p', "peak", "bytes live at the peak"},
	[COLUMN_LEAKED] = {'l', "leaked", "bytes never freed"},
	[COLUMN_TEMPORARY] = {'t', "temporary", "allocations freed at once"},
	[COLUMN_ALLOCATIONS] = {'c', "allocations", "their count"},
	[COLUMN_ALLOCATED] = {'a', "allocated", "bytes, all together"},
	[COLUMN_FUNCTION] = {'f', "function", "by name"},
	[COLUMN_LOCATION] = {'o', "location", "by file and line"},
	[COLUMN_TIME] = {'i', "time", "with what it calls"},
	[COLUMN_CALLS] = {'n', "calls", "their exact count, with what it calls"},
};

/* The first column's title, and the word before its percent sign. */
static const struct {
	const char *title, *word;
} metric_titles[N_METRICS] = {
	[METRIC_PEAK] = {"PEAK", "peak"},        [METRIC_LEAKED] = {"LEAKED", "leak"},
	[METRIC_ALLOCATED] = {"ALLOC", "alloc"}, [METRIC_ALLOCATIONS] = {"ALLOCS", "count"},
	[METRIC_TEMPORARY] = {"TEMP", "temp"},   [METRIC_SELF] = {"TIME", "time"},
	[METRIC_TOTAL] = {"TIME", "time"},       [METRIC_CALLS] = {"CALLS", "calls"},
};

/* The metric's own column would say the first column's figure twice. TEMP% says another one. */
static bool shown(size_t spec, enum metric metric, bool has_self)
{
	if (specs[spec].id == COLUMN_SELF)
		return has_self;
	if (specs[spec].id == COLUMN_TIME && metric_info[metric].unit == UNIT_TIME)
		return false;
	return specs[spec].metric != (int)metric || specs[spec].id == COLUMN_TEMPORARY;
}

/* A column's least width. The mark of the one sorted by would touch the title before it, where there is one.
 */
static int width_of(size_t spec, enum metric metric, int sort)
{
	int w = specs[spec].w;
	char title[64];

	switch (specs[spec].id) {
	case COLUMN_METRIC:
	case COLUMN_SELF:
	case COLUMN_PEAK:
	case COLUMN_LEAKED:
	case COLUMN_ALLOCATIONS:
	case COLUMN_ALLOCATED:
	case COLUMN_CALLS:
		w += metric_more_width();
		break;
	default:
		break;
	}
	if ((int)specs[spec].id != sort || spec == 0)
		return w;
	column_title(specs[spec].id, metric, title, sizeof(title));
	return MAX(w, (int)strlen(title) + 1);
}

void columns_layout(struct columns *columns, int w, enum metric metric, bool has_self, u32 hidden, int sort)
{
	bool in[ARRAY_LEN(specs)];
	int need = 0;

	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		in[i] = shown(i, metric, has_self) && !(hidden >> specs[i].id & 1);
		need += in[i] ? width_of(i, metric, sort) + 1 : 0;
	}
	/* What is merely nice to have makes room for a name that can be read, what is needed for one at all.
	 */
	for (int rank = RANK_MAX; rank > 0; rank--) {
		int wanted = rank >= RANK_NICE ? FUNCTION_WANTED - FUNCTION_MIN : 0;
		for (size_t i = ARRAY_LEN(specs); i-- > 0;) {
			if (in[i] && specs[i].rank == rank && need + wanted > w + 1) {
				in[i] = false;
				need -= width_of(i, metric, sort) + 1;
			}
		}
	}
	/* One column of space goes before each column but the first, so that one is free. */
	int spare = MAX(w - need + 1, 0), location = 0, bar = 0;
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		if (in[i] && specs[i].id == COLUMN_BAR && spare > 0)
			bar = MIN(spare / 6, BAR_MAX - BAR_MIN);
		if (in[i] && specs[i].id == COLUMN_LOCATION)
			location = MIN((spare - bar) / 3, LOCATION_MAX - LOCATION_MIN);
	}
	columns->n = 0;
	int x = 0;
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		if (!in[i])
			continue;
		int width = width_of(i, metric, sort);
		if (specs[i].id == COLUMN_BAR)
			width += bar;
		if (specs[i].id == COLUMN_LOCATION)
			width += location;
		if (specs[i].id == COLUMN_FUNCTION)
			width = need > w + 1 ? MAX(w - x, FUNCTION_SMALL) : width + spare - location - bar;
		columns->at[columns->n++] = (struct column){specs[i].id, x, width};
		x += width + 1;
	}
}

bool column_sortable(enum column_id id)
{
	return id != COLUMN_BAR && id != COLUMN_PERCENT;
}

void column_title(enum column_id id, enum metric metric, char *out, size_t size)
{
	if (id == COLUMN_METRIC)
		snprintf(out, size, "%s", metric_titles[metric].title);
	else if (id == COLUMN_PERCENT)
		snprintf(out, size, "%s%%", metric_titles[metric].word);
	else if (id == COLUMN_TEMPORARY)
		snprintf(out, size, "TEMP%%");
	else
		snprintf(out, size, "%s", titles[id]);
}

enum metric column_metric(enum column_id id, enum metric metric)
{
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		if (specs[i].id == id && specs[i].metric >= 0)
			return (enum metric)specs[i].metric;
	}
	return metric;
}

void column_text(enum column_id id, enum metric metric, const struct figures *total,
		 const struct figures *self, const struct figures *whole, char *out, size_t size)
{
	char text[HUMAN_LEN] = "";

	switch (id) {
	case COLUMN_METRIC:
		metric_text_short(text, metric, figures_metric(total, metric));
		break;
	case COLUMN_PERCENT:
		human_percent(text, figures_metric(total, metric), figures_metric(whole, metric));
		break;
	case COLUMN_SELF:
		metric_text_short(text, metric, figures_metric(self, metric));
		break;
	case COLUMN_TEMPORARY:
		human_percent(text, total->temporary, total->allocations);
		break;
	case COLUMN_PEAK:
	case COLUMN_LEAKED:
	case COLUMN_ALLOCATIONS:
	case COLUMN_ALLOCATED:
	case COLUMN_TIME:
	case COLUMN_CALLS: {
		enum metric own = column_metric(id, metric);
		metric_text_short(text, own, figures_metric(total, own));
		break;
	}
	case COLUMN_BAR:
	case COLUMN_FUNCTION:
	case COLUMN_LOCATION:
	case N_COLUMNS:
		break;
	}
	snprintf(out, size, "%s", text);
}
