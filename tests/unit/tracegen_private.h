/* What the files of tracegen share: the trace in the making, and what the words of a line stand for.
 * tracegen.c takes the text apart, tracegen_names.c knows functions and stacks, tracegen_declare.c has the
 * lines without a time, tracegen_events.c those with one. Words that are wrong end the program, with the
 * number of their line. */
#ifndef TESTS_TRACEGEN_PRIVATE_H
#define TESTS_TRACEGEN_PRIVATE_H

#include <stdio.h>
#include <stdlib.h>

#include "common/err.h"
#include "common/idmap.h"
#include "common/mem.h"
#include "record/writer.h"
#include "tests/unit/ledger.h"

enum { WORDS_MAX = 64 };

struct gen_module {
	char *path;
	u32 id;
	u64 next_offset;
};

struct gen_function {
	char *name;
	struct trace_function f;
	u32 id, module; /* module: index in gen.modules */
};

struct gen_pc {
	char *text; /* as in the stack */
	u32 id;
};

struct gen_thread {
	struct trace_thread t;
	u64 last_ordinal; /* what it did last was this allocation */
};

struct gen_block {
	u64 ordinal, size;
	u32 site;
	bool freed;
};

struct gen {
	struct writer *w;
	struct ledger ledger;
	int line;
	const char *words[WORDS_MAX];
	int n_words;
	u64 now, end_ns, lost, address;
	bool cut, no_symbols;

	ARRAY(struct gen_module) modules;
	ARRAY(struct gen_function) functions;
	ARRAY(struct gen_pc) pcs;
	ARRAY(struct trace_process) processes; /* the number of one is its id + 1 */
	ARRAY(struct gen_thread) threads;
	ARRAY(struct gen_block) blocks;
	struct idmap nodes, sites;
};

#define BAD(g, ...)                                                                                          \
	do {                                                                                                 \
		fprintf(stderr, "tracegen: line %d: ", (g)->line);                                           \
		fprintf(stderr, __VA_ARGS__);                                                                \
		fputc('\n', stderr);                                                                         \
		exit(99);                                                                                    \
	} while (0)

/* Word i of the line; what words mean. */
const char *gen_word(struct gen *g, int i);
u64 gen_number(struct gen *g, const char *s);
u64 gen_seconds(struct gen *g, const char *s);
u32 gen_string(struct gen *g, const char *s);
struct gen_function *gen_function(struct gen *g, const char *name); /* NULL: not declared */
u32 gen_process(struct gen *g, const char *name);
u32 gen_thread(struct gen *g, const char *name);
/* Of a thread and a stack. */
u32 gen_site(struct gen *g, u32 thread, const char *stack);

void gen_do_module(struct gen *g);
void gen_do_function(struct gen *g);

/* A line that begins with a name. */
struct gen_command {
	const char *name;
	void (*run)(struct gen *g);
};
extern const struct gen_command gen_commands[];
extern const size_t gen_n_commands;

/* A line that begins with a time. */
struct gen_event {
	const char *name;
	void (*run)(struct gen *g, u32 id);
	bool of_process; /* the name is word 1, a process word 2; else a thread is word 1 and the name word 2
			  */
};
extern const struct gen_event gen_events[];
extern const size_t gen_n_events;

#endif
