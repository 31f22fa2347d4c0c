/* See page.h. */
#include "viewer/ui/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/human.h"
#include "viewer/text/command.h"
#include "viewer/ui/amounts.h"
#include "viewer/ui/line.h"

enum { TEXT_MAX = WARNING_LEN, WIDE_TABLE_W = PAGE_WIDE, PROCESSES_MIN = 2, PROCESSES_MAX = 20 };

int page_y(const struct page *page, int line)
{
	int y = line - page->scroll;

	return y >= 0 && y < page->area.h ? page->area.y + y : -1;
}

void page_put(const struct page *page, int x, int w, enum role role, const char *text)
{
	surface_put_fit(page->s, page->area.x + x, page_y(page, page->line), MIN(w, page->area.w - x - 1),
			role, text, FIT_END);
}

void page_put_right(const struct page *page, int end, enum role role, const char *text)
{
	int y = page_y(page, page->line);

	if (y >= 0)
		surface_put_right(page->s, page->area.x, y, end, role, text);
}

/* The process that the run is about: the first; after an exec, what became of it. */
static const struct trace_process *main_process(const struct trace *trace)
{
	const struct trace_process *p = trace->processes.n ? &trace->processes.at[0] : NULL;

	for (size_t i = 1; p && i < trace->processes.n && (p->flags & PROCESS_REPLACED); i++) {
		if (trace->processes.at[i].pid == p->pid)
			p = &trace->processes.at[i];
	}
	return p;
}

void page_ending(const struct trace_process *p, char *out, size_t size)
{
	if (!p)
		snprintf(out, size, "%s", "");
	else if (p->flags & PROCESS_NOT_RECORDED)
		snprintf(out, size, "not recorded");
	else if (!(p->flags & PROCESS_ENDED))
		snprintf(out, size, "not ended");
	else if (p->signal)
		snprintf(out, size, "killed by signal %u", p->signal);
	else if (p->flags & PROCESS_STATUS_KNOWN)
		snprintf(out, size, "exit %u", p->exit_status);
	else if (p->flags & PROCESS_REPLACED)
		snprintf(out, size, "exec'd another program");
	else
		snprintf(out, size, "ended");
}

