/* The two trees, top-down and bottom-up, in one shape: a node has a value under a metric, a part of it that
 * is its own, and children. They are printed by walking with a stack of the heap's, so that depth costs
 * memory only. */
#ifndef VIEWER_TEXT_BRANCHES_H
#define VIEWER_TEXT_BRANCHES_H

#include "viewer/text/table.h"

struct branch {
	u32 node, function; /* NO_ID: the root */
	u32 depth;          /* of direct recursion, >= 1 */
	u64 value, self;
};

struct branches {
	const struct analysis *a;
	enum metric metric;
	struct callers *callers; /* NULL: top-down */
	bool reverse;            /* children from the smallest */
	u64 limit;               /* children of a node that are shown; 0 all, and those without value too */
	u64 least;               /* value below which a child is not shown; nothing where limit is 0 */
};

void branches_init(struct branches *b, const struct analysis *a, enum metric metric, bool bottom_up,
		   u64 limit);
void branches_fini(struct branches *b);

/* Deeper nodes have no list of children in JSON, but "truncated": parsers recurse, and Python's gives up near
 * 1000 levels, of which each node takes two. */
enum { BRANCHES_JSON_DEPTH = 400 };

/* The root as a JSON object. */
void branches_print_json(struct branches *b, struct json *j);
void branches_print_csv(struct branches *b, FILE *file);
/* root: what stands for the whole. */
void branches_print_text(struct branches *b, const struct out *out, const char *root);

#endif
