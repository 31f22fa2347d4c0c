/* Synthetic programs of any size, written through the real writer, deterministic by seed. The ledger keeps
 * what was written, in order, for comparison. */
#ifndef TESTS_SYNTH_H
#define TESTS_SYNTH_H

#include "record/writer.h"
#include "tests/unit/ledger.h"

struct synth {
	u64 seed, n_events;
	u32 n_sites, n_threads, n_processes; /* sites and threads appear as they are needed */
	u32 n_live;                          /* blocks, about */
	bool extremes;                       /* sizes from 0 to 2^44, gaps of hours, times that go back */
	bool no_end;                         /* closes as if the recorder had been killed */
	u32 flush_every;                     /* events; 0: never */
	u32 loops; /* pairs at most in a row of allocations and their frees, now and then; 0: none */
	bool large;                          /* the ledger keeps no events, and is not finished */
	bool addresses; /* are kept: those of synth_address() */
	bool ends; /* all processes but the first end on the way, with what they have live */
};

u64 synth_random(u64 *state);
/* Where the allocation's block is: rows, few places in turns, near ones by lot, any at all. */
u64 synth_address(u64 ordinal);

/* ledger is filled and finished. */
void synth_write(const char *path, const struct synth *s, struct ledger *ledger);

#endif
