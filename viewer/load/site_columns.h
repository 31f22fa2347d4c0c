/* What the records S, M and L say of sites: entries of untrusted bytes become columns. Private to the
 * reader. */
#ifndef VIEWER_LOAD_SITE_COLUMNS_H
#define VIEWER_LOAD_SITE_COLUMNS_H

#include "common/bytes.h"
#include "viewer/load/summary.h"

enum { SITE_COUNTS = 4, SITE_BYTES = 3 };

struct site_columns {
	size_t n, cap;
	u32 *site, *counts[SITE_COUNTS];
	u64 *bytes[SITE_BYTES];
	u64 *means, *counted; /* while entries are read */
};
void site_columns_fini(struct site_columns *c);

/* Each takes the entries of one record behind those that are there, whose sites are below n_sites. 0, or -1
 * and a text. */
int site_columns_sums(struct site_columns *c, struct span *record, size_t n_sites, struct err *err);
int site_columns_live(struct site_columns *c, struct span *record, size_t n_sites, struct err *err);

/* The columns as readers of summary.h know them; they are the same memory. */
struct trace_sums site_columns_as_sums(const struct site_columns *c);
struct trace_live site_columns_as_live(const struct site_columns *c);

#endif
