/* Symbols in the background: names, files, lines and inlined frames of code addresses, by elfutils' libdw, in
 * a thread of its own. It opens the ELF files of the modules (and their separate debug files by build-id or
 * debug link; debuginfod only where the user's environment configures it) on the recording machine; so the
 * trace needs no ELF file later. */
#ifndef RECORD_SYMBOLIZER_H
#define RECORD_SYMBOLIZER_H

#include "common/trace_types.h"

struct symbolizer;

struct symbol_frame {
	const char *function; /* demangled; NULL where there is no symbol */
	const char *file;     /* of the line that runs; NULL unknown */
	u32 line;
	const char *decl_file; /* of the function's declaration; NULL unknown */
	u32 decl_line;
	u8 flags; /* enum function_flags */
};

struct symbol_answer {
	u32 pc; /* as asked */
	u32 module;
	u64 offset;
	struct symbol_frame *frames; /* innermost first; n_frames >= 1 */
	u32 n_frames;
};

/* A symbolizer is used by one thread. */
struct symbolizer *symbolizer_start(void);

/* Announces a module under an id of the caller's choice (dense, ascending). path: the file to open now (for a
 * process in another root: /proc/PID/root/...; may be gone: then its pcs are answered without symbols). Where
 * the file's build-id differs from the one given, the file is another one and is not used. Opened lazily, in
 * the thread; path is copied. */
void symbolizer_module(struct symbolizer *s, u32 module, const char *path, const u8 *build_id,
		       u8 build_id_len);

/* Asks for the chain of a return address (an offset as in struct trace_pc) in a module that was announced
 * before; any other has no symbols. Answers come in the order of the questions. Work on it begins at the next
 * symbolizer_take(), or when there are enough questions. */
void symbolizer_ask(struct symbolizer *s, u32 pc, u32 module, u64 offset);

/* The next answer, or NULL when none is ready (wait false) or none is outstanding (wait true). Free with
 * symbol_answer_free(). */
struct symbol_answer *symbolizer_take(struct symbolizer *s, bool wait);
void symbol_answer_free(struct symbol_answer *answer);

/* Ends the thread, dropping what is outstanding. */
void symbolizer_free(struct symbolizer *s);

/* Demangles C++ (Itanium) and Rust (legacy and v0) names; anything else is returned as it is. Bounded in
 * depth, size and time whatever the name. The caller frees. */
char *symbol_demangle(const char *name);

/* Flags by demangled name: allocator functions, runtime start-up. module_path tells libc and the dynamic
 * loader. */
u8 symbol_flags(const char *function, const char *module_path);

/* Whether a module is the C library or the dynamic loader, by its file's name. */
bool symbol_is_libc(const char *module_path);

#endif
