/* Any bytes as a trace: the reader opens it or says why not, and whatever it gives out is sound: ids exist,
 * parents stand before their children, events decode within bounds, figures don't contradict each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/format.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/stored.h"
#include "viewer/load/summary.h"
#include "viewer/model/heap_map.h"

#define MUST(condition)                                                                                      \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);              \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

static void check_names(const struct trace *t)
{
	for (size_t i = 0; i < t->processes.n; i++) {
		const struct trace_process *p = &t->processes.at[i];

		MUST(p->command < t->strings.strings.n && p->executable < t->strings.strings.n);
		MUST(p->reason < t->strings.strings.n && (p->parent == NO_ID || p->parent < i));
	}
	for (size_t i = 0; i < t->threads.n; i++)
		MUST(t->threads.at[i].process < t->processes.n &&
		     t->threads.at[i].name < t->strings.strings.n);
	for (size_t i = 0; i < t->functions.n; i++) {
		const struct trace_function *f = &t->functions.at[i];

		MUST(f->name < t->strings.strings.n && f->file < t->strings.strings.n &&
		     f->module < t->modules.n);
	}
	for (size_t i = 0; i < t->frames.n; i++)
		MUST(t->frames.at[i].function < t->functions.n &&
		     t->frames.at[i].file < t->strings.strings.n);
	for (size_t i = 0; i < t->modules.n; i++)
		MUST(t->modules.at[i].path < t->strings.strings.n &&
		     t->modules.at[i].build_id_len <= BUILD_ID_MAX);
	for (size_t i = 0; i < t->strings.strings.n; i++)
		MUST(strtab_length(&t->strings, (u32)i) <= STRING_MAX);
}

static void check_stacks(const struct trace *t)
{
	for (size_t i = 0; i < t->pcs.n; i++) {
		const struct trace_pc_entry *pc = &t->pcs.at[i];

		MUST(pc->module < t->modules.n);
		MUST(pc->n_frames <= t->frames.n && pc->first_frame <= t->frames.n - pc->n_frames);
	}
	for (size_t i = 1; i < t->nodes.n; i++)
		MUST(t->nodes.at[i].parent < i && t->nodes.at[i].pc < t->pcs.n);
	for (size_t i = 0; i < t->sites.n; i++) {
		const struct trace_totals *s = &t->totals[i];

		MUST(t->sites.at[i].thread < t->threads.n && t->sites.at[i].node < t->nodes.n);
		MUST(s->frees <= s->allocations && s->freed_bytes <= s->allocated_bytes &&
		     s->temporary <= s->frees);
		MUST(s->peak_bytes <= s->allocated_bytes && s->peak_blocks <= s->allocations);
		MUST(s->process_peak_bytes <= s->allocated_bytes && s->process_peak_blocks <= s->allocations);
	}
	for (size_t i = 0; i < t->maps.n; i++)
		MUST(t->maps.at[i].site < t->sites.n && t->maps.at[i].kind <= MAP_REMOVED);
	for (size_t i = 0; i < t->samples.n; i++)
		MUST(t->samples.at[i].site < t->sites.n &&
		     (i == 0 || t->samples.at[i].ns >= t->samples.at[i - 1].ns));
	for (size_t i = 0; i < t->calls.n; i++)
		MUST(t->calls.at[i].site < t->sites.n &&
		     (i == 0 || t->calls.at[i].ns >= t->calls.at[i - 1].ns));
	for (size_t i = 0; i < t->rss.n; i++)
		MUST(t->rss.at[i].process < t->processes.n);
}

static void check_events(const struct trace *t, const struct trace_block *b, const struct trace_events *e)
{
	u64 ns = b->start_ns, allocs = 0;

	MUST(e->n == b->n_events);
	for (u32 i = 0; i < e->n; i++) {
		MUST(e->kind[i] <= TRACE_FREE && e->temporary[i] <= 1);
		MUST(e->site[i] < t->sites.n && e->thread[i] < t->threads.n);
		MUST(e->ns[i] >= ns && e->ns[i] <= b->end_ns);
		ns = e->ns[i];
		if (e->kind[i] == TRACE_ALLOC)
			MUST(e->ordinal[i] == b->first_ordinal + allocs++ && !e->temporary[i]);
		else
			MUST(e->ordinal[i] < b->first_ordinal + allocs);
	}
	MUST(allocs == b->n_allocs);
}

static void check_summaries(const struct trace *t, struct trace_cursor *cursor, size_t block)
{
	struct trace_older_frees older;
	struct trace_sums sums;
	struct trace_live live;
	struct err err;

	if (trace_cursor_sums(cursor, block, &sums, &err) == 0)
		for (u32 i = 0; i < sums.n; i++)
			MUST(sums.site[i] < t->sites.n && sums.own_frees[i] <= sums.allocations[i]);
	if (trace_cursor_merged(cursor, block / TRACE_MERGED_BLOCKS, &sums, &err) == 0)
		for (u32 i = 0; i < sums.n; i++)
			MUST(sums.site[i] < t->sites.n && sums.own_freed_bytes[i] <= sums.allocated_bytes[i]);
	if (trace_cursor_older_frees(cursor, block, &older, &err) == 0)
		for (u32 i = 0; i < older.n; i++)
			MUST(older.site[i] < t->sites.n);
	if (trace_cursor_frees_before(cursor, block, t->blocks.at[block].first_ordinal / 2, &older, &err) ==
	    0)
		for (u32 i = 0; i < older.n; i++)
			MUST(older.site[i] < t->sites.n);
	if (trace_cursor_live(cursor, block + 1, &live, &err) == 0)
		for (u32 i = 0; i < live.n; i++)
			MUST(live.site[i] < t->sites.n);
}

static void check_blocks(const struct trace *t)
{
	struct trace_cursor *cursor = trace_cursor_new(t);
	struct trace_events events;
	u64 n_events = 0, ordinal = 0, ns = 0;
	size_t slices = 0;
	struct err err;

	for (size_t i = 0; i < t->blocks.n; i++) {
		const struct trace_block *b = &t->blocks.at[i];

		MUST(b->n_events > 0 && b->n_events <= BLOCK_EVENTS && b->n_allocs <= b->n_events);
		MUST(b->start_ns >= ns && b->end_ns >= b->start_ns && b->max_index < b->n_events);
		MUST(b->first_ordinal == ordinal && b->live_min <= b->live_end && b->live_end <= b->live_max);
		if (trace_cursor_block(cursor, i, &events, &err) == 0)
			check_events(t, b, &events);
		else
			MUST(t->complete || t->damage[0]); /* only an index can promise what is not there */
		check_summaries(t, cursor, i);
		ns = b->end_ns;
		ordinal += b->n_allocs;
		n_events += b->n_events;
		slices += (b->n_events + SLICE_EVENTS - 1) / SLICE_EVENTS;
	}
	MUST(n_events == t->n_events && slices == t->slices.n);
	for (size_t i = 0; i < t->ends.n; i++) {
		MUST(t->ends.at[i].event < n_events && t->ends.at[i].process < t->processes.n);
		MUST(i == 0 || t->ends.at[i].event >= t->ends.at[i - 1].event);
	}
	trace_cursor_free(cursor);
}

