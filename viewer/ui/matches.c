/* See matches.h. */
#include "viewer/ui/matches.h"

#include <stdio.h>

/* How many stand before the cursor. */
static size_t before(const struct matches *m, size_t cursor)
{
	size_t from = 0, to = m->rows.n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (m->rows.at[middle] < cursor)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

bool matches_next(const struct matches *m, size_t cursor, int direction, bool inclusive, size_t *row)
{
	size_t n = m->rows.n, at = before(m, cursor);

	if (n == 0)
		return false;
	if (direction < 0)
		at += n - 1;
	else if (!inclusive && at < n && m->rows.at[at] == cursor)
		at++;
	*row = m->rows.at[at % n];
	return true;
}

bool matches_text(const struct matches *m, size_t cursor, char *out, size_t size)
{
	size_t at = before(m, cursor);

	if (m->rows.n == 0) {
		snprintf(out, size, "no match");
		return false;
	}
	snprintf(out, size, "%zu/%zu", at < m->rows.n && m->rows.at[at] == cursor ? at + 1 : 0, m->rows.n);
	return true;
}
