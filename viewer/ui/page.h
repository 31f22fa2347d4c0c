/* The parts of the summary that can't be selected: what was run, the totals, warnings, processes. A page is
 * longer than the screen may be: its lines are numbered from 0, and those scrolled away or below the area
 * have no row of the screen. */
#ifndef VIEWER_UI_PAGE_H
#define VIEWER_UI_PAGE_H

#include "viewer/ui/view.h"

struct page {
	struct app *app;
	struct surface *s;
	struct area area;
	int scroll;
	int line; /* the next one */
};

/* The row of the screen, -1: none. */
int page_y(const struct page *page, int line);
/* Text on the present line, x columns in; at most w columns. */
void page_put(const struct page *page, int x, int w, enum role role, const char *text);
/* Text that ends before column `end`. */
void page_put_right(const struct page *page, int end, enum role role, const char *text);

/* Of what is known by now: the lens's, or the whole trace's. */
const struct figures *page_figures(const struct app *app);

/* How a process ended: "exit 0", "killed by signal 11"; NULL: nothing. */
void page_ending(const struct trace_process *p, char *out, size_t size);

enum {
	PAGE_COMMAND_LINES = 2,
	PAGE_WIDE = 76 /* from here on the totals are a table of 3 lines, else of 4 */
};
/* All of these draw from page->line on, and step it. */
void page_draw_command(struct page *page);
void page_draw_totals(struct page *page);
/* At most max lines, none for a single process. */
void page_draw_processes(struct page *page, int max);

enum { WARNINGS_MAX = 5, WARNING_LEN = 512 };
struct warnings {
	char text[WARNINGS_MAX][WARNING_LEN];
	int n;
};
void page_collect_warnings(const struct app *app, struct warnings *w);
void page_draw_warnings(struct page *page, const struct warnings *w);

#endif
