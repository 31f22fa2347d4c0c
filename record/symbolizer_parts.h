/* What the symbolizer is made of, for its own files: spans (which of many nested address ranges holds an
 * address), one module's ELF file with its symbol table, and its DWARF. All of it is used by the symbolizer's
 * thread alone. Addresses are those of the ELF file's own address space throughout. */
#ifndef RECORD_SYMBOLIZER_PARTS_H
#define RECORD_SYMBOLIZER_PARTS_H

#include <elfutils/libdwfl.h>

#include "common/idmap.h"
#include "common/mem.h"
#include "record/symbolizer.h"

enum {
	SYMBOL_TEXT_MAX = 64 << 10, /* bytes of a name or path; what is longer is cut */
	SYMBOL_CHAIN_MAX = 256, /* frames of one address; deeper inlining loses its outer inlined frames */
};

/* Address ranges, which may nest. Add all, sort once, then find. */
struct extent {
	u64 low, high; /* [low, high) */
	u64 reach;     /* the largest high up to here, in sorted order */
	u32 item;
};

struct spans {
	ARRAY(struct extent) list;
};

void spans_add(struct spans *spans, u64 low, u64 high, u32 item); /* an empty range is left out */
void spans_sort(struct spans *spans);
/* The item of the innermost range that holds the address (of equal ranges the highest item), or NO_ID. */
u32 spans_find(const struct spans *spans, u64 address);
void spans_free(struct spans *spans);

/* A module's debug information, one per module that has any. */
struct dwarf_source;

/* A name in a symbol table. */
struct module_symbol {
	const char *raw;  /* as in the file, in libdwfl's memory */
	const char *name; /* for people; NULL: not made yet */
	u8 flags;         /* enum function_flags, with the name */
	bool local, sized;
};

/* One module. Its strings live until symbol_module_close(). */
struct symbol_module {
	char *path;
	u8 build_id[BUILD_ID_MAX];
	u8 build_id_len;
	bool opened; /* an attempt was made */
	bool broken; /* the file was cut short under us: nothing that it says is believed any more */
	Dwfl *dwfl;
	Dwfl_Module *file; /* NULL: no usable file */
	bool symbols_read, dwarf_read;
	struct spans symbol_spans;
	ARRAY(struct module_symbol) symbols; /* by item of symbol_spans */
	Elf *symbol_elf;                     /* the file with the symbols: this or its debug file */
	struct dwarf_source *dwarf;          /* NULL: none */
	struct arena arena;
};

struct symbol_module *symbol_module_new(const char *path, const u8 *build_id, u8 build_id_len);
void symbol_module_close(struct symbol_module *module);

/* The chain at an address (no correction for return addresses): writes at most SYMBOL_CHAIN_MAX frames,
 * innermost first, and returns their number, at least 1. Opens the file at the first call. */
u32 symbol_module_find(struct symbol_module *module, u64 address, struct symbol_frame *frames);

/* The symbol table's name for an address, as in the file; NULL when it has none. */
const char *symbol_module_symbol(struct symbol_module *module, u64 address);

/* The same with its name made ready; valid up to the next call. */
const struct module_symbol *symbol_module_named(struct symbol_module *module, u64 address);

/* Where libdwfl is to look for debug files by build-id: in the usual place, and there in the root directory
 * that the module's path begins with. In the module's arena. */
char *symbol_debug_path(struct symbol_module *module);

/* Finds the debug file, as dwfl_standard_find_debuginfo() does, whose arguments these are; but asks no
 * server, and loads no library for that, unless DEBUGINFOD_URLS names one. *userdata is the struct
 * symbol_module. */
int symbol_debug_find(Dwfl_Module *file, void **userdata, const char *name, Dwarf_Addr base,
		      const char *file_name, const char *link, GElf_Word checksum, char **found);

/* A name out of a file, made ready for people: without clone suffix and version, demangled, bounded; in the
 * module's arena. */
const char *symbol_module_name(struct symbol_module *module, const char *name);

/* The debug information of a module's file, or NULL. */
struct dwarf_source *dwarf_source_open(struct symbol_module *module);
void dwarf_source_close(struct dwarf_source *source);
/* As symbol_module_find(), but 0 when the debug information knows nothing of the address. A frame's function
 * stays NULL where only the line is known; its flags are set where it is not. */
u32 dwarf_source_find(struct dwarf_source *source, u64 address, struct symbol_frame *frames);

/* Makes sure that the handler of SIGBUS is the one that symbol_guard_run() needs. Often, because others may
 * have handlers for it as well: they come and go. */
void symbol_guard_install(void);

/* Calls work(arg). False: a mapped file had shrunk (SIGBUS), and where it was missing work() saw zeros. A
 * SIGBUS outside of this has the effect that it had before. */
bool symbol_guard_run(void (*work)(void *), void *arg);

/* A path without "." and "..", as if there were no links: "/build/./src/../lib/a.c" is "/build/lib/a.c". The
 * caller frees. */
char *symbol_tidy_path(const char *path);

/* The length of a symbol's name without a symbol version (@@GLIBC_2.14) and the suffixes that compilers give
 * to clones (.isra.0, .cold, .llvm.123); never 0 for a name that is not empty. */
size_t symbol_stem(const char *name);

#endif
