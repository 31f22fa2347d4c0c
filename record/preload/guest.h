/* What the files of the preload library share: the real functions that the hooks stand before, the process's
 * connection to the recorder, and a thread's place in it. The library is a guest in a foreign process: on the
 * paths of malloc and free it makes no system call, takes no lock, and touches no errno; where it can't
 * record, the program goes on as if it were not there. */
#ifndef RECORD_PRELOAD_GUEST_H
#define RECORD_PRELOAD_GUEST_H

#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <sys/single_threaded.h>
#include <sys/types.h>

#include "common/ring.h"
#include "record/preload/unwind.h"

#define EXPORT __attribute__((visibility("default")))
#define HIDDEN __attribute__((visibility("hidden")))

/* An event of a signal handler that interrupted the library at its work: kept until the interrupted work is
 * done. */
struct guest_nested {
	u64 stamp;
	u64 first; /* kind and value, as ring_word() with no delta */
	u64 size;
	uintptr_t pc; /* of the caller */
};

/* A thread's private state; lies in the scratch area of its slot. */
struct guest {
	struct ring_slot *slot;
	u64 *words;
	u32 id;                /* ring_slot.id */
	u32 owner;             /* in stamp_owners */
	u64 head, tail;        /* words written; words known to be read */
	u64 stamp;             /* of the last record */
	u64 look_stamp;        /* the last look at the clock with the turn */
	u64 turn;              /* ring_header.turn at it */
	u64 given;             /* ring_header.given at the last look that waited */
	u32 unlooked, to_skip; /* events that may still go without a look; of so many in a row */
	struct unwind *unwind; /* NULL: no memory for one; stacks are empty then */
	u32 modules;           /* module generation of the tree */
	u32 at;                /* node of the last AT */
	u32 tree;              /* this tree, of all that there were in the process: its ids are good for it */
	uintptr_t busy;        /* the frame of the function that is at work here; 0: none */
	u32 tree_lost;         /* a node could not be told: ids have parted */
	u32 sample_missed; /* samples that were not taken; the next one stands for them, too */
	u32 sample_slow;   /* the last one took long */
	u64 sample_rest;   /* until then, by the thread's CPU clock, none is taken; 0: no such time */
	u32 timer_process; /* ring_slot.process + 1 of the timer's thread; 0: there is none */
	i32 timer;         /* of samples, as the kernel names it */
	i32 untold;        /* samples by which the timer is ahead of those told */
	i32 window_ahead;  /* by which it is ahead of the event, since it was last decided how often it comes */
	u32 window_due;    /* that were due since then */
	u32 timer_ns;      /* how often it comes */
	u64 due_from;      /* by the thread's CPU clock: what came before, the timer knows of */
	u64 untimed_from;  /* ns: when the thread began, and all of its time that was told since then; 0: time
			    * is not that of the wall */
	uintptr_t wait_frame; /* of the hook in which the thread waits; 0: it does not */
	bool interrupted;  /* the stack is walked from where a sample has interrupted it */
	struct unwind_regs late; /* where the program called the hook at whose work samples came */
	u32 late_count;          /* of them: they wait until it is done */
	u32 n_nested;
	struct guest_nested nested[256];
};
_Static_assert(sizeof(struct guest) <= RING_SCRATCH_BYTES, "a thread's state fits its slot");

/* boot.c: the real functions, found once by dlsym(RTLD_NEXT). */
#define REAL_FUNCTIONS(X)                                                                                    \
	X(malloc)                                                                                            \
	X(calloc)                                                                                            \
	X(realloc)                                                                                           \
	X(free)                                                                                              \
	X(aligned_alloc)                                                                                     \
	X(posix_memalign)                                                                                    \
	X(memalign)                                                                                          \
	X(valloc)                                                                                            \
	X(pvalloc)                                                                                           \
	X(mmap)                                                                                              \
	X(munmap)                                                                                            \
	X(mremap)                                                                                            \
	X(dlopen)                                                                                            \
	X(dlmopen) X(dlclose) X(execve) X(execvpe) X(fexecve) X(execveat) X(posix_spawn) X(posix_spawnp)     \
		X(popen) X(quick_exit) X(pthread_create) X(sigaction) X(pthread_sigmask) X(sigprocmask)      \
			X(signal) X(sysv_signal) X(bsd_signal) X(sigset) X(sigignore) X(siginterrupt)        \
				X(prctl) X(pthread_setname_np) X(getppid)
