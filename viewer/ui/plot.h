/* Curves in character cells. A value is placed on absolute edges (its part of the whole height, rounded
 * once), what is more than nothing is never drawn as nothing, and between the least and the most of an
 * interval the area is hatched, so that what comes and goes within it is seen for what it is. */
#ifndef VIEWER_UI_PLOT_H
#define VIEWER_UI_PLOT_H

#include "viewer/ui/theme.h"

enum plot_style {
	PLOT_BRAILLE, /* two columns and four rows of dots a cell */
	PLOT_EIGHTHS,
	PLOT_HALVES, /* what the console's font has */
	PLOT_ASCII,  /* thirds: . : # */
	N_PLOT_STYLES
};

/* Columns of values in a cell. */
int plot_columns(enum plot_style style);

struct plot_value {
	u64 low, high;
};

/* The area below w * plot_columns() values, in w x h cells; top is the value at the upper edge. */
void plot_area(struct surface *s, enum plot_style style, int x, int y, int w, int h,
	       const struct plot_value *values, u64 top, enum role role);
/* A sign at each of w values' height, where there is nothing yet. A value above the top is left out. */
void plot_line(struct surface *s, int x, int y, int w, int h, const u64 *values, u64 top, const char *sign,
	       enum role role);

enum { PLOT_LAYERS = 6 };
/* One column of cells as layers upon each other: total says how high it is, parts how it is shared. */
void plot_layers(struct surface *s, int x, int y, int h, u64 total, u64 top, const u64 parts[PLOT_LAYERS],
		 const char *const signs[PLOT_LAYERS], const enum role roles[PLOT_LAYERS]);

/* value's part of top in `steps` steps, 1 at least where it is not 0. */
int plot_level(u64 value, u64 top, int steps);

#endif