void page_draw_command(struct page *page)
{
	struct app *app = page->app;
	const struct trace *trace = app->trace;
	const struct trace_process *p = main_process(trace);
	struct arena arena = {0};
	char ending[64], text[TEXT_MAX], duration[HUMAN_LEN], date[64] = "";
	const char *dot = app->glyphs->separator;

	page_ending(p, ending, sizeof(ending));
	int ending_w = (int)strlen(ending);
	page_put(page, 1, page->area.w - ending_w - 4, ROLE_STRONG,
		 command_text(trace, trace->command, &arena));
	page_put_right(page, page->area.w - 1, p && p->signal ? ROLE_BAD : ROLE_NORMAL, ending);
	arena_free(&arena);
	page->line++;

	time_t when = (time_t)(trace->wall_ns / 1000000000);
	struct tm tm;
	if (trace->wall_ns && localtime_r(&when, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M", &tm);
	snprintf(text, sizeof(text), "%s%s%s", date, *date ? dot : "",
		 human_duration(duration, trace->end_ns, app->glyphs->ascii));
	if (trace->processes.n > 1)
		line_add(text, sizeof(text), "%s%zu processes", dot, trace->processes.n);
	else if (p)
		line_add(text, sizeof(text), "%spid %" PRIu32, dot, p->pid);
	line_add(text, sizeof(text), "%s%zu thread%s", dot, trace->threads.n,
		 trace->threads.n == 1 ? "" : "s");
	page_put(page, 1, page->area.w, ROLE_NORMAL, text);
	page->line++;
}

const struct figures *page_figures(const struct app *app)
{
	return app->findings ? &app->findings->analysis->total.figures : &app->early;
}

static u64 peak_at(const struct app *app)
{
	return app->findings ? app->findings->analysis->total.peak_ns : app->trace->peak_ns;
}

struct total {
	const char *title;
	char bytes[HUMAN_LEN], count[HUMAN_LEN], note[HUMAN_LEN];
	enum role role;
};

static int fill_totals(const struct app *app, struct total totals[4])
{
	const struct figures *f = page_figures(app);
	char at[HUMAN_LEN];

	memset(totals, 0, 4 * sizeof(totals[0]));
	totals[0].title = "allocated";
	bytes_text_long(totals[0].bytes, f->allocated_bytes);
	human_count(totals[0].count, f->allocations, ' ');
	totals[1].title = "peak";
	bytes_text_long(totals[1].bytes, f->peak_bytes);
	human_count(totals[1].count, f->peak_blocks, ' ');
	if (f->peak_bytes && f->peak_bytes != FIGURE_UNKNOWN)
		snprintf(totals[1].note, sizeof(totals[1].note), "at %s",
			 human_duration(at, peak_at(app), app->glyphs->ascii));
	totals[2].title = app_ends_early(app) ? "not freed" : "leaked";
	bytes_text_long(totals[2].bytes, f->leaked_bytes);
	human_count(totals[2].count, f->leaked_blocks, ' ');
	totals[2].role = f->leaked_bytes && f->leaked_bytes != FIGURE_UNKNOWN && !app_ends_early(app)
				 ? ROLE_WARNING
				 : ROLE_NORMAL;
	totals[3].title = "temporary";
	human_count(totals[3].count, f->temporary, ' ');
	char percent[HUMAN_LEN];
	if (f->allocations)
		snprintf(totals[3].note, sizeof(totals[3].note), "%s%%",
			 human_percent(percent, f->temporary, f->allocations));
	return 4;
}

/* As many lines as the figures of memory would have. */
static void draw_times_alone(struct page *page)
{
	const struct figures *f = page_figures(page->app);
	bool calls = figures_exact(f) && !figures_sampled(f);
	char number[HUMAN_LEN];
	int lines = page->area.w < WIDE_TABLE_W ? 4 : 3, end = page->line + lines;

	page_put(page, 1, page->area.w, ROLE_NORMAL, memory_missing(page->app->trace));
	page->line++;
	if (app_has_times(page->app)) {
		page_put(page, 1, 9, ROLE_DIM, "time");
		page_put(page, 10, page->area.w, ROLE_STRONG,
			 human_duration(number, f->time_ns, page->app->glyphs->ascii));
		page->line++;
		page_put(page, 1, 9, ROLE_DIM, calls ? "calls" : "samples");
		page_put(page, 10, page->area.w, ROLE_NORMAL,
			 human_count(number, calls ? f->calls : f->samples, ' '));
	}
	page->line = end;
}

/* Four columns where there is room, four lines where there isn't. */
void page_draw_totals(struct page *page)
{
	struct total totals[4];

	if (memory_missing(page->app->trace)) {
		draw_times_alone(page);
		return;
	}
	int n = fill_totals(page->app, totals), w = (page->area.w - 10) / n;

	if (page->area.w < WIDE_TABLE_W) {
		static const int order[] = {1, 2, 0, 3}; /* what is most asked for first */
		int more = metric_more_width();
		for (int k = 0; k < n; k++, page->line++) {
			int i = order[k];
			const char *value = *totals[i].bytes ? totals[i].bytes : totals[i].count;
			page_put(page, 1, page->area.w, ROLE_DIM, totals[i].title);
			page_put_right(page, MIN(21 + more, page->area.w), totals[i].role, value);
			if (page->area.w > 34 + more)
				page_put_right(page, 34 + more, ROLE_NORMAL,
					       *totals[i].bytes ? totals[i].count : totals[i].note);
			if (page->area.w > 50 + more && *totals[i].bytes)
				page_put(page, 37 + more, page->area.w, ROLE_DIM, totals[i].note);
		}
		return;
	}
	for (int i = 0; i < n; i++) {
		char title[64];
		snprintf(title, sizeof(title), "%s%s%s", totals[i].title, *totals[i].note ? " " : "",
			 totals[i].note);
		page_put(page, 10 + i * w, w - 1, ROLE_DIM, title);
	}
	page->line++;
	page_put(page, 1, 9, ROLE_DIM, "bytes");
	for (int i = 0; i < n; i++)
		page_put(page, 10 + i * w, w, totals[i].role == ROLE_NORMAL ? ROLE_STRONG : totals[i].role,
			 totals[i].bytes);
	page->line++;
	page_put(page, 1, 9, ROLE_DIM, "count");
	for (int i = 0; i < n; i++)
		page_put(page, 10 + i * w, w, ROLE_NORMAL, totals[i].count);
	page->line++;
}

/* Room for one more; of too many the last ones share it. */
static char *next_warning(struct warnings *w)
{
	if (w->n < WARNINGS_MAX)
		w->n++;
	return w->text[w->n - 1];
}

void page_collect_warnings(const struct app *app, struct warnings *w)
{
	const struct trace *trace = app->trace;
	size_t missed = 0, bare = 0;
	char count[HUMAN_LEN];

	w->n = 0;
	if (!trace->complete)
		snprintf(next_warning(w), TEXT_MAX, "not complete: %s", trace->damage);
	if (app->findings && app->findings->analysis->damage[0])
		snprintf(next_warning(w), TEXT_MAX, "%s", app->findings->analysis->damage);
	if (trace->lost_events)
		snprintf(next_warning(w), TEXT_MAX, "%s events were lost",
			 human_count(count, trace->lost_events, ' '));
	for (size_t i = 0; i < trace->processes.n; i++)
		missed += !!(trace->processes.at[i].flags & PROCESS_NOT_RECORDED);
	if (missed)
		snprintf(next_warning(w), TEXT_MAX, "%zu process%s could not be recorded", missed,
			 missed == 1 ? "" : "es");
	for (size_t i = 0; i < trace->pcs.n; i++)
		bare += trace->pcs.at[i].n_frames == 0;
	if (bare)
		snprintf(next_warning(w), TEXT_MAX, "%zu of %zu code addresses have no symbols", bare,
			 trace->pcs.n);
}

void page_draw_warnings(struct page *page, const struct warnings *w)
{
	for (int i = 0; i < w->n; i++, page->line++) {
		page_put(page, 1, 1, ROLE_WARNING, "!");
		page_put(page, 3, page->area.w, ROLE_WARNING, w->text[i]);
	}
}

static void draw_process(struct page *page, const struct process_row *row, int endings)
{
	const struct trace *trace = page->app->trace;
	const struct trace_process *p = &trace->processes.at[row->process];
	char text[TEXT_MAX], peak[HUMAN_LEN], leaked[HUMAN_LEN], ending[64];
	struct arena arena = {0};
	int value_w = 6 + metric_more_width();

	page_ending(p, ending, sizeof(ending));
	if (page->app->trace->memory_off)
		snprintf(text, sizeof(text), "%7" PRIu32 "  %8s  %-*s ", p->pid,
			 human_duration(peak, row->memory.figures.time_ns, page->app->glyphs->ascii), endings,
			 ending);
	else
		snprintf(text, sizeof(text), "%7" PRIu32 "  %*s peak %*s leaked  %-*s ", p->pid, value_w,
			 bytes_text_short(peak, row->memory.figures.peak_bytes), value_w,
			 bytes_text_short(leaked, row->memory.figures.leaked_bytes), endings, ending);
	page_put(page, 1, page->area.w, ROLE_NORMAL, text);
	page_put(page, 2 + (int)strlen(text), page->area.w, ROLE_DIM,
		 command_text(trace, p->command, &arena));
	arena_free(&arena);
	page->line++;
}

/* The row with the largest peak of those that come after `last` in that order; NULL: none. */
static const struct process_row *next_process(const struct analysis *a, const struct process_row *last)
{
	const struct process_row *best = NULL;

	for (size_t i = 0; i < a->processes.n; i++) {
		const struct process_row *row = &a->processes.at[i];
		u64 peak = row->memory.figures.peak_bytes;
		bool after = !last || peak < last->memory.figures.peak_bytes ||
			     (peak == last->memory.figures.peak_bytes && row > last);
		if (after && (!best || peak > best->memory.figures.peak_bytes))
			best = row;
	}
	return best;
}

void page_draw_processes(struct page *page, int max)
{
	const struct analysis *analysis = page->app->findings ? page->app->findings->analysis : NULL;
	const struct process_row *rows[PROCESSES_MAX], *row = NULL;
	int n, endings = 0;
	char text[64];

	if (!analysis || analysis->processes.n < 2 || max < PROCESSES_MIN + 1)
		return;
	n = MIN((int)MIN(analysis->processes.n, PROCESSES_MAX), max - 1);
	snprintf(text, sizeof(text), "LARGEST OF %zu PROCESSES", analysis->processes.n);
	page_put(page, 1, page->area.w, ROLE_TITLE, (size_t)n == analysis->processes.n ? "PROCESSES" : text);
	page->line++;
	for (int i = 0; i < n; i++) {
		rows[i] = row = next_process(analysis, row);
		page_ending(&page->app->trace->processes.at[row->process], text, sizeof(text));
		endings = MAX(endings, (int)strlen(text));
	}
	for (int i = 0; i < n; i++)
		draw_process(page, rows[i], endings);
}