/* No header declares it any more. */
__sighandler_t bsd_signal(int number, __sighandler_t handler);
#define X(name) void *name;
struct real_functions {
	REAL_FUNCTIONS(X)
};
#undef X
extern struct real_functions real HIDDEN;
extern void *real_syscall HIDDEN; /* for a hook that is not C */
#define REAL(name) ((__typeof__(&name))real.name)

/* Finds the real functions and connects to the recorder, at the first call of any hook or in the constructor.
 */
void boot(void) HIDDEN;
/* Whether the hooks can go to the real functions; before and during boot() blocks come from a small area of
 * the library. */
extern bool boot_done HIDDEN;
void *boot_alloc(size_t size, size_t alignment) HIDDEN;
bool boot_owns(const void *block) HIDDEN;
size_t boot_size(const void *block) HIDDEN;
/* How an executed child finds the recorder: the two strings that the exec hooks put into its environment. */
extern char boot_libraries[4096] HIDDEN; /* paths of ours, "" when children are not followed */
extern char boot_ring[64] HIDDEN;      /* RING_ENV=/proc/PID/fd/N@NAME */

/* door.c. Asks the recorder for a descriptor of a segment, and who we are there; negative: not to be had. */
long door_ask(u32 segment, struct ring_answer *answer) HIDDEN;

/* exec_image.c: whether the program at a path, or in an open file, or that execvp finds, can be preloaded. */
bool exec_image_takes_us(int directory, const char *path) HIDDEN;
bool exec_found_takes_us(const char *file) HIDDEN;

/* connect.c. Maps the recorder's memory, that boot_ring tells of. False when there is none. */
bool guest_connect(void) HIDDEN;
extern volatile u32 *guest_alive HIDDEN; /* a word on a page that fork wipes: 0 in a new child */
extern struct ring_header *guest_header HIDDEN;
/* Fills in who we are. */
void guest_number(struct ring_slot *slot, u32 tid) HIDDEN;
/* ... and what that is in the recorder's namespace of pids, where that can be known. */
void guest_outer_numbers(struct ring_slot *slot) HIDDEN;
extern u32 guest_process HIDDEN; /* account; the parent's in a child that has not registered yet */
struct ring_slot *guest_claim_slot(u32 tid) HIDDEN; /* NULL: none is free now */
bool guest_leaving(u32 id) HIDDEN; /* of a slot that this process has had: ring_slot.leaving */
void guest_slot_live(const struct ring_slot *slot) HIDDEN; /* it is filled in */
/* Whether the recorder can make more, and we can map what it makes. */
bool guest_slots_may_come(void) HIDDEN;
bool guest_slots_to_map(void) HIDDEN; /* they are there; another thread may be at mapping them */
void guest_each_slot(void (*visit)(struct ring_slot *)) HIDDEN; /* of this process */
bool guest_orphaned(void) HIDDEN; /* the recorder is dead, or has closed the trace */
void guest_wake_recorder(void) HIDDEN;
bool guest_is_recorder(pid_t pid) HIDDEN; /* in our namespace of pids */
void connect_forked(void) HIDDEN;

/* unseen.c. At the beginning, and whenever C++ may have come into the process. */
void unseen_tell(void) HIDDEN;
void unseen_namespace(void) HIDDEN; /* dlmopen has loaded something into another one */

/* thread.c */
extern __thread struct guest *guest_self HIDDEN;
extern __thread u32 guest_inside
	HIDDEN;                     /* inside a real function that may call other hooked ones: pass through */
extern bool guest_recording HIDDEN; /* connected, and the recorder lives */
extern bool guest_filtered HIDDEN; /* by a filter of system calls: we make none that can be spared */
extern u32 guest_modules HIDDEN; /* module generation; raised when one goes */
/* In guest_inside Python's allocator counts as so many: what it maps is told nevertheless. */
#define GUEST_INSIDE_PYTHON (1u << 16)
#define GUEST_INSIDE_OTHER  (GUEST_INSIDE_PYTHON - 1)
/* Has forked children make themselves known. Once, in the constructor. */
void guest_watch_forks(void) HIDDEN;
struct guest *guest_attach(void) HIDDEN;    /* the slow path of guest_enter() */
extern __thread u32 guest_attaching HIDDEN; /* in it: there is no slot yet */
bool guest_wait(struct guest *g, u32 words) HIDDEN;
void guest_reset_stacks(struct guest *g) HIDDEN; /* nothing of them is known any more */
u32 guest_stack(struct guest *g, const struct unwind_regs *regs) HIDDEN;
bool guest_renew_tree(struct guest *g) HIDDEN; /* the slow path of guest_tree() */
void guest_text(enum ring_text type, const void *head, size_t head_len, const char *s, size_t len) HIDDEN;
void guest_note(enum ring_note note, u64 word) HIDDEN;

