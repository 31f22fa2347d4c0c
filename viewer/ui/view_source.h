/* The view of source, as its files share it: keys (view_source.c), what is open (view_source_open.c), the way
 * to a function's line (view_source_function.c), search (view_source_find.c), the detail line
 * (view_source_detail.c), the table of files (view_source_files.c), the rows of one file (view_source_page.c)
 * and their picture (view_source_text.c). A file that the trace names is opened only when the user asks for
 * it; until then its lines are numbers with costs. */
#ifndef VIEWER_UI_VIEW_SOURCE_H
#define VIEWER_UI_VIEW_SOURCE_H

#include "common/idmap.h"
#include "viewer/text/sources.h"
#include "viewer/ui/matches.h"
#include "viewer/ui/sheet.h"

/* One file as rows: the places without a line, the costliest first, then, where its text is known, all of its
 * lines, else those with costs. */
struct source_page {
	const struct findings *findings;
	struct sources *sources;
	enum metric metric;
	u32 file;                      /* string of the trace, NO_ID: no file yet */
	const struct line_row *places; /* of it under this lens */
	u32 n_places, n_unplaced;      /* n_unplaced: the first ones, of line 0 */
	u32 *unplaced;                 /* these in the order of their rows */
	u32 n_lines;                   /* that have a row each; 0: the text isn't known */
	u64 most;                      /* the largest cost of a line */
	struct list list;
	bool center; /* the cursor's row, when it is drawn next */
	int scroll;  /* of the text, in columns */
};

struct view_source {
	struct view view;
	const struct findings *findings; /* NULL: none yet */
	enum metric metric;
	bool stale, adopted; /* metric, order or search have changed, findings have: until it is seen again */
	struct sheet sheet;  /* rows: of the line tables' files */
	struct sources *sources;
	bool open;               /* a file is shown, not the table */
	struct source_page page; /* the one that was opened last */
	struct source_page pane; /* the one beside a tree */
	u32 line, function;      /* of the page's cursor, to find it again */
	struct matches matches;  /* of the search: rows of the page */
	size_t place;            /* where a search began */
	struct idmap hottest;    /* by function: the row of the line tables' lines, by hottest_metric */
	bool has_hottest;
	enum metric hottest_metric;
};

extern const struct sheet_kind source_sheet; /* data: struct view_source */

/* What waited until the view is used. */
void source_freshen(struct view_source *v, struct app *app);
/* Shows a file; asked: its text is read now. */
void source_open(struct view_source *v, const struct app *app, u32 file, bool asked);
/* To where it costs most, with what leads there above it. */
void source_go_to(struct source_page *p, size_t row);
/* The file selected in the table, at its costliest line. */
void source_open_selected(struct view_source *v, const struct app *app);
/* Reads the text of the open file. */
void source_read_text(struct view_source *v, struct app *app);
/* Back to the table. */
void source_close(struct view_source *v, const struct app *app);
/* Finds app->search in the open file. */
void source_search(struct view_source *v, const struct app *app);

/* As in struct view_ops. */
void source_adopt(struct view *view, struct app *app);
bool source_select(struct view *view, struct app *app, u32 function);
bool source_pane(struct view *view, struct app *app, struct surface *s, struct area area, u32 function);
void source_find(struct view *view, struct app *app, enum find_step step);
bool source_found(const struct view *view, const struct app *app, char *out, size_t size);
void source_detail(const struct view *view, const struct app *app, char *out, size_t size);

/* Hits on the line that shows the whole file: this, and the row. */
enum { SOURCE_MAP_HIT = 1 << 28 };

/* The row of the table of files, NULL: no stack of the lens goes through it. */
const struct file_row *source_file_row(const struct analysis *a, u32 file);
/* The file's path, "": the code of which no file is known. */
const char *source_path(const struct source_page *p);
/* The places in the order of rows, those without a line first. */
const struct line_row *source_nth_place(const struct source_page *p, u32 i);
/* The place of a row, NULL: nothing is known of that line. */
const struct line_row *source_place(const struct source_page *p, size_t row);
/* Its line, 0: none. */
u32 source_line(const struct source_page *p, size_t row);
/* The text of a row, NULL: it isn't known. */
const char *source_text(const struct source_page *p, size_t row);
/* The row of a line, or the nearest one. */
size_t source_row(const struct source_page *p, u32 line);
/* The same; of line 0, the row of the function. */
size_t source_row_of_function(const struct source_page *p, u32 line, u32 function);
/* The row that allocates most itself. */
size_t source_hottest_row(const struct source_page *p);
/* Is it among those that cost most? */
bool source_hot(const struct source_page *p, const struct line_row *place);
/* To the next of those, or the one before; false: there is none. */
bool source_step_hot(struct source_page *p, int direction);

/* Makes the rows of a file. What it opens is nothing: sources_n_lines() before does. */
void source_page_set(struct source_page *p, const struct findings *findings, struct sources *sources,
		     enum metric metric, u32 file);
void source_page_fini(struct source_page *p);
/* What has to be said about the file, "": nothing. */
void source_notice(const struct source_page *p, const struct app *app, char *out, size_t size);

void source_draw_text(struct source_page *p, struct app *app, struct surface *s, struct area area);
/* The lines around one of a file that was read, in at most area.h rows. */
void source_draw_around(const struct source_page *p, const struct app *app, struct surface *s,
			struct area area);

#endif
