/* See history.h. */
#include "viewer/ui/history.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 200 };

static char *copy_text(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static const u32 *copy_ids(const u32 *ids, size_t n)
{
	u32 *copy = n ? xmalloc(n * sizeof(*copy)) : NULL;

	if (n)
		memcpy(copy, ids, n * sizeof(*copy));
	return copy;
}

struct lens focus_lens_copy(const struct lens *lens)
{
	struct lens copy = *lens;

	copy.pids = copy_ids(lens->pids, lens->n_pids);
	copy.tids = copy_ids(lens->tids, lens->n_tids);
	copy.filter = copy_text(lens->filter);
	copy.exclude = copy_text(lens->exclude);
	copy.modules = copy_text(lens->modules);
	return copy;
}

void focus_lens_free(struct lens *lens)
{
	free((u32 *)lens->pids);
	free((u32 *)lens->tids);
	free((char *)lens->filter);
	free((char *)lens->exclude);
	free((char *)lens->modules);
	*lens = (struct lens){0};
}

static struct focus focus_copy(const struct focus *focus)
{
	struct focus copy = *focus;

	copy.lens = focus_lens_copy(&focus->lens);
	return copy;
}

static void focus_free(struct focus *focus)
{
	focus_lens_free(&focus->lens);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_ids(const u32 *a, size_t n, const u32 *b, size_t m)
{
	return n == m && (n == 0 || memcmp(a, b, n * sizeof(*a)) == 0);
}

bool focus_same_lens(const struct focus *a, const struct focus *b)
{
	const struct lens *x = &a->lens, *y = &b->lens;

	return x->from_ns == y->from_ns && x->to_ns == y->to_ns &&
	       same_ids(x->pids, x->n_pids, y->pids, y->n_pids) &&
	       same_ids(x->tids, x->n_tids, y->tids, y->n_tids) && same_text(x->filter, y->filter) &&
	       same_text(x->exclude, y->exclude) && same_text(x->modules, y->modules);
}

static bool same_order(const struct focus *a, const struct focus *b)
{
	for (int i = 0; i < N_ORDERS; i++) {
		if (a->orders[i].column != b->orders[i].column ||
		    a->orders[i].reverse != b->orders[i].reverse)
			return false;
	}
	return a->sort == b->sort && a->reverse == b->reverse;
}

void history_init(struct history *history, const struct focus *first)
{
	*history = (struct history){0};
	array_push(&history->steps, focus_copy(first));
}

void history_fini(struct history *history)
{
	for (size_t i = 0; i < history->steps.n; i++)
		focus_free(&history->steps.at[i]);
	array_free(&history->steps);
}

void history_begin(struct history *history, const struct lens *lens)
{
	struct focus first = history->steps.at[0];

	first.lens = *lens;
	first = focus_copy(&first);
	focus_free(&history->steps.at[0]);
	history->steps.at[0] = first;
}

void history_settle(struct history *history)
{
	struct focus now = focus_copy(history_now(history));

	history_fini(history);
	history->at = 0;
	array_push(&history->steps, now);
}

void history_begin_by(struct history *history, enum metric metric)
{
	if (history->steps.n == 1)
		history->steps.at[0].metric = metric;
}

const struct focus *history_now(const struct history *history)
{
	return &history->steps.at[history->at];
}

void history_push(struct history *history, const struct focus *next)
{
	const struct focus *now = history_now(history);

	if (focus_same_lens(now, next) && now->metric == next->metric && same_order(now, next))
		return;
	struct focus step = focus_copy(next);
	while (history->steps.n > history->at + 1)
		focus_free(&history->steps.at[--history->steps.n]);
	if (history->steps.n == STEPS_MAX) {
		focus_free(&history->steps.at[0]);
		history->steps.n--;
		memmove(history->steps.at, history->steps.at + 1, history->steps.n * sizeof(step));
	}
	array_push(&history->steps, step);
	history->at = history->steps.n - 1;
}

bool history_undo(struct history *history)
{
	if (history->at == 0)
		return false;
	history->at--;
	return true;
}

bool history_redo(struct history *history)
{
	if (history->at + 1 >= history->steps.n)
		return false;
	history->at++;
	return true;
}

bool history_widen(struct history *history)
{
	const struct focus *now = history_now(history);

	for (size_t i = history->at; i-- > 0;) {
		if (history->steps.at[i].depth >= now->depth)
			continue;
		struct focus next = *now;
		next.lens = history->steps.at[i].lens;
		next.depth = history->steps.at[i].depth;
		history_push(history, &next);
		return true;
	}
	return false;
}
