/* One module's ELF file: finding and opening it (and, through libdwfl, its separate debug files), making sure
 * that it is the file that was mapped, and its symbol table. libdwfl places the module at a bias of 0, so
 * that its addresses are the file's. */
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <elfutils/libdwelf.h>

#include "record/symbolizer_parts.h"

#define FILE_SIZE_MAX (4ULL << 30)
#define VDSO_SIZE_MAX (64U << 10)

/* libdwfl's default, and the debug files in the root directory of a process that lives in another one. */
#define DEBUG_PATH ":.debug:/usr/lib/debug"

struct symbol_module *symbol_module_new(const char *path, const u8 *build_id, u8 build_id_len)
{
	struct symbol_module *module = xcalloc(1, sizeof(*module));

	module->path = xstrdup(path != NULL ? path : "");
	module->build_id_len = MIN(build_id_len, BUILD_ID_MAX);
	if (module->build_id_len > 0)
		memcpy(module->build_id, build_id, module->build_id_len);
	return module;
}

static void close_file(void *arg)
{
	struct symbol_module *module = arg;

	dwarf_source_close(module->dwarf);
	if (module->dwfl != NULL)
		dwfl_end(module->dwfl);
}

void symbol_module_close(struct symbol_module *module)
{
	symbol_guard_run(close_file, module);
	spans_free(&module->symbol_spans);
	array_free(&module->symbol_names);
	arena_free(&module->arena);
	free(module->path);
	free(module);
}

/* The kernel's own object has no file: it is copied out of this process, which has the same one. */
static int open_vdso(void)
{
	const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)getauxval(AT_SYSINFO_EHDR);
	size_t size;
	int fd;

	if (header == NULL)
		return -1;
	size = header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
	if (size > VDSO_SIZE_MAX)
		return -1;
	fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd >= 0 && write(fd, header, size) != (ssize_t)size) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_file(const char *path)
{
	struct stat status;
	int fd;

	if (strcmp(path, "[vdso]") == 0)
		return open_vdso();
	if (path[0] != '/')
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (u64)status.st_size <= FILE_SIZE_MAX)
		return fd;
	close(fd);
	return -1;
}

/* Where to look for debug files: with "/proc/PID/root" before the standard place when the module's path
 * starts so. */
static char *debug_path(struct symbol_module *module)
{
	static const char root[] = "/root/";
	const char *end = strstr(module->path, root);
	char path[PATH_MAX];
	int n;

	if (strncmp(module->path, "/proc/", 6) != 0 || end == NULL ||
	    strspn(module->path + 6, "0123456789") != (size_t)(end - module->path - 6))
		n = snprintf(path, sizeof(path), "%s", DEBUG_PATH);
	else
		n = snprintf(path, sizeof(path), "%s:%.*s/root/usr/lib/debug", DEBUG_PATH,
			     (int)(end - module->path), module->path);
	return arena_strndup(&module->arena, path, MIN((size_t)n, sizeof(path) - 1));
}

static int no_file(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base, char **file_name,
		   Elf **elf)
{
	(void)mod, (void)userdata, (void)name, (void)base, (void)file_name, (void)elf;
	return -1;
}

static bool is_same_file(struct symbol_module *module, Elf *elf)
{
	const void *bits;
	ssize_t n;

	if (module->build_id_len == 0)
		return true;
	n = dwelf_elf_gnu_build_id(elf, &bits);
	return n > 0 && MIN(n, BUILD_ID_MAX) == module->build_id_len &&
	       memcmp(bits, module->build_id, module->build_id_len) == 0;
}