/* nested.c */
void guest_push_nested(struct guest *g, enum ring_kind kind, u64 value, u64 size, uintptr_t pc) HIDDEN;
void guest_flush_nested(struct guest *g) HIDDEN;

/* sampling.c and sampling_clock.c: samples of where the time of a thread goes. */
extern bool sampling_traced HIDDEN; /* no samples are taken, for the tracer's sake */
extern u32 sampling_signal HIDDEN; /* that has our handler; 0: no samples are taken */
/* Installs the handler. Before the process's first slot. */
void sampling_begin(void) HIDDEN;
/* For a slot that is about to be live. */
void sampling_attach(struct guest *g) HIDDEN;
/* How many samples are to be told now that the timer has come, on the way to that instruction; that the event
 * has come. */
u32 sampling_due(struct guest *g, const u8 *next) HIDDEN;
void sampling_told(struct guest *g) HIDDEN;
/* Tells of samples that came while the library was at work, in a hook that has not returned yet. */
void sampling_late(struct guest *g) HIDDEN;
/* Before exec: the thread gets no signal of ours any more, and the new image finds signals as it would
 * without us. After one that failed: as before. */
void sampling_pause(void) HIDDEN;
void sampling_resume(void) HIDDEN;
/* No thread of the process has samples any more, from now on. */
void sampling_stop(void) HIDDEN;
extern bool sampling_stopped HIDDEN;
/* The thread is about to end. */
void sampling_leave(void *unused) HIDDEN;
/* This thread has no samples any more: what it has of our signal, the program wants for itself. */
void sampling_end(void) HIDDEN;
/* Whether the signal tells of a sample. */
bool sampling_sent(const siginfo_t *info) HIDDEN;
enum { KERNEL_SET_BYTES = 8 }; /* of a set of signals */
/* What the kernel does on our signal: our handler, with the flags that matter to the program; a disposition.
 */
void sampling_handle(u64 flags) HIDDEN;
void sampling_default(void *disposition) HIDDEN;
void sampling_block(bool block) HIDDEN;

/* names.c: of this thread, as Python has it; as the kernel has it now. */
void names_fix(const char *name) HIDDEN;
void names_tell(const char *name) HIDDEN;

/* waits.c, where time is that of the wall: for a slot that is about to be live; a sample has been told, which
 * stands for so much time; sp: of the code that it interrupted. */
void waits_attach(struct guest *g) HIDDEN;
void waits_sampled(struct guest *g, u32 node, u64 ns, uintptr_t sp) HIDDEN;

/* signals.c: what the program believes of our signal. */
void signals_begin(bool ignored) HIDDEN;
/* One that is not ours: what the program wants done with it. */
void signals_foreign(int number, siginfo_t *info, void *context) HIDDEN;
bool signals_ignored(void) HIDDEN;
void signals_install(void) HIDDEN; /* has our handler called */
/* Whether this thread blocks it; a new one does if its maker did. */
bool signals_held(void) HIDDEN;
void signals_inherit(bool held) HIDDEN;

/* exit.c: has the status told when the program ends. Once, in the constructor. */
void exit_watch(void) HIDDEN;

/* modules.c: tells the recorder of modules that came and went since the last scan. Not on the path of malloc.
 */
void modules_scan(void) HIDDEN;
void modules_forked(void) HIDDEN;
/* A note of an ELF image that lies in memory, by its owner (a name of up to three letters) and type (0: any
 * one); NULL: there is none. What it describes is at *desc. */
const ElfW(Nhdr) *module_note(const ElfW(Phdr) *headers, size_t n, uintptr_t bias, const char owner[4], u32 type,
			      const void **desc) HIDDEN;

/* search.c: what to call dlopen or dlmopen with, so that it finds what it would have found for the caller of the
 * hook. */
enum { SEARCH_PATH_SIZE = 4096 };
void search_begin(void) HIDDEN;
const char *search_file(Lmid_t space, const char *file, void *return_address, char path[SEARCH_PATH_SIZE]) HIDDEN;

/* The thread's state, or NULL when nothing is to be recorded. */
static inline struct guest *guest_enter(void)
{
	struct guest *g = guest_self;
	if (unlikely(!g) || unlikely(!*guest_alive))
		g = guest_attach();
	return g;
}

/* Before nodes are looked for: the tree is of the modules that are there now. False: nothing can be told. */
static inline bool guest_tree(struct guest *g)
{
	u32 modules = __atomic_load_n(&guest_modules, __ATOMIC_ACQUIRE);
	return likely(g->modules == modules && !g->tree_lost) || guest_renew_tree(g);
}

