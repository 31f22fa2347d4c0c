/* The first view: what its files share. view_summary.c has the page, keys and mouse, view_summary_boxes.c the
 * lists of the heaviest functions. */
#ifndef VIEWER_UI_VIEW_SUMMARY_H
#define VIEWER_UI_VIEW_SUMMARY_H

#include "viewer/ui/page.h"
#include "viewer/ui/view.h"

enum { N_BOXES = 4, BOX_ROWS_MAX = 20 };

struct summary_box_kind {
	enum metric metric;
	const char *title;
};

/* Of a timed trace the last one is the functions that take the most time; without allocations there are but
 * those of time. */
int summary_n_boxes(const struct app *app);
const struct summary_box_kind *summary_box_kind(const struct app *app, int box);

struct summary_box {
	u32 functions[BOX_ROWS_MAX];
	u64 values[BOX_ROWS_MAX];
	int n;
};

struct view_summary {
	struct view view;
	struct summary_box boxes[N_BOXES];
	int n_boxes;
	int box, row; /* selected; row -1: none */
	int scroll;   /* lines */
	bool touched; /* the cursor has been moved */
	int rows;     /* of each box, as last drawn */
	int columns;  /* of boxes */
};

/* Keeps the heaviest in order; equal ones in the order of their functions. */
void summary_box_offer(struct summary_box *box, u32 function, u64 value);
/* Boxes that stand side by side are as high as the longest of them needs. */
int summary_band_rows(const struct view_summary *v, int box);
/* A value of a box in words: "1.50 MiB leaked". */
void summary_box_value(const struct app *app, int box, u64 value, char *out, size_t size);
/* From page->line on, which it steps. */
void summary_draw_boxes(struct page *page, struct view_summary *v);

#endif