static void module_open(struct symbol_module *module)
{
	Dwfl_Callbacks *callbacks = arena_alloc(&module->arena, sizeof(*callbacks));
	char **search = arena_alloc(&module->arena, sizeof(*search));
	Dwfl_Module *file;
	GElf_Addr bias;
	Elf *elf;
	int fd;

	module->opened = true;
	fd = open_file(module->path);
	if (fd < 0)
		return;
	*search = debug_path(module);
	*callbacks = (Dwfl_Callbacks){
		.find_elf = no_file,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.debuginfo_path = search,
	};
	module->dwfl = dwfl_begin(callbacks);
	if (module->dwfl == NULL) {
		close(fd);
		return;
	}
	dwfl_report_begin(module->dwfl);
	file = dwfl_report_elf(module->dwfl, module->path, module->path, fd, 0, true);
	if (file == NULL)
		close(fd);
	dwfl_report_end(module->dwfl, NULL, NULL);
	if (file == NULL)
		return;
	elf = dwfl_module_getelf(file, &bias);
	if (elf != NULL && is_same_file(module, elf))
		module->file = file;
}

/* One symbol that names code. */
struct symbol {
	u64 low, high; /* high 0: of unknown size */
	u64 limit;     /* where it ends at the latest, when its size is unknown */
	u32 rank;      /* the larger the better a name for the same code */
	const char *name;
};

