/* One record of a dictionary or a series, as its columns: what tables.c and series.c take entries from. */
#ifndef VIEWER_LOAD_INCREMENT_H
#define VIEWER_LOAD_INCREMENT_H

#include "viewer/load/load.h"

enum { INCREMENT_COLUMNS = 7 };

/* n entries, after which the table has `total`, in columns. */
struct increment {
	size_t n;
	u64 total;
	struct span columns[INCREMENT_COLUMNS];
	u64 last[INCREMENT_COLUMNS];
};

static inline u64 next(struct increment *in, int column)
{
	return span_varint(&in->columns[column]);
}

static inline u64 next_delta(struct increment *in, int column)
{
	return in->last[column] += unzigzag(span_varint(&in->columns[column]));
}

/* series.c: each appends the entries. 0, or -1 and a text. */
int add_maps(struct trace *t, struct increment *in, struct err *err);
int add_rss(struct trace *t, struct increment *in, struct err *err);
int add_samples(struct trace *t, struct increment *in, struct err *err);
int add_calls(struct trace *t, struct increment *in, struct err *err);
int add_line_memory(struct trace *t, struct increment *in, struct err *err);
int add_brackets(struct trace *t, struct increment *in, struct err *err);
int add_releases(struct trace *t, struct increment *in, struct err *err);

#endif
