/* The shared memory between the program and the recorder: how it is laid out, and what the words in a ring
 * mean. The recorder makes it (sealed memfds, found by the program as RING_ENV says), the preload
 * library writes into it, one ring a thread. The recorder trusts nothing that it reads here: the program may
 * be hostile, crashing, or half way through.
 *
 * A segment is one memfd: a header page (of all but the first segment, only the slots' states), then RING_SLOTS
 * slots. A slot is
 * a control page, a scratch area for the thread's private state (so that a thread's birth needs no memory
 * from anywhere), and the ring's words. Pages that nobody touched cost nothing.
 *
 * Ring protocol: single producer, single consumer. `head` counts words << 1; its lowest bit says "a stamp was
 * taken, its record is not published yet". The producer sets it before it reads the clock and clears it by
 * publishing, so that a recorder that sees it clear knows every record stamped before it looked. `tail`
 * counts words consumed.
 *
 * Stamps order the records of all rings of a process: a free is stamped and published before the real free,
 * an allocation after the real allocation returned, realloc as BEGIN before and DONE after. A stamp is the
 * TSC >> stamp_shift; where the TSC is not invariant it is a counter shared by all. */
#ifndef COMMON_RING_H
#define COMMON_RING_H

#include <pthread.h>
#include <string.h>

#include "common/types.h"

#define RING_MAGIC 0x45474e4952544d00ull /* changes with every change of this file */
/* How a program finds the recorder: RING_ENV=/proc/RECORDER/fd/N@NAME. Where the path leads nowhere, since the
 * program is another user's by now, or sees another /proc, the recorder listens at an abstract socket of a
 * secret name, and answers with the segments, each a message with a descriptor (record/door.h). NAME is the
 * socket's, a '.', and how many filters of system calls the recorder itself is under. */
#define RING_ENV "MEMTRACE_RING"

enum {
	RING_WORDS = 1 << 15, /* 256 KiB */
	RING_SLOTS = 256,     /* in a segment */
	RING_SEGMENTS = 64,
	RING_CONTROL_BYTES = 4096,
	RING_SCRATCH_BYTES = 12288,
	RING_SLOT_BYTES = RING_CONTROL_BYTES + RING_SCRATCH_BYTES + RING_WORDS * 8,
	RING_HEADER_BYTES = 4096,
	RING_NAMES_BYTES = 2048,
};
#define RING_SEGMENT_BYTES (RING_HEADER_BYTES + (u64)RING_SLOTS * RING_SLOT_BYTES)

enum ring_flags {
	RING_MEMORY = 1 << 0,   /* record allocations */
	RING_CHILDREN = 1 << 1, /* follow fork and exec */
	RING_COUNTER = 1 << 2,  /* stamps from `counter`, not from the TSC */
	RING_SAMPLES = 1 << 3,  /* take samples of where time goes */
	RING_EXACT = 1 << 4,  /* count and time calls where the program can tell of them, else take samples */
	RING_PYTHON = 1 << 5, /* see CPython's functions */
	RING_PYMALLOC = 1 << 6, /* ... and its own allocator's blocks */
	RING_WALL = 1 << 7,     /* samples come with waits: time is that of the wall, else of the CPU */
};

/* Who asks at the door, in the recorder's namespace of pids; 0: not known. */
struct ring_answer {
	u32 pid, ppid;
};

enum { RING_DOOR_BYTES = 32 /* of a NAME */ };

/* The address (sockaddr_un.sun_path) of the door of that NAME, and its length. */
static inline size_t ring_door(char *path, const char *name)
{
	static const char prefix[] = "\0memtrace-";
	size_t n = sizeof(prefix) - 1;
	__builtin_memcpy(path, prefix, n);
	while (*name && *name != '.' && n < RING_DOOR_BYTES)
		path[n++] = *name++;
	return n;
}

static inline u32 ring_number(const char *digits)
{
	u32 n = 0;
	for (; *digits >= '0' && *digits <= '9'; digits++)
		n = n * 10 + (u32)(*digits - '0');
	return n;
}

/* How many filters of system calls a process is under, from the text of its /proc/PID/status; where Linux
 * (before 5.9) does not say, 2 if any. */
static inline u32 ring_filters(const char *status)
{
	static const char count[] = "\nSeccomp_filters:\t", mode[] = "\nSeccomp:\t";
	const char *at = strstr(status, count);
	if (at)
		return ring_number(at + sizeof(count) - 1);
	at = strstr(status, mode);
	return at ? ring_number(at + sizeof(mode) - 1) : 0;
}

