/* See plot.h. */
#include "viewer/ui/plot.h"

#include <string.h>

enum { BRAILLE = 0x2800, BRAILLE_COLUMNS = 2, BRAILLE_ROWS = 4 };

static const struct {
	int columns, rows; /* of a cell */
} cells[N_PLOT_STYLES] = {
	[PLOT_BRAILLE] = {BRAILLE_COLUMNS, BRAILLE_ROWS},
	[PLOT_EIGHTHS] = {1, 8},
	[PLOT_HALVES] = {1, 2},
	[PLOT_ASCII] = {1, 3},
};

/* A cell filled to 0, 1, … of its rows, and one that is filled now and then. */
static const char *const fills[N_PLOT_STYLES][9] = {
	[PLOT_EIGHTHS] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	[PLOT_HALVES] = {" ", "▄", "█"},
	[PLOT_ASCII] = {" ", ".", ":", "#"},
};
static const char *const hatches[N_PLOT_STYLES] = {
	[PLOT_EIGHTHS] = "▒", [PLOT_HALVES] = "▒", [PLOT_ASCII] = "|"};

int plot_columns(enum plot_style style)
{
	return cells[style].columns;
}

int plot_level(u64 value, u64 top, int steps)
{
	if (value == 0 || top == 0 || steps <= 0)
		return 0;
	int level = (int)((double)MIN(value, top) / (double)top * steps + 0.5);
	return MIN(MAX(level, 1), steps);
}

/* A dot of braille; row 0 is the lowest. */
static int dot(int column, int row)
{
	static const int dots[BRAILLE_COLUMNS][BRAILLE_ROWS] = {{0x40, 0x04, 0x02, 0x01},
								{0x80, 0x20, 0x10, 0x08}};

	return dots[column][row];
}

static void put_braille(struct surface *s, int x, int y, int pattern, enum role role)
{
	i32 c = BRAILLE + pattern;
	char text[] = {(char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)), 0};

	surface_put(s, x, y, 1, role, pattern ? text : " ");
}

/* The cell in which rows [from, from + 4) of the dots lie. */
static int braille_cell(const struct plot_value *values, int at, int from, u64 top, int rows)
{
	int pattern = 0;

	for (int column = 0; column < BRAILLE_COLUMNS; column++) {
		int low = plot_level(values[column].low, top, rows);
		int high = plot_level(values[column].high, top, rows);
		for (int row = 0; row < BRAILLE_ROWS; row++) {
			int level = from + row;
			bool hatched = level < high && (level + at * BRAILLE_COLUMNS + column) % 2;
			if (level < low || level == high - 1 || hatched)
				pattern |= dot(column, row);
		}
	}
	return pattern;
}

static const char *block_cell(enum plot_style style, const struct plot_value *value, int from, u64 top,
			      int rows)
{
	int n = cells[style].rows, low = plot_level(value->low, top, rows) - from;
	int high = plot_level(value->high, top, rows) - from;

	if (high >= n && low < n / 2)
		return hatches[style];
	return fills[style][MIN(MAX(high, 0), n)];
}

void plot_area(struct surface *s, enum plot_style style, int x, int y, int w, int h,
	       const struct plot_value *values, u64 top, enum role role)
{
	int n = cells[style].rows, rows = h * n;

	for (int row = 0; row < h; row++) {
		int from = (h - 1 - row) * n;
		for (int i = 0; i < w; i++) {
			const struct plot_value *value = &values[i * cells[style].columns];
			if (style == PLOT_BRAILLE)
				put_braille(s, x + i, y + row, braille_cell(value, i, from, top, rows), role);
			else
				surface_put(s, x + i, y + row, 1, role,
					    block_cell(style, value, from, top, rows));
		}
	}
}

void plot_line(struct surface *s, int x, int y, int w, int h, const u64 *values, u64 top, const char *sign,
	       enum role role)
{
	for (int i = 0; i < w; i++) {
		int level = plot_level(values[i], top, h), row = y + h - level;
		const struct cell *cell = surface_cell(s, x + i, row);
		if (level > 0 && values[i] <= top && cell && cell->c == ' ')
			surface_put(s, x + i, row, 1, role, sign);
	}
}

void plot_layers(struct surface *s, int x, int y, int h, u64 total, u64 top, const u64 parts[PLOT_LAYERS],
		 const char *const signs[PLOT_LAYERS], const enum role roles[PLOT_LAYERS])
{
	int level = plot_level(total, top, h), row = 0;
	double sum = 0, below = 0;

	for (int i = 0; i < PLOT_LAYERS; i++)
		sum += (double)parts[i];
	for (int i = 0; i < PLOT_LAYERS && sum > 0; i++) {
		below += (double)parts[i];
		int edge = (int)(below / sum * level + 0.5);
		for (; row < edge; row++)
			surface_put(s, x, y + h - 1 - row, 1, roles[i], signs[i]);
	}
	/* Not known how it is shared: the last one's. */
	for (; row < level; row++)
		surface_put(s, x, y + h - 1 - row, 1, roles[PLOT_LAYERS - 1], signs[PLOT_LAYERS - 1]);
}
