/* Where text goes: a stream, how wide it is, which characters and colours it can take. All foreign text of
 * the report's text form passes through out_text() and out_name(), which make it harmless and fit it to a
 * width. */
#ifndef VIEWER_TEXT_OUT_H
#define VIEWER_TEXT_OUT_H

#include <stdio.h>

#include "common/types.h"

enum out_style { STYLE_NORMAL, STYLE_BOLD, STYLE_DIM, STYLE_WARN };

struct out {
	FILE *file;
	u32 width; /* columns; no line is longer but where a single word is */
	bool ascii, color;
};

/* Which end of a text that is too long may go. */
enum out_cut { CUT_RIGHT, CUT_LEFT, CUT_MIDDLE };

/* Columns that s takes when it is made harmless. */
u32 out_columns(const struct out *out, const char *s);
/* s, cut to at most width columns; returns the columns written. */
u32 out_text(const struct out *out, const char *s, u32 width, enum out_cut cut);
/* The name of a function: template arguments and parameters are left out before anything is cut. */
u32 out_name(const struct out *out, const char *name, u32 width);
/* "file.c:12", or the base name of the module where the file is not known, cut to width columns. */
u32 out_place(const struct out *out, const char *file, u32 line, const char *module, u32 width);

/* s as lines of whole words, the first going on at column indent, the others beginning there. Ends the last
 * line. */
void out_paragraph(const struct out *out, const char *s, u32 indent);

void out_spaces(const struct out *out, u32 n);
/* One of our own texts, at the right (width > 0) or left (width < 0) of |width| columns. */
void out_cell(const struct out *out, const char *s, int width);
void out_style(const struct out *out, enum out_style style);
/* Our own words: UTF-8 where the stream takes it, else the other. */
static inline const char *out_glyph(const struct out *out, const char *utf8, const char *ascii)
{
	return out->ascii ? ascii : utf8;
}
/* A bar of value out of whole in width columns, padded with spaces. */
void out_bar(const struct out *out, u64 value, u64 whole, u32 width);
/* One column of a curve: how high value stands against top. */
const char *out_level(const struct out *out, u64 value, u64 top);

#endif
