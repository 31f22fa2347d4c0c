/* What is looked at, as one value: the lens, the metric and the order of rows; and the values before it, for
 * undo. */
#ifndef VIEWER_UI_HISTORY_H
#define VIEWER_UI_HISTORY_H

#include "common/mem.h"
#include "viewer/model/model.h"

/* The order of rows in the tables (sheet.h); the trees' is focus.sort. */
enum order_id { ORDER_FUNCTIONS, ORDER_SOURCE, ORDER_THREADS, ORDER_DIFF, N_ORDERS };
struct order {
	int column; /* of the table's own; 0: the one that it begins with */
	bool reverse;
};

/* Owns what its lens points to. */
struct focus {
	struct lens lens;
	unsigned depth; /* how often the lens was narrowed to come here */
	enum metric metric;
	int sort; /* enum column_id */
	bool reverse;
	struct order orders[N_ORDERS];
};

struct history {
	ARRAY(struct focus) steps;
	size_t at; /* the present one */
};

/* first is copied, what its lens points to as well. */
void history_init(struct history *history, const struct focus *first);
void history_fini(struct history *history);
/* Forgets all steps but the present one. */
void history_settle(struct history *history);
/* Changes the first step's lens (copied): only as long as it is the only step. */
void history_begin(struct history *history, const struct lens *lens);
/* The same of its metric. */
void history_begin_by(struct history *history, enum metric metric);
const struct focus *history_now(const struct history *history);
/* next (copied) becomes the present; what had been undone is forgotten. A value equal to the present one is
 * no step. */
void history_push(struct history *history, const struct focus *next);
/* False when there is nothing to go to. */
bool history_undo(struct history *history);
bool history_redo(struct history *history);
/* Back to the lens that the present one was narrowed from, metric and order as they are now: a step of its
 * own. */
bool history_widen(struct history *history);

bool focus_same_lens(const struct focus *a, const struct focus *b);
/* A lens that owns what it points to, and its end. */
struct lens focus_lens_copy(const struct lens *lens);
void focus_lens_free(struct lens *lens);

#endif
