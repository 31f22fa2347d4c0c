/* A table on the screen: rows that are numbers of their owner's, put in order by a column, searched, filtered
 * and scrolled. What the columns are and what stands in them is the owner's (struct sheet_kind); which of
 * them fit, the header, the cursor and the keys that all tables share are here. The cursor stays on its row
 * through every change of order and filter. Orders are kept with the lens (history.h), so that undo knows
 * them. */
#ifndef VIEWER_UI_SHEET_H
#define VIEWER_UI_SHEET_H

#include "viewer/ui/matches.h"
#include "viewer/ui/view.h"

enum sheet_column_flags {
	SHEET_LEFT = 1 << 0,  /* from the left; else figures, from the right */
	SHEET_NAMES = 1 << 1, /* sorted by kind->compare, from A on; else by kind->value, the largest first */
	SHEET_ASCENDING = 1 << 2, /* the smallest first */
	SHEET_GROW = 1 << 3,      /* takes the room that is left over: one column of each kind */
};

struct sheet_column {
	int id;                     /* below SHEET_COLUMNS; that of number 0 is what is sorted by at first */
	const char *title;          /* NULL: kind->title knows */
	char key;                   /* in the menu of orders; 0: not sorted by */
	const char *name, *meaning; /* there */
	u8 w, wanted;               /* at least; rather */
	u8 rank;                    /* which leaves first when there isn't room: the largest; 0 stays */
	u8 flags;
};

enum {
	SHEET_COLUMNS = 24,
	SHEET_NICE =
		5, /* columns of this rank and above make room for the width wanted, others for the least */
};

struct sheet;
/* Where to draw one cell of a row. */
struct sheet_cell {
	const struct sheet *sheet;
	const struct app *app;
	struct surface *s;
	u32 row;
	size_t place; /* in the order */
	int column, x, y, w;
};

/* data is what sheet_update() was given. */
struct sheet_kind {
	enum order_id order;
	const struct sheet_column *columns; /* from left to right */
	int n;
	int second; /* the column that parts rows which the one sorted by does not; of figures */
	void (*title)(const struct app *app, int column, char *out, size_t size); /* may be NULL */
	bool (*has)(const struct app *app, int column);                           /* NULL: all */
	u64 (*value)(const void *data, u32 row, int column);
	int (*compare)(const void *data, u32 a, u32 b, int column);
	const char *(*name)(const void *data, u32 row); /* what search and filter look at */
	/* The row that this one stands below, of which it is a part, NO_ID: none. NULL: there are no such
	 * rows. One level only. */
	u32 (*group)(const void *data, u32 row);
	bool (*hidden)(const void *data, u32 row); /* folded away; NULL: none */
	void (*cell)(const struct sheet_cell *cell);
};

struct sheet {
	const struct sheet_kind *kind;
	const void *data; /* borrowed; NULL: no rows yet */
	u32 n;            /* rows there are */
	ARRAY(u32) rows;  /* those shown, in order */
	struct list list; /* over them */
	u32 cursor;       /* row, NO_ID: none */
	int scroll;       /* of the names, in bytes */
	struct {
		const struct sheet_column *spec;
		int x, w;
	} columns[SHEET_COLUMNS]; /* as last drawn */
	int n_columns;
	char filter[PROMPT_MAX]; /* "": none */
	/* What the order of the rows was made for. */
	bool ordered;
	struct order order;
	enum metric metric;
	struct matches matches; /* of the search: places in rows */
	const char *search;     /* borrowed from the app */
	bool fold_case;
	u32 place; /* where a search began */
};

void sheet_init(struct sheet *sheet, const struct sheet_kind *kind);
void sheet_fini(struct sheet *sheet);

/* Takes rows 0..n of data, in the order of the app's focus, with its search and the sheet's filter. The
 * cursor stays on its row, or goes to the first one. */
void sheet_update(struct sheet *sheet, const struct app *app, const void *data, u32 n);
/* The same after a change of order, metric or search. */
void sheet_refresh(struct sheet *sheet, const struct app *app);
/* After a change of what is hidden. */
void sheet_refold(struct sheet *sheet, const struct app *app);
/* No rows until the next update. */
void sheet_clear(struct sheet *sheet);
/* Rows with text in their names only, "" all; NULL changes nothing. before, if not NULL, gets the text that
 * held, which stays where it is. */
void sheet_filter(struct sheet *sheet, const struct app *app, const char *text, const char **before);
/* "rows text: 41 of 1 204"; false: there is none. */
bool sheet_filter_text(const struct sheet *sheet, char *out, size_t size);

/* Goes to a row; lets go of the filter if that hides it. False when it isn't shown even so. */
bool sheet_reveal(struct sheet *sheet, const struct app *app, u32 row);
/* Goes to a place in the order shown. */
void sheet_go(struct sheet *sheet, size_t place);
void sheet_scroll(struct sheet *sheet, int rows);

/* Moving, scrolling and the order of rows; false: not one of these. */
bool sheet_act(struct sheet *sheet, struct app *app, enum action action);
/* As in struct view_ops. */
void sheet_find(struct sheet *sheet, const struct app *app, enum find_step step);
bool sheet_found(const struct sheet *sheet, const struct app *app, char *out, size_t size);

/* Header and rows. Places in the order are hits on the body. mark: the selected row is the one that keys
 * mean. */
void sheet_draw(struct sheet *sheet, struct app *app, struct surface *s, struct area area, bool mark);
/* The rows as a file: text, or CSV. -1 and why. */
int sheet_write(struct sheet *sheet, struct app *app, enum write_kind kind, FILE *out, struct err *err);
/* Puts a name into a cell, scrolled, with what was searched marked; returns the columns used. */
int sheet_put_name(const struct sheet_cell *cell, int x, int w, enum role role, const char *name);
/* The width of a name that goes on into the column of its place, right of it, as far as that place leaves
 * room. */
int sheet_name_width(const struct sheet_cell *cell, const char *place);
/* Figures, right-aligned. */
void sheet_put_figure(const struct sheet_cell *cell, enum role role, const char *text);

/* NULL: the kind has no such column. */
const struct sheet_column *sheet_column(const struct sheet_kind *kind, int id);

#endif
