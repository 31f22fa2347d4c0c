/* Resident memory by line, of functions of a Python program that somebody marked: with @profile, or by name
 * when recording. A marked code object and those inside it (nested functions, comprehensions) share one table
 * of lines. What a line has is the growth of resident memory from its beginning to its end, calls included,
 * in each activation of the function by itself; of a line that is running more than once on a thread, the
 * outermost time counts.
 *
 * python_mark.c finds what to mark, python_module.c is memory_profiler for who has none, python_beside.c sees
 * what the program itself traces by, python_trace.c (until 3.11) and python_monitor.c (from 3.12 on) bring
 * the events, python_lines.c knows who is in which line, python_lines_table.c keeps the tables,
 * python_lines_tell.c tells the recorder. All of it runs with the interpreter's lock held, which is the lock
 * of the tables, too; memory comes from pages.h. */
#ifndef RECORD_PRELOAD_PYTHON_LINES_H
#define RECORD_PRELOAD_PYTHON_LINES_H

#include "record/preload/python_api.h"

struct line {
	u32 hits; /* since they were told, as all of these */
	u64 most;
	i64 increment;
};

struct line_table {
	uintptr_t code; /* of the outermost function; kept alive */
	u32 first_line;
	bool entered, dirty;
	struct line *lines; /* from first_line on */
	u32 room, used;     /* used: 1 + the greatest one that has something to be told */
	struct line_table *next, *next_dirty;
};

struct line_code {
	uintptr_t code; /* 0: free */
	struct line_table *table;
	bool outermost; /* of its table */
};

/* Each is called with the frame as the key of an activation. */
void lines_start(const struct line_code *code, uintptr_t frame) HIDDEN;
void lines_resume(const struct line_code *code, uintptr_t frame) HIDDEN;
void lines_line(const struct line_code *code, uintptr_t frame, u32 line) HIDDEN;
void lines_yield(const struct line_code *code, uintptr_t frame) HIDDEN;
void lines_return(const struct line_code *code, uintptr_t frame) HIDDEN;

/* Around what the program's own trace function does at a line: the difference is nobody's. */
u64 lines_aside(void) HIDDEN;
void lines_back(u64 aside) HIDDEN;

/* python_module.c, python_beside.c. */
void python_module_install(void *profile_object) HIDDEN;
void python_beside_install(void) HIDDEN;
/* python_lines_table.c: whether anything is marked. */
bool lines_any(void) HIDDEN;
/* NULL: not marked. */
const struct line_code *lines_code(uintptr_t code) HIDDEN;
/* Marks one code object for the table. False: it was marked, or there is no memory. */
bool lines_add(uintptr_t code, struct line_table *table, bool outermost) HIDDEN;
/* The function's table, also where it had another code object before, which is gone. */
struct line_table *lines_table(uintptr_t code, u32 first_line) HIDDEN;
/* A line's row, which will be told of. NULL: too far from the function's first line, or no memory. */
struct line *lines_at(struct line_table *table, u32 number) HIDDEN;
/* Tells of all that has changed. */
void lines_tell_changed(void) HIDDEN;

/* A function that was left. */
struct line_bracket {
	const struct line_table *table;
	u64 start_ns, end_ns, start_rss, end_rss;
	u32 level;
};
void lines_tell(struct line_table *table) HIDDEN;
void lines_tell_bracket(const struct line_bracket *bracket) HIDDEN;

/* python_mark.c: everything that is to be done once. */
void lines_install(void) HIDDEN;
/* Whether the recorder's user has named functions; whether one of them has this code. */
bool lines_named(void) HIDDEN;
bool lines_is_named(uintptr_t code) HIDDEN;
/* Marks a code object and those inside it. */
void lines_mark(void *code) HIDDEN;

/* Of the program's trace function, if memory_profiler made it: what that measures. */
void lines_mark_traced(void *function) HIDDEN;
/* The program has set a trace function in this thread, or taken it away. */
void lines_traced_beside(void) HIDDEN;

/* How events come: start is called before the first code is marked, code for each one that was, beside (it
 * may be NULL) when the program has set a trace function. */
struct line_events {
	bool (*start)(void);
	void (*code)(void *code);
	void (*beside)(void);
};
extern const struct line_events lines_by_trace HIDDEN, lines_by_monitoring HIDDEN;

#endif
