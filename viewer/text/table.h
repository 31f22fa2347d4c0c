/* Tables of rows: one description of the columns serves text, JSON and CSV, sorting and the names that --sort
 * takes. */
#ifndef VIEWER_TEXT_TABLE_H
#define VIEWER_TEXT_TABLE_H

#include "viewer/model/model.h"
#include "viewer/text/json.h"
#include "viewer/text/out.h"

struct sources;

/* What getters may look at. */
struct table_context {
	const struct analysis *a;
	enum metric metric;
	struct sources *sources; /* NULL: source files are not to be opened */
	struct arena *arena;     /* for words that have to be put together */
};

enum value_kind {
	VALUE_NONE,         /* not measured: null, nothing, "-" */
	VALUE_COUNT,        /* number */
	VALUE_BYTES,        /* number */
	VALUE_CHANGE,       /* bytes, signed: change */
	VALUE_CHANGE_COUNT, /* a number, signed: change */
	VALUE_CHANGE_TIME,  /* nanoseconds, signed: change */
	VALUE_TIME,         /* number, nanoseconds */
	VALUE_SHARE,        /* number, billionths of a whole: 0.25 in JSON, 25.0% in text */
	VALUE_CALLS,        /* number, change: of those, primitive; in text only */
	VALUE_ID,           /* number that is not a quantity: a pid, a line */
	VALUE_TEXT,         /* text */
	VALUE_NAME,         /* text: the name of a function */
	VALUE_PLACE,        /* text, number, module: shown as file:line, in text only */
	VALUE_SOURCE,       /* text: a line of source */
};

struct value {
	enum value_kind kind;
	u64 number;
	i64 change;
	const char *text, *module;
};
bool value_is_change(enum value_kind kind);

/* What a column is about: a table without that has no need of it in text. */
enum column_kind {
	COLUMN_OF_MEMORY = 1 << 0,
	COLUMN_OF_TIME = 1 << 1,
	COLUMN_OF_BOTH_TIMES = 1 << 2,
	COLUMN_OF_CALLS = 1 << 3,
	/* The same figure twice: for bytes and counts, and as wide as times need it. */
	COLUMN_NARROW = 1 << 4,
	COLUMN_WIDE = 1 << 5,
	/* JSON has it in another form: a stack as a list. */
	COLUMN_NOT_JSON = 1 << 6,
};

struct column {
	const char *key;   /* in JSON, CSV and --sort; NULL: only in text */
	const char *title; /* in text; NULL: not shown there */
	enum value_kind kind;
	size_t offset; /* of the u64 (of a change: i64) in the row, where get is NULL */
	struct value (*get)(const struct table_context *c, const void *row);
	u8 drop;  /* text: where it is narrow, the greatest goes first; 0 stays */
	u8 about; /* enum column_kind; 0: always there */
};

struct table {
	const char *name;
	const struct column *columns;
	u32 n_columns;
	const void *rows;
	size_t row_size;
	u32 n_rows;
	u32 *order;    /* of the rows, after table_sort() */
	u32 n_shown;   /* rows of order that are printed */
	u8 hides;      /* text: columns about these, enum column_kind, are not shown */
	u8 unmeasured; /* columns about these have no values */
	u8 (*row_unmeasured)(const void *row); /* nor those about these in this row; NULL: all have */
	const struct column *bar; /* text: a number that is drawn as well, at the right; NULL: none */
	u64 bar_whole;            /* of a full bar */
	/* text: draws a row at the right, in at most so many columns, in place of a bar; NULL: does not */
	void (*draw)(const struct out *out, const void *row, u32 width);
};

/* The column of a key; also "leaked" for "leaked_bytes" and the like. NULL: none. */
const struct column *table_column(const struct table *t, const char *key);

/* Puts rows in order by one column, then by a second where the first says nothing (may be NULL): numbers from
 * the greatest, words from A. Equal rows keep their order. Without any column the rows stay. Shows at most
 * limit rows, 0 all. table_free() frees the order. */
void table_sort(struct table *t, const struct table_context *c, const struct column *by,
		const struct column *then, bool reverse, u64 limit);
void table_free(struct table *t);

struct value table_value(const struct table *t, const struct column *column, const struct table_context *c,
			 const void *row);

static inline const void *table_row(const struct table *t, u32 i)
{
	return (const char *)t->rows + t->row_size * t->order[i];
}

void table_print_text(const struct table *t, const struct table_context *c, const struct out *out,
		      const struct column *sorted);
void table_print_csv(const struct table *t, const struct table_context *c, FILE *file);
/* The members of a row's object, without its brackets. */
void table_json_row(const struct table *t, const struct table_context *c, struct json *j, const void *row);

/* A value for text, in at most HUMAN_LEN bytes: "48.2K", "812", "4.24 s", "-". Not for words. */
const char *value_human(char buffer[32], const struct value *v, bool ascii);

#endif
