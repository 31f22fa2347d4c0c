/* The recording as a whole: what the files of the recorder share. */
#ifndef RECORD_RECORDER_H
#define RECORD_RECORDER_H

#include <sys/types.h>

#include "record/account.h"
#include "record/door.h"
#include "record/inspect.h"
#include "record/python.h"
#include "record/releases.h"
#include "record/rings.h"
#include "record/sampler.h"
#include "record/session.h"
#include "record/watch.h"

struct recorder {
	const struct record_options *options;
	struct writer *writer;
	struct stacks stacks;
	struct accounts accounts;
	struct rings rings;
	struct python_codes python;
	struct releases releases;
	struct watch watch;
	struct sampler sampler;
	struct door door;
	ARRAY(struct process *) by_index; /* by ring_header.next_process */
	u32 cut_node_pc; /* the pc that stands for the unwalked rest of a stack; NO_ID: not needed yet */
	u64 broken_rings;
	u32 wake_seen;
	u32 not_recorded; /* images that ran past us */
	bool any_exact; /* a process could tell of its calls */
	u32 said_unseen; /* a bit for each enum ring_unseen */
	bool said_main;     /* that the program itself can't be recorded, or not wholly */
	bool main_left_out; /* the program itself is not recorded; its children may be */
	char output[4096];
	char *text; /* RING_TEXT_MAX bytes for texts */
};

/* events_blocks.c: takes the reader's records up to the stamp `until`; rd->next is the stamp of the one at
 * its tail. True while it has a later one. */
bool events_run(struct recorder *recorder, struct reader *rd, u64 until);
/* The same of two readers whose records interleave, in the order of their stamps. Stops where one of them has
 * no later record, and returns that; NULL when both are behind `until`. */
struct reader *events_merge(struct recorder *recorder, struct reader *a, struct reader *b, u64 until);
/* events.c: goes to the next record that has an order, taking nodes and times on the way; false when there is
 * none. rd->next is then that record's stamp. */
bool events_next(struct recorder *recorder, struct reader *rd);

/* watch.c: the process of a newly seen slot, made on first sight. */
struct process *recorder_process(struct recorder *recorder, const struct ring_slot *slot);
/* Whether a process that was asked for exact calls can tell of them. */
void recorder_exact(struct recorder *recorder, struct process *p, bool able);
/* What the process allocates is not all seen: enum ring_unseen. */
void recorder_unseen(struct recorder *recorder, struct process *p, u64 what);
void recorder_thread_ended(struct recorder *recorder, const struct reader *rd, u64 ns);

/* session_end.c: ends the trace and says what it holds. -1 when it could not be written. */
int session_end(struct recorder *recorder);

#endif
