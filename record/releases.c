/* Frees by where they were made. See releases.h. */
#include "record/releases.h"

#include "record/events.h"

enum { SLICE_NS = 100 * 1000 * 1000 };

void releases_fini(struct releases *r)
{
	array_free(&r->sums);
	array_free(&r->pending);
}

static u32 find_site(struct recorder *recorder, struct reader *rd)
{
	struct releases *r = &recorder->releases;
	u32 site = events_site(recorder, rd, rd->free_at);
	while (r->sums.n <= site)
		array_push(&r->sums, (struct release_sum){0});
	return site;
}

void releases_add(struct recorder *recorder, struct reader *rd, u64 size)
{
	struct releases *r = &recorder->releases;
	if (unlikely(rd->free_at_found != rd->free_at)) {
		rd->free_site = find_site(recorder, rd);
		rd->free_at_found = rd->free_at;
	}
	struct release_sum *sum = &r->sums.at[rd->free_site];
	if (!sum->frees) {
		array_push(&r->pending, rd->free_site);
		sum->ns = events_ns(recorder, rd);
	}
	sum->frees++;
	sum->bytes += size;
}

void releases_write(struct recorder *recorder)
{
	struct releases *r = &recorder->releases;
	for (size_t i = 0; i < r->pending.n; i++) {
		u32 site = r->pending.at[i];
		struct release_sum *sum = &r->sums.at[site];
		r->last_ns = MAX(r->last_ns, sum->ns);
		writer_release(recorder->writer,
			       &(struct trace_release){r->last_ns, site, sum->frees, sum->bytes});
		sum->frees = sum->bytes = 0;
	}
	r->pending.n = 0;
}

void releases_tick(struct recorder *recorder, u64 ns)
{
	if (ns < recorder->releases.next_ns)
		return;
	recorder->releases.next_ns = ns + SLICE_NS;
	releases_write(recorder);
}
