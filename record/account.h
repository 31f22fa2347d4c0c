/* What is known of each process while it runs: its modules, threads, live blocks and mappings. The figures
 * that come of it are the writer's. */
#ifndef RECORD_ACCOUNT_H
#define RECORD_ACCOUNT_H

#include <time.h>

#include "common/idmap.h"
#include "common/mem.h"
#include "record/live.h"
#include "record/mappings.h"
#include "record/stacks.h"

struct mapped_module {
	u64 start, end, bias;
	u32 module;
};

/* A code address that no known module covers yet. */
struct lost_pc {
	u64 address;
	u32 pc;
};

struct lost_pcs {
	struct lost_pc *at;
	size_t n, cap;
};

struct process {
	u32 id;                     /* in the trace */
	struct trace_process entry; /* as last written */
	struct live_map blocks;
	struct mappings mappings;
	ARRAY(struct mapped_module) modules;
	struct lost_pcs lost_pcs;       /* still looked for */
	struct lost_pcs settled_pcs;    /* modules have gone since: in none that comes; but in generated code */
	struct idmap lost_ids;          /* address → pc, of all that were not found at once */
	bool lost_since_maps;           /* some came since /proc/PID/maps was read */
	bool lost_since_jit;            /* ... since its names of generated code were */
	int jit_map;                    /* the file of those; -1: none known */
	u64 jit_next_ns;                /* CLOCK_MONOTONIC: not to be read before */
	u64 mapped_bytes;
	u64 pid_space; /* that it tells pids and tids of; 0: ours */
	u32 space_pid; /* its own there */
	u32 n_readers;
	u32 n_waiting;  /* of them: have records in this round of the rings */
	u64 last_stamp; /* of all records taken, known for readers that have no more */
	u64 safe;       /* stamp up to which all its records are known; see rings_round.c */
	int pidfd;      /* -1: none */
	int statm;      /* /proc/PID/statm; -1: none */
	bool dead;      /* what is in the rings is all there will be */
	u64 dead_stamp; /* when it was found so, or later; 0: not */
	bool gone;       /* its memory is: what it had live counts no more in the sum over the processes */
	u64 gone_ns;
	bool ended;
	bool exit_told; /* entry.exit_status is what the program said; it has ended just behind its last record */
	u64 told_cpu_ns; /* of all its threads, as it said at its end; 0: it has not */
	bool started;   /* its first record was taken */
	bool running;   /* ... and it is not gone */
	bool proved;    /* it is what it says: see sampler.c */
	struct process *forked_from;
	struct process *replaces; /* the image that executed this one; NULL: none that we know, or it is gone */
	u64 eval_start, eval_end; /* CPython's function that runs byte code; 0: none */
};

struct accounts {
	struct writer *writer;
	struct stacks *stacks;
	ARRAY(struct process *) processes; /* by trace id */
	struct idmap site_ids;             /* thread and node → site */
	u64 mapped_bytes, mapped_total, mapped_peak;
	u64 lost_events;
	time_t begun; /* the recording */
	/* Things that should not be, for the recorder's own health: blocks allocated twice without a free
	 * between. */
	u64 order_violations;
};

void accounts_init(struct accounts *a, struct writer *writer, struct stacks *stacks);
void accounts_fini(struct accounts *a);

struct process *accounts_add_process(struct accounts *a, const struct trace_process *entry);
u32 accounts_thread(struct accounts *a, struct process *p, u32 tid, u32 name, u64 ns);
u32 accounts_site(struct accounts *a, u32 thread, u32 node);
/* The process is no more from here on in the order of the events. Once; of its own records none comes after. */
void accounts_process_gone(struct accounts *a, struct process *p, u64 ns);
/* Ends an account: what is live now has leaked. The process is gone since then, or by now. */
void accounts_end_process(struct accounts *a, struct process *p, u64 ns);

/* Sets the block's ordinal. */
void process_alloc(struct accounts *a, struct process *p, u64 ns, struct live_block *block, u32 thread);
/* temporary_of: ordinal of the thread's last event if that was an allocation, else UINT64_MAX. */
/* The bytes that were freed; NOTHING_FREED: no block that is known. */
#define NOTHING_FREED UINT64_MAX
u64 process_free(struct accounts *a, struct process *p, u64 ns, u64 address, u32 thread, u64 temporary_of);
void process_map(struct accounts *a, struct process *p, u64 ns, u64 address, u64 bytes, u32 site);
void process_unmap(struct accounts *a, struct process *p, u64 ns, u64 address, u64 bytes);

void process_module(struct accounts *a, struct process *p, const struct mapped_module *module);
/* The module at the address is an interpreter. */
void process_has_interpreter(struct accounts *a, const struct process *p, u64 address);
void process_module_gone(struct process *p, u64 start);
/* The pc of a code address now; NO_ID: of a preload library, which is no part of the program. */
u32 process_pc(struct accounts *a, struct process *p, u64 address);
/* Modules that the library never told of (libc loads some itself) from /proc/PID/maps, while there are
 * unknown pcs. */
void process_read_maps(struct accounts *a, struct process *p);

#endif
