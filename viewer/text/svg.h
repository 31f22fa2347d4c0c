/* A flame graph as an SVG drawing: opens in any browser, explains each box under the pointer, and a click
 * there zooms. Nothing in it is fetched from anywhere. */
#ifndef VIEWER_TEXT_SVG_H
#define VIEWER_TEXT_SVG_H

#include <stdio.h>

#include "viewer/model/model.h"

struct svg_flame {
	const struct analysis *a;
	struct callers
		*callers; /* NULL: from main inward; else from what allocates outward, opened as needed */
	enum metric metric;
	u32 root;          /* node of the tree that is the whole; 0: all */
	const char *title; /* raw */
};

void svg_print(const struct svg_flame *flame, FILE *out);

#endif
