/* What tables of columns are written with: private to row_columns*.c and stacks.c. */
#ifndef VIEWER_TEXT_ROW_VALUES_H
#define VIEWER_TEXT_ROW_VALUES_H

#include <stddef.h>

#include "viewer/text/row_columns.h"

/* A figure of a row; drop as in struct column. */
#define FIGURE(type, member, key, title, kind, drop)                                                         \
	{                                                                                                    \
		key, title, kind, offsetof(type, member), NULL, drop, 0                                      \
	}
/* One that only those who recorded memory want to see. */
#define MEMORY(type, member, key, title, kind, drop)                                                         \
	{                                                                                                    \
		key, title, kind, offsetof(type, member), NULL, drop, COLUMN_OF_MEMORY                       \
	}
#define WORD(key, title, kind, get)                                                                          \
	{                                                                                                    \
		key, title, kind, 0, get, 0, 0                                                               \
	}
#define TIMED(key, title, kind, get, drop)                                                                   \
	{                                                                                                    \
		key, title, kind, 0, get, drop, COLUMN_OF_TIME                                               \
	}
/* What is exact and what is not, where there is both. */
#define TIMING(get)                                                                                          \
	{                                                                                                    \
		"timing", "TIMED", VALUE_TEXT, 0, get, 0, COLUMN_OF_TIME | COLUMN_OF_BOTH_TIMES              \
	}
static inline struct value text_value(enum value_kind kind, const char *text)
{
	return (struct value){.kind = kind, .text = text};
}

static inline struct value number_value(enum value_kind kind, u64 number)
{
	return (struct value){.kind = kind, .number = number};
}

/* Numbers of what was timed, given the figures that they are in, and those that say whether it was. */

static inline struct value calls_value(const struct figures *f)
{
	return number_value(figures_exact(f) ? VALUE_COUNT : VALUE_NONE, f->calls);
}

static inline struct value primitive_value(const struct figures *f)
{
	return number_value(figures_exact(f) ? VALUE_COUNT : VALUE_NONE, f->primitive_calls);
}

/* Where all that was timed was sampled, a row without samples took no time; beside exact calls it may be one
 * that nobody measured. */
static inline bool only_sampled(const struct table_context *c)
{
	return c->a->total.sampled && !figures_exact(&c->a->total.figures);
}

static inline struct value samples_value(const struct table_context *c, const struct figures *f,
					 const struct figures *all)
{
	return number_value(figures_sampled(all) || only_sampled(c) ? VALUE_COUNT : VALUE_NONE, f->samples);
}

static inline struct value time_value(const struct table_context *c, const struct figures *f,
				      const struct figures *all)
{
	return number_value(figures_timed(all) || only_sampled(c) ? VALUE_TIME : VALUE_NONE, f->time_ns);
}

static inline struct value timing_value(const struct figures *f)
{
	bool exact = figures_exact(f), sampled = figures_sampled(f);

	return text_value(exact || sampled ? VALUE_TEXT : VALUE_NONE, exact && sampled ? "both"
								      : exact          ? "exact"
										       : "sampled");
}

#endif
