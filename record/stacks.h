/* The trace's dictionaries of code: modules, pcs, stack nodes, and the symbols that come for the pcs.
 * Processes that map the same files share them; so a pc is kept as an offset in its file, whatever address it
 * had. */
#ifndef RECORD_STACKS_H
#define RECORD_STACKS_H

#include "common/idmap.h"
#include "common/mem.h"
#include "record/symbolizer.h"
#include "record/writer.h"

struct stacks {
	struct writer *writer;
	struct symbolizer *symbolizer;
	struct idmap module_ids;   /* path string and build-id hash → module */
	struct idmap pc_ids;       /* module and offset → pc */
	struct idmap node_ids;     /* parent and pc → node */
	struct idmap function_ids; /* hash of what a function is → function */
	u64 asked, answered;
	ARRAY(struct trace_frame) chain; /* scratch */
	ARRAY(char *) module_names;      /* by module, [0]: the unknown one */
	ARRAY(u32) found;                /* pcs that were written before their module was known */
	ARRAY(u32) interpreters;         /* modules that run another language's code */
	const char *guest;   /* the paths of the preload libraries, as in LD_PRELOAD; NULL: not known */
	ARRAY(u32) guests;   /* their modules */
};

void stacks_init(struct stacks *s, struct writer *writer);
void stacks_fini(struct stacks *s);

/* open_path: where the file is found now, which may be under /proc/PID/root. */
u32 stacks_module(struct stacks *s, const char *path, size_t path_len, const char *open_path,
		  const u8 *build_id, u32 build_id_len);
/* Its functions get FUNCTION_INTERPRETER from now on. */
void stacks_interpreter(struct stacks *s, u32 module);
/* Whether it is a preload library, which is no part of the program. */
bool stacks_is_guest(const struct stacks *s, u32 module);
u32 stacks_pc(struct stacks *s, u32 module, u64 offset);
/* A pc whose module is not known yet: it belongs to one process at one time. */
u32 stacks_unknown_pc(struct stacks *s, u64 address);
/* The module turned up after all: its symbols go to that pc. */
void stacks_pc_found(struct stacks *s, u32 pc, u32 module, u64 offset);
/* A name for such a pc from who made the code, in no file. */
void stacks_pc_named(struct stacks *s, u32 pc, const char *name);
u32 stacks_node(struct stacks *s, u32 parent, u32 pc);

/* Writes the symbols that have come; with wait, all that were asked for. */
void stacks_take_symbols(struct stacks *s, bool wait);

#endif
