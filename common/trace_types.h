/* The things a trace is made of, as both the writer and the reader see them. How they lie in the file is
 * common/FORMAT.md's and common/format.h's affair. Ids are dense, in order of first appearance, and local to
 * one trace. Times are nanoseconds since the start of the recording (CLOCK_MONOTONIC). Sizes are bytes asked
 * for. */
#ifndef COMMON_TRACE_TYPES_H
#define COMMON_TRACE_TYPES_H

#include "common/types.h"

enum { BUILD_ID_MAX = 32 };

/* A mapped file, or what had none. Processes that map the same file (path and build-id) share it. Id 0 is
 * always the unknown module: its pcs are absolute addresses. */
struct trace_module {
	u32 path; /* string */
	u8 build_id[BUILD_ID_MAX];
	u8 build_id_len; /* 0: none */
};

enum process_origin {
	PROCESS_EXEC, /* a program image: the first one, or after exec or spawn */
	PROCESS_FORK, /* a copy of its parent */
};

enum process_flags {
	PROCESS_ENDED = 1 << 0,        /* end_ns and what follows are final */
	PROCESS_STATUS_KNOWN = 1 << 1, /* exit_status or signal is valid */
	PROCESS_REPLACED = 1 << 2,     /* ended by exec: another account goes on under the same pid */
	PROCESS_NOT_RECORDED = 1 << 3, /* ran, but could not be recorded; reason says why */
};

/* How the time of a process was found, and whose. */
enum time_mode { TIME_OFF, TIME_SAMPLE, TIME_EXACT };
enum time_clock { TIME_CPU, TIME_WALL };

/* One account: a process from its start, fork or exec to its exit or next exec. */
struct trace_process {
	u32 pid, ppid;
	u32 parent;     /* process id in the trace, NO_ID: none */
	u32 command;    /* string: the arguments, each followed by one NUL byte except the last */
	u32 executable; /* string: path */
	u32 reason;     /* string: why it was not recorded, or not wholly; else "" */
	u8 origin;      /* enum process_origin */
	u8 flags;
	u8 exit_status;
	u8 signal; /* that ended it, 0: none */
	u64 start_ns, end_ns;
	u64 inherited_frees; /* frees of blocks of the process it was forked from */
	u64 unknown_frees;   /* frees of addresses that no recorded call had returned, or freed twice */
	u64 lost_events;
	u64 rss_peak_bytes;
	u64 peak_bytes, peak_blocks, peak_ns; /* of its own live bytes; final when PROCESS_ENDED */
	u64 mapped_peak_bytes;
	u64 cpu_ns;               /* user + system; 0 unknown */
	u8 time_mode, time_clock; /* enum time_mode, enum time_clock */
	u32 frequency;            /* samples asked for, a second of the clock and thread; 0: none */
};

/* From one sample to the next. 1.29 % less than the frequency asks for: many programs go round in whole
 * milliseconds, and one that does would always be met at the same few places. */
static inline u32 trace_sample_ns(u32 frequency)
{
	return 987100000u / frequency;
}

struct trace_thread {
	u32 process;
	u32 tid;
	u32 name; /* string */
	u64 start_ns, end_ns;
};

/* A code address: a return address inside a module (look symbols up at offset - 1), as an offset from the
 * module's load base, that is, an address of the ELF file's own address space. */
struct trace_pc {
	u32 module;
	u64 offset;
};

/* A stack is a node: its innermost pc, and the node of the stack of its caller. Node 0 is the root and has no
 * pc. parent < own id. */
struct trace_node {
	u32 parent;
	u32 pc;
};

/* What allocates: a thread at a stack. */
struct trace_site {
	u32 thread;
	u32 node;
};

enum function_flags {
	FUNCTION_ALLOCATOR = 1 << 0, /* malloc, operator new, std::allocator…: never "self" */
	FUNCTION_RUNTIME = 1 << 1,   /* _start, __libc_start_main, clone…: what lies outside main */
	FUNCTION_NO_SYMBOL = 1 << 2, /* the name is module+0x… */
	FUNCTION_INTERPRETER = 1 << 3, /* of CPython itself: what stands between the program's own functions */
};

enum language { LANGUAGE_NATIVE, LANGUAGE_PYTHON };

struct trace_function {
	u32 name; /* string, demangled */
	u32 file; /* string: where it is declared, "" unknown */
	u32 line; /* of its declaration, 0 unknown */
	u32 module;
	u8 flags, language;
};

/* One step of a pc's chain: inlining makes one pc several functions. */
struct trace_frame {
	u32 function;
	u32 file; /* of the line that runs; differs from the function's where code was included */
	u32 line; /* that runs, or calls; 0 unknown */
};

/* What was counted for one site over the whole run. */
struct trace_totals {
	u64 allocations, allocated_bytes;
	u64 frees, freed_bytes;
	u64 temporary;
	u64 peak_blocks, peak_bytes;                 /* live at the moment of the peak over all processes */
	u64 process_peak_blocks, process_peak_bytes; /* live at the moment of its own process's peak */
};

/* A thread was found at a stack. span_ns: of the process's clock, for which it stands; count: samples taken
 * or missed (overrun) that it stands for, 0: none, a wait that the kernel told of. Times never go back. */
struct trace_sample {
	u64 ns; /* when; of a wait, when it ended */
	u32 site, count;
	u64 span_ns;
};

/* Exact: calls that came to the innermost function of a stack from the rest of it, and the time in it alone,
 * in a slice of time. Time in a function and all that it calls is the sum over the stacks that begin with its
 * own. */
struct trace_calls {
	u64 ns; /* end of the slice; those of a site never go back */
	u32 site;
	u64 calls, self_ns;
};

/* Resident memory and a line of a function that was measured so, in a process, since the last such row of
 * them. */
struct trace_line_memory {
	u64 ns; /* up to when; never goes back */
	u32 process, function;
	u32 line;
	u32 hits;            /* times that the line began; of the function's first line, calls */
	u64 most_bytes;      /* resident after the line, at most; 0: it did not end */
	i64 increment_bytes; /* by the line and what it called, each activation by itself; of the first line,
				what was resident when the function was first called, else 0 */
};

/* A call of such a function: when, and what was resident then. In the order of their ends. */
struct trace_bracket {
	u64 start_ns, end_ns;
	u32 thread, function;
	u32 level; /* of such calls around it on the thread */
	u64 start_bytes, end_bytes;
};

/* Blocks freed by a thread at a stack, whoever had allocated them, in a slice of time. Kept for what runs in Python. */
struct trace_release {
	u64 ns; /* end of the slice */
	u32 site;
	u64 frees, bytes;
};

enum trace_kind { TRACE_ALLOC, TRACE_FREE };

enum map_kind { MAP_ADDED, MAP_REMOVED };

#endif