static int symbol_compare(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Names for the same code: one with a size first, then what a program is linked by, then `malloc` before
 * `__libc_malloc`. */
static u32 symbol_rank(const GElf_Sym *sym, const char *name)
{
	u32 rank = 15 - MIN(strspn(name, "_"), 15);

	if (GELF_ST_BIND(sym->st_info) != STB_LOCAL)
		rank += 16;
	return sym->st_size != 0 ? rank + 32 : rank;
}

/* The end of the section that a symbol lies in, or 0 when that holds no code. */
static u64 code_end(Elf *elf, GElf_Word section, u64 address)
{
	Elf_Scn *scn = elf != NULL && section != SHN_UNDEF ? elf_getscn(elf, section) : NULL;
	GElf_Shdr header;

	if (scn == NULL || gelf_getshdr(scn, &header) == NULL || !(header.sh_flags & SHF_EXECINSTR))
		return 0;
	return address - header.sh_addr < header.sh_size ? header.sh_addr + header.sh_size : 0;
}

static bool symbol_read(Dwfl_Module *file, int i, struct symbol *symbol)
{
	GElf_Addr address;
	GElf_Word section;
	GElf_Sym sym;
	Dwarf_Addr bias;
	Elf *elf;
	const char *name = dwfl_module_getsym_info(file, i, &sym, &address, &section, &elf, &bias);
	int type;

	if (name == NULL || name[0] == '\0' || sym.st_shndx == SHN_UNDEF)
		return false;
	type = GELF_ST_TYPE(sym.st_info);
	if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return false;
	*symbol = (struct symbol){.low = address, .rank = symbol_rank(&sym, name), .name = name};
	if (type == STT_NOTYPE || sym.st_size == 0) {
		symbol->limit = code_end(elf, section, sym.st_value) + bias;
		if (symbol->limit <= address)
			return false;
	}
	if (sym.st_size != 0)
		symbol->high = address + sym.st_size;
	return true;
}

/* A symbol without a size, as assembly leaves them, names what follows up to the next symbol or the end of
 * the section; a label inside a function, or at its start, names nothing. */
static void module_read_symbols(struct symbol_module *module)
{
	ARRAY(struct symbol) symbols = {0};
	int n = dwfl_module_getsymtab(module->file);
	u64 covered = 0;
	struct symbol symbol;

	module->symbols_read = true;
	for (int i = 1; i < n; i++)
		if (symbol_read(module->file, i, &symbol))
			array_push(&symbols, symbol);
	if (symbols.n > 0)
		qsort(symbols.at, symbols.n, sizeof(symbols.at[0]), symbol_compare);
	for (size_t i = 0, next = 0; i < symbols.n; i++) {
		const struct symbol *s = &symbols.at[i];
		u64 high = s->high;

		for (next = MAX(next, i + 1); next < symbols.n && symbols.at[next].low == s->low;)
			next++;
		if (high != 0) {
			covered = MAX(covered, high);
		} else {
			if (s->low < covered || symbols.at[next - 1].high != 0)
				continue;
			high = next < symbols.n ? MIN(symbols.at[next].low, s->limit) : s->limit;
		}
		spans_add(&module->symbol_spans, s->low, high, module->symbol_names.n);
		array_push(&module->symbol_names, s->name);
	}
	spans_sort(&module->symbol_spans);
	array_free(&symbols);
}

const char *symbol_module_symbol(struct symbol_module *module, u64 address)
{
	u32 item;

	if (module->file == NULL)
		return NULL;
	if (!module->symbols_read)
		module_read_symbols(module);
	item = spans_find(&module->symbol_spans, address);
	return item != NO_ID ? module->symbol_names.at[item] : NULL;
}

const char *symbol_module_name(struct symbol_module *module, const char *name)
{
	/* What glibc calls its own functions by, inside. */
	static const char internal[] = "__GI_";
	const char *kept;
	char *stem, *plain;

	if (strncmp(name, internal, strlen(internal)) == 0 && name[strlen(internal)] != '\0')
		name += strlen(internal);
	stem = xstrndup(name, MIN(symbol_stem(name), SYMBOL_TEXT_MAX));
	plain = symbol_demangle(stem);
	kept = arena_strndup(&module->arena, plain, strlen(plain));

	free(plain);
	free(stem);
	return kept;
}

static bool is_parent(const char *part, size_t n)
{
	return n == 2 && part[0] == '.' && part[1] == '.';
}

char *symbol_tidy_path(const char *path)
{
	size_t n = strnlen(path, SYMBOL_TEXT_MAX), length = *path == '/', root = length;
	size_t floor = root; /* what ".." can't take away: the root, and what a relative path climbs above its
				start */
	char *text = xmalloc(n + 1);

	text[0] = *path;
	for (size_t at = 0, part; at < n; at += part + 1) {
		part = MIN(strcspn(path + at, "/"), n - at);
		if (part == 0 || (part == 1 && path[at] == '.') ||
		    (root && length == root && is_parent(path + at, part)))
			continue;
		if (is_parent(path + at, part) && length > floor) {
			while (length > floor && text[length - 1] != '/')
				length--;
			length -= length > floor;
			continue;
		}
		if (length > root)
			text[length++] = '/';
		memcpy(text + length, path + at, part);
		length += part;
		if (is_parent(path + at, part))
			floor = length;
	}
	text[length] = '\0';
	return text;
}

struct search {
	struct symbol_module *module;
	u64 address;
	struct symbol_frame *frames;
	u32 n;
};

static void search(void *arg)
{
	struct search *s = arg;
	struct symbol_module *module = s->module;
	const char *name;

	if (!module->opened)
		module_open(module);
	if (module->file == NULL)
		return;
	/* Every program has the start-up code in its stacks, and nobody asks for its lines: libc's debug
	 * information is large, often compressed, and need not be read for it. */
	name = symbol_module_symbol(module, s->address);
	if (name != NULL) {
		name = symbol_module_name(module, name);
		if (symbol_flags(name, module->path) & FUNCTION_RUNTIME) {
			s->frames[0].function = name;
			s->n = 1;
			return;
		}
	}
	if (!module->dwarf_read) {
		module->dwarf_read = true;
		module->dwarf = dwarf_source_open(module);
	}
	if (module->dwarf != NULL)
		s->n = dwarf_source_find(module->dwarf, s->address, s->frames);
	if (s->n > 0 && s->frames[s->n - 1].function != NULL)
		return;
	s->n = MAX(s->n, 1);
	s->frames[s->n - 1].function = name;
}

u32 symbol_module_find(struct symbol_module *module, u64 address, struct symbol_frame *frames)
{
	struct search s = {module, address, frames, 0};

	memset(frames, 0, sizeof(*frames));
	if (!module->broken && !symbol_guard_run(search, &s)) {
		module->broken = true;
		memset(frames, 0, sizeof(*frames));
		s.n = 0;
	}
	s.n = MAX(s.n, 1);
	for (u32 i = 0; i < s.n; i++)
		frames[i].flags = symbol_flags(frames[i].function, module->path);
	return s.n;
}
