/* The slow and plain ledger that tests hold the fast ones against: it keeps every event, and finds totals
 * and peaks by walking over them again. It shares no code with the writer or the reader. */
#ifndef TESTS_LEDGER_H
#define TESTS_LEDGER_H

#include "common/mem.h"
#include "common/trace_types.h"

struct ledger_event {
	u64 ns, size, ordinal;
	u32 site, thread;
	u8 kind, temporary; /* kind: enum trace_kind */
};

struct ledger_end {
	size_t at; /* before the event of this index the process's blocks left the sums */
	u32 process;
};

struct ledger {
	ARRAY(struct ledger_event) events;
	ARRAY(struct ledger_end) ends;
	ARRAY(u32) site_process;
	ARRAY(u64) mapped_by; /* live, by process */
	u64 mapped, mapped_live, mapped_peak;
	ARRAY(struct trace_sample) samples;
	ARRAY(struct trace_calls) calls;

	/* by ledger_finish() */
	ARRAY(struct trace_totals) totals; /* by site */
	struct ledger_peak {
		u64 bytes, blocks, ns;
	} peak, *process_peaks;
};

void ledger_site(struct ledger *a, u32 process); /* the next site */
void ledger_event(struct ledger *a, const struct ledger_event *event);
void ledger_end(struct ledger *a, u32 process); /* a process ended here */
void ledger_map(struct ledger *a, enum map_kind kind, u32 site, u64 bytes);
void ledger_sample(struct ledger *a, const struct trace_sample *sample);
void ledger_calls(struct ledger *a, const struct trace_calls *calls);
void ledger_finish(struct ledger *a, u32 n_processes);
void ledger_free(struct ledger *a);

#endif