struct ring_header {
	u32 states[RING_SLOTS]; /* enum ring_state; atomic; the recorder frees */
	u64 magic;
	u32 flags;
	u32 stamp_shift;
	/* The inode of the recorder's namespace of pids, and its /proc's device; 0: not known. */
	u64 pid_space, proc_device;
	/* Of the TSC, in a tenth of a second: between two times that a thread tells of its calls. */
	u64 flush_ticks;
	i32 segment_fd[RING_SEGMENTS]; /* descriptors of the recorder */
	u32 n_segments;
	u32 next_process;  /* accounts given out: atomic */
	u32 finished;      /* the recorder has closed the trace: stop */
	u32 claims;        /* slots claimed so far: atomic; tells the recorder to look for new ones */
	u32 recorder, program; /* pids, in the recorder's namespace: its own, and of the program that it started */
	u32 sample_signal; /* by which samples are taken; 0: they are not */
	u32 sample_ns;     /* time from one to the next */
	u32 sample_timers; /* the program makes timers itself: the kernel gives the recorder no events */
	/* Held by the recorder for its whole life; robust, so that the kernel marks it when the recorder
	 * dies. */
	pthread_mutex_t alive;
	u64 heartbeat __attribute__((aligned(64))); /* counts the recorder's rounds */
	/* Whose turn it is: the recorder gives it to the only ring that has had records lately, anew in each
	 * of its rounds; a thread without it that has an event takes it away (0) before the event. So what
	 * the ring that has it tells can't lie in between of anybody else's events. */
	u64 turn;
	u64 given; /* the last turn that was somebody's */
	u32 wake; /* futex: a producer waits for room */
	u32 slots; /* futex: counts how often there were new free slots */
	u32 slots_wanted; /* threads that wait for one: atomic */
	/* Functions of Python whose lines are to be measured: names, each closed by NUL, and "". */
	char line_functions[RING_NAMES_BYTES];
	u64 counter __attribute__((aligned(64)));
	u64 lost __attribute__((aligned(64))); /* events of threads that had no slot: atomic */
};

/* Whether a thread is sent the signal of samples. It would end a program that has no handler for it: so the
 * thread asks for it, once the handler is there, and what may take that away waits for the signals' end. */
enum ring_sampling {
	RING_SAMPLING_OFF,
	RING_SAMPLING_WANTED,  /* by the thread */
	RING_SAMPLING_ON,      /* the recorder is about to open an event of the thread, or has */
	RING_SAMPLING_STOP,    /* the thread waits for OFF */
	RING_SAMPLING_REFUSED, /* it could make no timer, where that is what samples come by */
	RING_SAMPLING_TRACED,  /* its tracer would be stopped by each signal */
};

enum ring_state {
	RING_FREE,
	RING_CLAIMED, /* being filled in */
	RING_LIVE,
};

struct ring_slot {
	u32 pid, tid;
	u32 ppid;
	u32 id;      /* from 1 on, over all segments */
	u32 process; /* account, from ring_header.next_process */
	u32 parent;  /* account it was forked from, NO_ID: an image of its own */
	u32 leaving; /* the thread is about to end; set by it, good until the slot is claimed again */
	u64 pid_space; /* inode of the namespace that these are of; 0: the recorder's */
	u32 outer_pid, outer_tid, outer_ppid; /* with that, in the recorder's; 0: not known */
	u64 head __attribute__((aligned(64)));
	u64 lost; /* events dropped because nobody read */
	u64 tail __attribute__((aligned(64)));
	u32 space; /* futex: bumped by the recorder after it moved tail, when `waiting` */
	u32 waiting;
	u32 sampling; /* enum ring_sampling; a futex */
	u32 wait_node;  /* at which the thread waits */
	u64 wait_since; /* CLOCK_MONOTONIC, ns; 0: it does not, or it is not told of */
};

static inline struct ring_slot *ring_slot_at(void *segment, u32 slot)
{
	return (struct ring_slot *)((char *)segment + RING_HEADER_BYTES + (u64)slot * RING_SLOT_BYTES);
}

/* Apart from the slots: a look at one that nobody uses would cost a page. */
static inline u32 *ring_slot_state(void *segment, u32 slot)
{
	return &((struct ring_header *)segment)->states[slot];
}

_Static_assert(sizeof(struct ring_header) <= RING_HEADER_BYTES, "a page");

