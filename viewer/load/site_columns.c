/* Sums and snapshots by site. Sites exist and sums don't contradict each other, or the record is an error. */
#include "viewer/load/site_columns.h"

#include <stdlib.h>

#include "viewer/load/columns.h"

void site_columns_fini(struct site_columns *c)
{
	free(c->site);
	for (int i = 0; i < SITE_COUNTS; i++)
		free(c->counts[i]);
	for (int i = 0; i < SITE_BYTES; i++)
		free(c->bytes[i]);
	free(c->means);
	free(c->counted);
}

/* Also for none: there is a beginning of each column then. */
static void reserve(struct site_columns *c, size_t n)
{
	if (c->cap && n <= c->cap)
		return;
	n = MAX(n, 1u);
	c->cap = n;
	c->site = xrealloc(c->site, n, sizeof(*c->site));
	for (int i = 0; i < SITE_COUNTS; i++)
		c->counts[i] = xrealloc(c->counts[i], n, sizeof(*c->counts[i]));
	for (int i = 0; i < SITE_BYTES; i++)
		c->bytes[i] = xrealloc(c->bytes[i], n, sizeof(*c->bytes[i]));
	c->means = xrealloc(c->means, n, sizeof(*c->means));
	c->counted = xrealloc(c->counted, n, sizeof(*c->counted));
}

/* Sites that exist, and no more of them than there are: so they take no more memory than the file has
 * claimed. */
static int get_sites(struct site_columns *c, struct span *record, u64 n, bool ascending, u64 limit,
		     struct err *err)
{
	struct span column = span_column(record);
	u64 site = 0;

	if (column.bad || n > limit - MIN(c->n, limit) || n > span_left(&column))
		return err_set(err, "sums of too many sites");
	reserve(c, c->n + n);
	for (size_t i = c->n; i < c->n + n; i++) {
		u64 v = span_varint(&column);

		site += ascending ? v : unzigzag(v);
		if (column.bad || site >= limit)
			return err_set(err, "sums of unknown sites");
		c->site[i] = (u32)site;
	}
	return 0;
}

static int get_u32(struct span *record, u32 *to, u64 n)
{
	struct span column = span_column(record);

	for (u64 i = 0; i < n; i++)
		to[i] = span_u32(&column);
	return column.bad ? -1 : 0;
}

/* Bytes over counts, as column i of the entries from `from` on. */
static int get_bytes(struct site_columns *c, struct span *record, int i, const u32 *counts, const u64 *means,
		     u64 from, u64 n)
{
	for (u64 k = 0; k < n; k++)
		c->counted[k] = counts[from + k];
	return get_sums(record, c->counted, means, c->bytes[i] + from, n);
}

/* Own frees are told as what they lack to the allocations, and temporaries as what they lack to the own
 * frees. */
int site_columns_sums(struct site_columns *c, struct span *record, size_t n_sites, struct err *err)
{
	u64 n = span_varint(record), from = c->n;

	if (get_sites(c, record, n, false, n_sites, err) < 0)
		return -1;
	for (int i = 0; i < SITE_COUNTS; i++)
		if (get_u32(record, c->counts[i] + from, n) < 0)
			return err_set(err, "sums are cut short");
	if (get_bytes(c, record, 0, c->counts[0], NULL, from, n) < 0)
		return err_set(err, "sums are cut short");
	for (u64 k = 0; k < n; k++)
		c->means[k] = c->bytes[0][from + k] / MAX(c->counts[0][from + k], 1);
	for (int i = 1; i < SITE_BYTES; i++)
		if (get_bytes(c, record, i, c->counts[i], c->means, from, n) < 0)
			return err_set(err, "sums are cut short");
	for (u64 i = from; i < from + n; i++) {
		u32 *temporary = &c->counts[3][i];

		if (c->counts[1][i] > c->counts[0][i] || c->bytes[1][i] > c->bytes[0][i])
			return err_set(err, "sums contradict each other");
		c->counts[1][i] = c->counts[0][i] - c->counts[1][i];
		c->bytes[1][i] = c->bytes[0][i] - c->bytes[1][i];
		if (*temporary > 0)
			*temporary = c->counts[1][i] - (u32)unzigzag(*temporary - 1);
	}
	c->n += n;
	return 0;
}

int site_columns_live(struct site_columns *c, struct span *record, size_t n_sites, struct err *err)
{
	u64 n = span_varint(record), from = c->n;

	if (get_sites(c, record, n, true, n_sites, err) < 0)
		return -1;
	if (get_values(record, c->bytes[0] + from, n) < 0 || get_values(record, c->bytes[1] + from, n) < 0)
		return err_set(err, "a snapshot is cut short");
	c->n += n;
	return 0;
}

struct trace_sums site_columns_as_sums(const struct site_columns *c)
{
	return (struct trace_sums){
		.n = (u32)c->n,
		.site = c->site,
		.allocations = c->counts[0],
		.own_frees = c->counts[1],
		.older_frees = c->counts[2],
		.temporary = c->counts[3],
		.allocated_bytes = c->bytes[0],
		.own_freed_bytes = c->bytes[1],
		.older_freed_bytes = c->bytes[2],
	};
}

struct trace_live site_columns_as_live(const struct site_columns *c)
{
	return (struct trace_live){(u32)c->n, c->site, c->bytes[0], c->bytes[1]};
}
