/* The facts about the selected process or thread. */
#include <inttypes.h>
#include <stdio.h>

#include "common/human.h"
#include "viewer/text/command.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/line.h"
#include "viewer/ui/page.h"
#include "viewer/ui/view_threads.h"

static void detail_thread(const struct view_threads *v, const struct app *app, const struct threads_row *row,
			  char *out, size_t size)
{
	const struct trace_thread *t = &app->trace->threads.at[row->thread];
	const char *dot = app->glyphs->separator;
	char text[96], leaked[HUMAN_LEN], count[96];

	metric_text_long(text, sizeof(text), v->metric, figures_metric(row->figures, v->metric));
	metric_text_count(count, sizeof(count), v->metric, row->figures);
	snprintf(out, size, "%s  thread %" PRIu32 " of process %" PRIu32 "%s%s%s%s leaked",
		 trace_string(app->trace, t->name), t->tid, app->trace->processes.at[row->process].pid, dot,
		 text, dot, bytes_text_short(leaked, row->figures->leaked_bytes));
	if (!metric_is_count(v->metric))
		line_add(out, size, "%s%s", dot, count);
	if (!v->has_foreign)
		return;
	line_add(out, size, "%s%s of its blocks freed by other threads", dot,
		 human_count(count, v->activity->freed_by_others[row->thread], ' '));
	line_add(out, size, "%sfreed %s of theirs", dot,
		 human_count(count, v->activity->freed_of_others[row->thread], ' '));
}

static void detail_process(const struct threads_row *row, const struct app *app, char *out, size_t size)
{
	const struct trace_process *p = &app->trace->processes.at[row->process];
	const struct memory *memory = &row->of_process->memory;
	const char *dot = app->glyphs->separator;
	bool ascii = app->glyphs->ascii;
	char ending[64], text[HUMAN_LEN], when[HUMAN_LEN];
	struct arena arena = {0};

	page_ending(p, ending, sizeof(ending));
	snprintf(out, size, "process %" PRIu32 ", child of %" PRIu32 "%s%s", p->pid, p->ppid, dot, ending);
	if (p->flags & PROCESS_NOT_RECORDED)
		line_add(out, size, ": %s", trace_string(app->trace, p->reason));
	else if (!memory->unrecorded)
		line_add(out, size, "%speak %s", dot,
			 memory->figures.peak_bytes == FIGURE_UNKNOWN
				 ? "?"
				 : bytes_text_short(text, memory->figures.peak_bytes));
	/* Of one that has not ended the moment is not known. */
	if ((p->flags & PROCESS_ENDED) && !memory->unrecorded && memory->figures.peak_bytes)
		line_add(out, size, " at %s", human_duration(when, memory->peak_ns, ascii));
	if (p->rss_peak_bytes)
		line_add(out, size, "%sRSS %s", dot, bytes_text_short(text, p->rss_peak_bytes));
	if (p->lost_events)
		line_add(out, size, "%s%s events lost", dot, human_count(text, p->lost_events, ' '));
	line_add(out, size, "   %s", command_text(app->trace, p->command, &arena));
	arena_free(&arena);
}

void threads_detail(const struct view *view, const struct app *app, char *out, size_t size)
{
	const struct view_threads *v = (const struct view_threads *)view;
	const struct threads_row *row = threads_selected(v);
	char text[HUMAN_LEN];

	if (!row)
		return;
	if (app->w < LINE_NARROW)
		snprintf(out, size, "%s  %s", threads_sheet.name(v, v->sheet.cursor),
			 metric_text_short(text, v->metric, figures_metric(row->figures, v->metric)));
	else if (row->of_process)
		detail_process(row, app, out, size);
	else
		detail_thread(v, app, row, out, size);
}