#define RING_ID_MASK 0xffffu
_Static_assert(RING_SEGMENTS *RING_SLOTS <= RING_ID_MASK, "ids have 16 bits");
static inline u64 ring_turn(u64 round, u32 id)
{
	return round << 16 | id;
}
static inline u32 ring_turn_id(u64 turn)
{
	return (u32)turn & RING_ID_MASK;
}

static inline void *ring_slot_scratch(struct ring_slot *slot)
{
	return (char *)slot + RING_CONTROL_BYTES;
}

static inline u64 *ring_slot_words(struct ring_slot *slot)
{
	return (u64 *)((char *)slot + RING_CONTROL_BYTES + RING_SCRATCH_BYTES);
}

/* A record's first word: kind (4 bits), value (44 bits), stamps passed since the ring's last record (16
 * bits). A TIME word has the whole stamp in its low 60 bits; it comes first in a ring and wherever 16 bits
 * are too few. */
enum ring_kind {
	RING_TIME = 1,
	RING_ALLOC,         /* value: address >> 3; then size << 32 | node */
	RING_ALLOC_BIG,     /* value: address >> 3; then size; then node */
	RING_FREE_BLOCK,    /* value: address >> 3 */
	RING_REALLOC_BEGIN, /* value: old address >> 3 */
	RING_REALLOC_DONE,  /* value: 1 the old block is gone (its successor follows as an ALLOC, if there is
			       one), 0 it stays */
	RING_REALLOCATED,   /* DONE with 1 and ALLOC in one; value and second word as of ALLOC */
	RING_NODE,   /* value: parent node; then pc. Ids count from 1 in each ring, from the last RESET on */
	RING_MAP,    /* value: address >> 12; then bytes; then node */
	RING_UNMAP,  /* value: address >> 12; then bytes */
	RING_TEXT,   /* value: enum ring_text << 32 | bytes; then the bytes, padded to words */
	RING_NOTE,   /* value: enum ring_note; then one word */
	RING_SAMPLE, /* value: samples that this one stands for, or RING_SAMPLE_WAIT and the upper 32 bits of
			the nanoseconds; then their lower 32 bits << 32 | node */
	RING_CALLS,  /* value: calls, since the last record of the node; then node; then ticks of the TSC in
			the function itself */
	RING_AT,     /* value: node at which the blocks that follow are freed, up to the next AT or RESET */
};

/* The thread did not run for so long. */
#define RING_SAMPLE_WAIT (1ull << 43)

enum ring_text {
	RING_TEXT_COMMAND = 1, /* arguments, each closed by NUL */
	RING_TEXT_EXECUTABLE,  /* path of /proc/self/exe */
	RING_TEXT_MODULE,      /* struct ring_module and the path */
	RING_TEXT_EXEC,        /* struct ring_exec and the path of the file about to be executed */
	RING_TEXT_CODE,        /* struct ring_code, then file, qualified name and table of lines. Codes count
				  from 0 in each ring, from the last RESET on */
	RING_TEXT_CODE_NAME, /* struct ring_code_name, then what a CODE would have; then the qualified name of
				that code, which does not know it itself */
	RING_TEXT_LINES,       /* struct ring_lines, then a struct ring_line each */
	RING_TEXT_BRACKET,     /* struct ring_bracket */
	RING_TEXT_THREAD,      /* the thread's name, in the place of the one that it came with */
};

enum ring_note {
	RING_NOTE_RESET = 1,   /* the ring's stack tree starts anew */
	RING_NOTE_MODULE_GONE, /* load bias */
	RING_NOTE_EXEC_FAILED, /* pid */
	RING_NOTE_EXIT,        /* status */
	RING_NOTE_PYTHON,      /* start of the interpreter's function that runs Python's code, then its end
				  in a second such note */
	RING_NOTE_PYTHON_END,
	RING_NOTE_PYTHON_OFF, /* enum ring_python_off */
	RING_NOTE_EXACT,       /* 1: the process can tell of calls; 0: none of its modules does */
	RING_NOTE_UNSEEN,      /* enum ring_unseen */
	RING_NOTE_THREAD,      /* tid: CALLS and THREAD from here on are that thread's; 0: the ring's own again */
	RING_NOTE_LEAVING,     /* the thread is about to end */
	RING_NOTE_CPU,         /* nanoseconds of CPU time that the process has taken, just before it ends */
};