/* The same for an event of the program's memory. */
static inline struct guest *guest_enter_memory(void)
{
	struct guest *g = guest_enter();
	return likely(g && (guest_header->flags & RING_MEMORY)) ? g : NULL;
}

/* The clock, soon: the processor may read it before the loads of what comes before it are done. */
static inline u64 guest_clock_early(void)
{
	if (unlikely(guest_header->flags & RING_COUNTER))
		return __atomic_add_fetch(&guest_header->counter, 1, __ATOMIC_SEQ_CST);
	return __builtin_ia32_rdtsc() >> guest_header->stamp_shift;
}

/* The clock. RDTSCP waits for the loads before it: after a real malloc for those that found the block, before
 * a real free for the one by which this thread was handed a block of another. (RDTSC runs ahead of them:
 * frees came out older than the allocations of their blocks.) No later store can be seen before the clock was
 * read. */
static inline u64 guest_clock(void)
{
	unsigned cpu;
	/* No other thread is there to hand a block to: its place in the thread's own order is enough. */
	if (unlikely(guest_header->flags & RING_COUNTER) || __libc_single_threaded)
		return guest_clock_early();
	return __builtin_ia32_rdtscp(&cpu) >> guest_header->stamp_shift;
}

/* Room for a record of n words and the TIME word that may come before it. False: dropped and counted. */
static inline bool guest_room(struct guest *g, u32 n)
{
	if (likely(g->head + n + 1 - g->tail <= RING_WORDS))
		return true;
	return guest_wait(g, n + 1);
}

static inline void guest_put(struct guest *g, u64 word)
{
	g->words[g->head++ & (RING_WORDS - 1)] = word;
}

/* A record: its first word, and the `more` words after it, of which there are two at most here. */
static inline void guest_put_record(struct guest *g, enum ring_kind kind, u64 value, u64 stamp, u32 more,
				    u64 second, u64 third)
{
	u64 *words = g->words, head = g->head, delta = stamp - g->stamp;
	if (likely(delta <= 0xffff)) {
		g->stamp = stamp;
	} else {
		if ((i64)delta >= 0) { /* else a nested event was stamped after, but told before */
			words[head++ & (RING_WORDS - 1)] =
				(u64)RING_TIME << 60 | (stamp & ((1ull << 60) - 1));
			g->stamp = stamp;
		}
		delta = 0;
	}
	words[head++ & (RING_WORDS - 1)] = ring_word(kind, value, delta);
	if (more > 0)
		words[head++ & (RING_WORDS - 1)] = second;
	if (more > 1)
		words[head++ & (RING_WORDS - 1)] = third;
	g->head = head;
}

/* Brackets around taking a stamp and publishing its record. */
static inline void guest_open(struct guest *g)
{
	__atomic_store_n(&g->slot->head, g->head << 1 | 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}
static inline void guest_publish(struct guest *g)
{
	__atomic_store_n(&g->slot->head, g->head << 1 | (g->n_nested != 0), __ATOMIC_RELEASE);
}

/* A count that signal handlers raise becomes 0 if it is what was seen: in one instruction, which none
 * divides; the bus is not locked, for no other thread has to do with it. */
static inline bool guest_clear(u32 *count, u32 seen)
{
	bool done;
	__asm__ volatile("cmpxchgl %3, %1" : "=@ccz"(done), "+m"(*count), "+a"(seen) : "r"(0) : "memory");
	return done;
}

/* Brackets around all work on g. False: this thread is at it already (we are in a signal handler). The
 * function that calls it is there until the work is done. */
__attribute__((always_inline)) static inline bool guest_begin(struct guest *g)
{
	if (unlikely(g->busy))
		return false;
	g->busy = (uintptr_t)__builtin_frame_address(0);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return true;
}
/* Whether signals left something to be told when the work was done. */
static inline bool guest_waiting(const struct guest *g)
{
	return (g->n_nested | g->late_count) != 0;
}
static inline void guest_end(struct guest *g)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	g->busy = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (unlikely(guest_waiting(g)))
		guest_flush_nested(g);
}

/* The state of the program's function that called the hook. Must stand in the hook itself. */
#define CALLER_REGS()                                                                                        \
	{                                                                                                    \
		.pc = (uintptr_t)__builtin_return_address(0),                                                \
		.sp = (uintptr_t)__builtin_frame_address(0) + 16,                                            \
		.fp = *(uintptr_t *)__builtin_frame_address(0)                                               \
	}

#endif
