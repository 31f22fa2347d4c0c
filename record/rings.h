/* Draining: the recorder's side of common/ring.h. Makes the shared memory, takes the records of all rings in
 * the order of their stamps, and hands each to events.c. What it reads there is input like any other: indices
 * are masked, lengths checked, and a ring that makes no sense is given up.
 *
 * Order. A round takes the time T, then looks at every ring. A ring without an open stamp (lowest bit of
 * head) has published all that it stamped before T, for a store is seen after a microsecond at the most and
 * the look comes later than that. So a process's records up to the least such T of its rings are complete,
 * and are taken in order of stamps. Between processes order only matters to sums; a process that is held up
 * is not waited for beyond LAG_NS. */
#ifndef RECORD_RINGS_H
#define RECORD_RINGS_H

#include "common/ring.h"
#include "record/account.h"
#include "record/clock.h"

struct ring_node {
	u64 pc;
	u32 parent;
	u32 node; /* in the trace; NO_ID: not needed so far */
	u32 site;
};

/* A frame of a stack that is put together of native and Python frames; innermost first. */
struct merge_step {
	u32 node;
	u32 native; /* of the innermost Python frame that one call of the interpreter runs: the node of that
		       call; else 0 */
};

/* One live slot: a thread's ring. */
struct reader {
	struct ring_slot *slot;
	u32 *state;    /* of the slot */
	bool *adopted; /* of rings.adopted_slots */
	const u64 *words;
	struct process *process;
	u32 tid, told_tid; /* here; in the program's namespace */
	u32 thread; /* in the trace */
	u32 name;   /* string */
	u64 start_ns;
	bool begun; /* a record that has an order was seen */
	u64 tail, limit; /* words taken; published */
	u64 given;       /* tail as the producer knows it */
	u64 from;        /* tail when the round began */
	u64 stamp;       /* of the last record taken */
	u64 next;        /* of the record at tail */
	u64 safe;
	bool broken;                    /* its words make no sense */
	bool gone;                      /* the thread has ended */
	bool leaving;                   /* it has said that it is about to */
	u64 idle_since;                 /* stamp; 0: not idle */
	ARRAY(struct ring_node) nodes;  /* [0]: the root */
	ARRAY(u32) codes;               /* of Python, by number: index in recorder->python */
	u32 free_at;                    /* node at which blocks are freed; 0: not told */
	u32 free_at_found;              /* the one that free_site is of */
	u32 free_site;                  /* where that is */
	struct idmap merged;            /* native node and Python node → node of the trace */
	ARRAY(struct merge_step) merge; /* scratch */
	struct live_block reallocating; /* between BEGIN and DONE; site NO_ID: the old block was not known */
	bool in_realloc;
	u64 realloc_temporary;
	struct reader *calls_of; /* whose calls and name this ring tells; NULL: its own */
	u64 last_alloc;                /* ordinal, while it is the thread's last event */
	int event;                     /* the kernel's, by which the thread is sampled; -1: none */
};

/* A slot, and whether it has a reader: the program could change what it says of itself. */
struct claim {
	struct ring_slot *slot;
	u32 *state;
	bool *adopted;
};

struct rings {
	int fds[RING_SEGMENTS];
	void *segments[RING_SEGMENTS];
	struct ring_header *header;
	u32 claims; /* seen */
	bool adopted_slots[RING_SEGMENTS][RING_SLOTS];
	ARRAY(struct reader *) readers;
	ARRAY(struct claim) claimed; /* scratch: slots seen for the first time */
	ARRAY(struct reader *) heap; /* scratch: those with records, least stamp first */
	struct clock clock;
	struct reader *alone; /* the only one that had records in the last rounds that had any */
	u64 alone_rounds, turns;
	u64 words_taken; /* for the caller to see whether anything came */
	u64 adopted;     /* a stamp from before the last look for new rings */
	u64 mark;        /* stamp at the end of the last round */
	u64 fullest;     /* words in the fullest ring when the round began */
};

struct recorder;

enum { PUBLISH_WORDS = 4096 /* room is given back in pieces of this */ };

int rings_init(struct rings *r, u32 flags, struct err *err);
void rings_fini(struct rings *r);
/* Makes readers of the rings that are new. */
void rings_adopt(struct rings *r, struct recorder *recorder);
/* Takes all that is complete now. */
void rings_round(struct rings *r, struct recorder *recorder);
/* Looks for threads that have ended, and gives their slots back. */
void rings_reap_threads(struct rings *r, struct recorder *recorder);
/* Ends a process whose rings are drained. True when it has no reader any more. */
bool rings_release_process(struct rings *r, struct recorder *recorder, struct process *p);
/* The reader of a process's thread, by the number that the program has of it, or NULL. */
struct reader *rings_find(const struct rings *r, const struct process *p, u32 tid);
/* Tells the producer how far its words are taken. */
void rings_give_room(struct reader *rd);
/* What the ring holds makes no sense: nothing more is taken from it. */
void rings_give_up(struct recorder *recorder, struct reader *rd);
/* The words of a record at the reader's tail, safe for any i. */
static inline u64 reader_word(const struct reader *rd, u64 i)
{
	return rd->words[(rd->tail + i) & (RING_WORDS - 1)];
}

#endif
