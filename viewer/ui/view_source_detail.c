/* The detail line of the view of source. */
#include <inttypes.h>
#include <stdio.h>

#include "common/human.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/line.h"
#include "viewer/ui/names.h"
#include "viewer/ui/view_source.h"

static void detail_file(const struct view_source *v, const struct app *app, char *out, size_t size)
{
	const struct file_row *row = &analysis_lines(v->findings->analysis)->files.at[v->sheet.cursor];
	const char *path = trace_string(app->trace, row->file), *dot = app->glyphs->separator;
	char self[96], total[HUMAN_LEN], count[96];

	if (!*path)
		path = "code without debug info (-g)";
	metric_text_long(self, sizeof(self), v->metric, figures_metric(&row->self, v->metric));
	metric_text_count(count, sizeof(count), v->metric, &row->self);
	metric_text_short(total, v->metric, figures_metric(&row->total, v->metric));
	if (app->w < LINE_NARROW)
		snprintf(out, size, "%s  %s", base_name(path), self);
	else {
		snprintf(out, size, "%s  its own lines %s", path, self);
		if (!metric_is_count(v->metric))
			line_add(out, size, "%s%s", dot, count);
		line_add(out, size, "%swith callees %s", dot, total);
	}
}

static void detail_line(const struct view_source *v, const struct app *app, char *out, size_t size)
{
	const struct source_page *p = &v->page;
	const struct line_row *row = source_place(p, p->list.cursor);
	const char *file = base_name(source_path(p)), *dot = app->glyphs->separator;
	char self[96], total[96], count[96], average[HUMAN_LEN], shorter[256], place[288] = "";
	u32 line = source_line(p, p->list.cursor);

	if (line)
		snprintf(place, sizeof(place), "%.255s:%" PRIu32 "  ", file, line);
	if (!row) {
		if (line)
			snprintf(out, size, "%sno stack of this lens goes through this line", place);
		return;
	}
	const char *name = name_within(shorter, sizeof(shorter), function_name(app->trace, row->function),
				       app->glyphs->ellipsis, (size_t)app->w / 3);
	bool timed = metric_is_timed(v->metric);
	bool has_self = timed ? figures_timed(&row->self) : row->self.allocations > 0;
	metric_text_long(self, sizeof(self), v->metric, figures_metric(&row->self, v->metric));
	metric_text_long(total, sizeof(total), v->metric, figures_metric(&row->total, v->metric));
	metric_text_count(count, sizeof(count), v->metric, has_self ? &row->self : &row->total);
	if (app->w < LINE_NARROW) {
		snprintf(out, size, "%s%s%s", line ? place : name, line ? "" : "  ", total);
		return;
	}
	if (has_self)
		snprintf(out, size, "%s%s  itself %s", place, name, self);
	else
		snprintf(out, size, "%s%s  in what it calls %s", place, name, total);
	if (!metric_is_count(v->metric))
		line_add(out, size, "%s%s", dot, count);
	if (has_self && !timed)
		line_add(out, size, " of %s%s",
			 bytes_text_long(average, row->self.allocated_bytes / row->self.allocations),
			 row->self.allocations == 1 ? "" : " each");
	if (has_self)
		line_add(out, size, "%swith callees %s", dot, total);
}

void source_detail(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_source *v = (const struct view_source *)view;

	if (!v->findings || v->adopted)
		return;
	if (v->open)
		detail_line(v, app, out, size);
	else if (v->sheet.cursor != NO_ID)
		detail_file(v, app, out, size);
}
