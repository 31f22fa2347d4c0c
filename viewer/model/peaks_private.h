/* What a search for peaks is made of: private to peaks*.c. */
#ifndef VIEWER_MODEL_PEAKS_PRIVATE_H
#define VIEWER_MODEL_PEAKS_PRIVATE_H

#include <pthread.h>

#include "viewer/model/figures.h"
#include "viewer/model/peaks.h"

/* ns between a moment that the trace gives and the time of its event, at most. */
enum { KNOWN_WITHIN = 2 * TIME_ERROR };

struct group {
	u64 bytes, blocks;
	u64 reached; /* at least; at the ends of blocks */
	bool known;  /* `reached` is the peak of the whole run, and known_ns nearly its moment */
	u64 known_ns;
	struct peak peak;
};

/* What a group did in a block, and what it had before. */
struct entry {
	u32 group;
	u64 allocations, allocated_bytes, frees, freed_bytes, older_freed_bytes;
	u64 bytes, blocks, bound;
};

struct block_entries {
	ARRAY(struct entry) entries;
	u64 older_freed_bytes; /* of all sites */
	size_t next_end;       /* of trace->ends, where the block begins */
	bool read;             /* its events */
};

struct candidate {
	u64 bound;
	u32 block, group; /* block: of those inside the range, from 0 */
};

struct search {
	const struct range *r;
	const struct selection *selection;
	bool all_sites;
	bool soon;
	bool own_later;       /* the groups of processes are not kept */
	u32 only, whole;      /* whole: the number of the group of all selected sites, behind the processes */
	struct group *groups; /* as the run is now */
	struct block_entries *blocks;
	ARRAY(struct candidate) candidates;
	u32 *entry_of[CREW_MAX]; /* by worker: by group, entry + 1 of the block at hand; 0 none */
	struct group *own[CREW_MAX];
	pthread_mutex_t lock; /* for the groups' peaks and blocks[].read, while candidates are read */
};

static inline bool higher(const struct peak *a, const struct peak *b)
{
	return a->bytes > b->bytes || (a->bytes == b->bytes && a->after < b->after);
}

/* Applies events [from, to) of a block to the groups, and ends of processes from *next_end on. */
void peaks_walk(const struct search *s, struct group *groups, const struct trace_events *e, u32 from, u32 to,
		u64 first_event, size_t *next_end);
/* The processes that end before the event. */
void peaks_end_processes(const struct search *s, struct group *groups, size_t *next_end, u64 event);

/* Makes s->blocks, and leaves the groups as they are behind the blocks. -1: stopped, or a block is damaged.
 */
int peaks_read_sums(struct search *s, size_t *next_end, struct crew *crew, struct err *err);
/* Reads the events of the blocks in which a group may have had more than it is known to have had. */
int peaks_read_candidates(struct search *s, struct crew *crew, struct err *err);

#endif
