/* The two trees that the tree views unfold, under one set of operations: the call tree from the outside in,
 * and the callers of each function from the inside out. Knows order and search, no screen. */
#ifndef VIEWER_UI_TREE_SOURCE_H
#define VIEWER_UI_TREE_SOURCE_H

#include "viewer/ui/findings.h"
#include "viewer/ui/history.h"
#include "viewer/ui/tree.h"

struct tree_source {
	bool inverted;                   /* bottom-up */
	const struct findings *findings; /* borrowed; NULL: nothing to show */
	/* the order; of a struct focus */
	enum metric metric;
	int sort;
	bool reverse;
	/* the search */
	const char *search; /* borrowed; "" none */
	bool fold_case;
	struct bits asked, matching; /* by function */
	struct bits holding;         /* by node of the call tree: a match in or below it */
	/* the filter of rows, in the same way */
	const char *filter; /* borrowed; NULL or "" none */
	bool filter_folds_case;
	struct bits filter_asked, filter_matching, filter_holding;
};

extern const struct tree_ops tree_source_top_down, tree_source_bottom_up; /* data: struct tree_source */

void tree_source_fini(struct tree_source *source);
const struct trace *tree_source_trace(const struct tree_source *source);
u32 tree_source_function(const struct tree_source *source, u32 node);
/* With the callees, and without (nothing in the bottom-up tree, where there are none). By value: nodes move
 * when others are opened. */
struct figures tree_source_total(const struct tree_source *source, u32 node);
struct figures tree_source_self(const struct tree_source *source, u32 node);
/* How many frames of a direct recursion a node stands for. */
u32 tree_source_recursion(const struct tree_source *source, u32 node);
/* The node where a function weighs most, bottom-up its own of the first level; NO_ID: it has none. */
u32 tree_source_heaviest(struct tree_source *source, u32 function);
/* What nodes weigh where no column of its own is sorted by: the metric, or until that is known, what is. */
enum metric tree_source_weighed_by(const struct tree_source *source);
/* The weight that the tail is cut by, of the whole: the threshold. */
u64 tree_source_tail_below(const struct tree_source *source, int per_mille);
/* After a change of search, of the filter: what matches is found out anew. */
void tree_source_search(struct tree_source *source);
void tree_source_filter(struct tree_source *source);
bool tree_source_matches(struct tree_source *source, u32 function);

#endif
