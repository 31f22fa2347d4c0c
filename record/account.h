/* What is known of each process while it runs: its modules, threads, live blocks and mappings; and the
 * running figures, by site, of all processes together: sums, and what was live at the peak.
 *
 * The peak without copying all sites at each new maximum: while the sum stands at its maximum, the snapshot
 * is the present. A site whose epoch is not the peak's has not changed since the snapshot, so its live
 * figures are its share; one that is about to change copies them first. Rising above the old maximum starts a
 * new epoch, which makes all copies stale. */
#ifndef RECORD_ACCOUNT_H
#define RECORD_ACCOUNT_H

#include "common/idmap.h"
#include "common/mem.h"
#include "record/live.h"
#include "record/mappings.h"
#include "record/stacks.h"

struct peak {
	u64 live_bytes, live_blocks;
	u64 bytes, blocks, ns; /* the maximum so far, earliest */
	u32 epoch;
	bool rising; /* the present is the maximum */
};

struct site {
	struct trace_totals totals;
	u64 live_bytes, live_blocks;
	u32 epoch, process_epoch; /* of the copies in totals */
	u32 process;
	u32 next; /* site of the same process, NO_ID: last */
};

struct mapped_module {
	u64 start, end, bias;
	u32 module;
};

/* A code address that no known module covers yet. */
struct lost_pc {
	u64 address;
	u32 pc;
};

struct process {
	u32 id;                     /* in the trace */
	struct trace_process entry; /* as last written */
	struct live_map blocks;
	struct mappings mappings;
	ARRAY(struct mapped_module) modules;
	ARRAY(struct lost_pc) lost_pcs; /* still looked for */
	struct idmap lost_ids;          /* address → pc, of all that were not found at once */
	bool lost_since_maps;           /* some came since /proc/PID/maps was read */
	struct peak peak;
	u64 mapped_bytes;
	u32 n_readers;
	u64 safe;  /* stamp up to which all its records are known; see rings.c */
	int pidfd; /* -1: none */
	int statm; /* /proc/PID/statm; -1: none */
	bool dead; /* what is in the rings is all there will be */
	bool ended;
	bool exit_told; /* entry.exit_status is what the program said */
	bool started;   /* its first record was taken */
	struct process *forked_from;
	u32 first_site;
};

struct accounts {
	struct writer *writer;
	struct stacks *stacks;
	ARRAY(struct process *) processes; /* by trace id */
	ARRAY(struct site) sites;
	struct idmap site_ids;     /* thread and node → site */
	ARRAY(u32) thread_process; /* by trace thread */
	struct peak peak;          /* over all processes */
	u64 mapped_bytes, mapped_total, mapped_peak;
	u64 lost_events;
	/* Things that should not be, for the recorder's own health: blocks allocated twice without a free
	 * between. */
	u64 order_violations;
};

void accounts_init(struct accounts *a, struct writer *writer, struct stacks *stacks);
void accounts_fini(struct accounts *a);

struct process *accounts_add_process(struct accounts *a, const struct trace_process *entry);
u32 accounts_thread(struct accounts *a, struct process *p, u32 tid, u32 name, u64 ns);
u32 accounts_site(struct accounts *a, u32 thread, u32 node);
/* Ends an account: what is live now has leaked, and counts no more in the sum over the processes. */
void accounts_end_process(struct accounts *a, struct process *p, u64 ns);
/* Final totals by site; the caller frees. */
struct trace_totals *accounts_totals(struct accounts *a);

/* The peak over all processes. */
const struct peak *accounts_peak(const struct accounts *a);

/* Sets the block's ordinal. */
void process_alloc(struct accounts *a, struct process *p, u64 ns, struct live_block *block, u32 thread);
/* The same without an entry in the table: the caller has a use for the block at once. */
void process_tell_alloc(struct accounts *a, struct process *p, u64 ns, struct live_block *block);
/* A block that its thread frees with its next call. */
void process_temporary(struct accounts *a, struct process *p, u64 alloc_ns, u64 free_ns,
		       struct live_block *block, u32 thread);
/* temporary_of: ordinal of the thread's last event if that was an allocation, else UINT64_MAX. */
void process_free(struct accounts *a, struct process *p, u64 ns, u64 address, u32 thread, u64 temporary_of);
void process_free_block(struct accounts *a, struct process *p, u64 ns, const struct live_block *block,
			u32 thread, u64 temporary_of);
void process_map(struct accounts *a, struct process *p, u64 ns, u64 address, u64 bytes, u32 site);
void process_unmap(struct accounts *a, struct process *p, u64 ns, u64 address, u64 bytes);

void process_module(struct accounts *a, struct process *p, const struct mapped_module *module);
void process_module_gone(struct process *p, u64 start);
/* The pc of a code address now. */
u32 process_pc(struct accounts *a, struct process *p, u64 address);
/* Modules that the library never told of (libc loads some itself) from /proc/PID/maps, while there are
 * unknown pcs. */
void process_read_maps(struct accounts *a, struct process *p);

#endif