static void check_map(const struct analysis *a, bool at_end)
{
	struct heap_map map;
	struct err err;

	MUST((heap_map_init(&map, a, at_end, &err) == 0) == a->trace->addresses);
	for (size_t i = 0; i < map.areas.n; i++) {
		const struct map_area *area = &map.areas.at[i];

		MUST(area->process < a->trace->processes.n && area->blocks > 0 && area->pages > 0);
		MUST(area->span > 0 && area->hole < area->span);
	}
	heap_map_fini(&map);
}

/* Sums that lie lead to figures that do, and nowhere else. */
static void check_range(const struct trace *t)
{
	struct analysis *a;
	struct lens lens;
	struct err err;

	lens_init(&lens);
	lens.from_ns = t->end_ns / 4;
	lens.to_ns = t->end_ns / 4 * 3;
	lens.filter = t->n_events % 2 ? "[0-9]" : NULL;
	a = analysis_new(t, &lens, NULL, NULL, &err);
	MUST(a);
	check_map(a, t->n_events % 2);
	analysis_free(a);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);
	u8 *copy = malloc(n + 1);
	char path[64];
	struct trace *t;
	struct err err = {""};

	memcpy(copy, data, n);
	stored_fix(copy, n);
	MUST(fd >= 0 && write(fd, copy, n) == (ssize_t)n);
	free(copy);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	t = trace_open(path, NULL, NULL, &err);
	if (t) {
		MUST(t->complete == !t->damage[0]);
		check_names(t);
		check_stacks(t);
		check_blocks(t);
		check_range(t);
	} else {
		MUST(err.text[0]);
	}
	trace_free(t);
	close(fd);
	return 0;
}

u8 *fuzz_seed(unsigned i, size_t *n)
{
	return seed_trace(i, n);
}