/* What allocates past our malloc. */
enum ring_unseen {
	RING_UNSEEN_MALLOC = 1, /* the executable's own */
	RING_UNSEEN_OPERATORS,  /* C++'s new and delete */
	RING_UNSEEN_NAMESPACE,  /* of libraries that dlmopen loaded */
};

struct ring_module {
	u64 bias; /* added to the file's addresses */
	u64 start, end;
	u32 build_id_len;
	u8 build_id[32];
	u32 path_len;
};

#define RING_PC_CUT    1ull /* the stack goes on outwards, but was not walked further */
/* Nodes of Python's frames have in the place of a pc what is below; they hang below the root or each other.
 * A stack with both kinds of frames is a child of the innermost one of Python's, and names that of the native
 * frames. */
#define RING_PC_PYTHON (1ull << 63)
#define RING_PC_ENTRY  (1ull << 62) /* with PYTHON: the interpreter's function was called for this frame */
#define RING_PC_JOINED (1ull << 62) /* without PYTHON: the low 32 bits are the native node */
enum { RING_PC_UNIT_BITS = 24 };    /* with PYTHON: the code's number << these | place in the code / 2 */
static inline u64 ring_pc_python(u32 code, u64 place)
{
	u64 unit = place >> 1, most = (1ull << RING_PC_UNIT_BITS) - 1;
	return RING_PC_PYTHON | (u64)code << RING_PC_UNIT_BITS | MIN(unit, most);
}

/* A code object of CPython. Its table of lines is of the version's kind (3.MINOR). */
struct ring_code {
	u32 minor, first_line;
	u32 file_len, name_len, table_len;
};

struct ring_code_name {
	u32 name_len; /* of the qualified one */
};

/* Resident memory by line of a marked function, since the last such text of it. */
struct ring_lines {
	u32 code; /* number */
	u32 n;
};
struct ring_line {
	u32 line, hits;
	u64 most;      /* resident after the line */
	i64 increment; /* of it by the line; of the function's first line, what there was at the first call */
};

/* A marked function was entered and left: CLOCK_MONOTONIC, resident bytes. */
struct ring_bracket {
	u32 code;  /* number */
	u32 level; /* of marked functions that were running around it on the thread */
	u64 start_ns, end_ns;
	u64 start_rss, end_rss;
};

enum ring_python_off {
	RING_PYTHON_VERSION = 1, /* none that is known */
	RING_PYTHON_THREADED,    /* the free-threaded build */
	RING_PYTHON_LAYOUT,      /* its structures are not where they should be */
	RING_PYTHON_TRACED,      /* events of lines only: the program has a trace function, or all tools */
	RING_PYTHON_PYPY,        /* another interpreter */
};

struct ring_exec {
	u32 pid;     /* that the image will run in: of a vfork child in its parent's ring */
	u32 spawned; /* by posix_spawn: it runs already */
	u32 outer;   /* the pid is of the recorder's namespace, not of the ring's */
};

enum { RING_TEXT_MAX = 65536 };

static inline u64 ring_word(enum ring_kind kind, u64 value, u64 delta)
{
	return (u64)kind << 60 | (value & ((1ull << 44) - 1)) << 16 | delta;
}
static inline enum ring_kind ring_word_kind(u64 word)
{
	return (enum ring_kind)(word >> 60);
}
static inline u64 ring_word_value(u64 word)
{
	return word >> 16 & ((1ull << 44) - 1);
}
/* The words of a record that begins with this one; 0: no such kind. RING_TEXT may say more than RING_TEXT_MAX
 * bytes. */
static inline u32 ring_record_words(u64 first)
{
	static const u8 words[16] = {
		[RING_TIME] = 1,        [RING_ALLOC] = 2,         [RING_ALLOC_BIG] = 3,
		[RING_FREE_BLOCK] = 1,  [RING_REALLOC_BEGIN] = 1, [RING_REALLOC_DONE] = 1,
		[RING_REALLOCATED] = 2, [RING_NODE] = 2,          [RING_MAP] = 3,
		[RING_UNMAP] = 2,       [RING_TEXT] = 1,          [RING_NOTE] = 2,
		[RING_SAMPLE] = 2,      [RING_CALLS] = 3,         [RING_AT] = 1,
	};
	u32 n = words[first >> 60];
	if (unlikely(first >> 60 == RING_TEXT))
		n += (u32)(((first >> 16 & UINT32_MAX) + 7) / 8);
	return n;
}
static inline u64 ring_word_delta(u64 word)
{
	return word & 0xffff;
}

#endif
