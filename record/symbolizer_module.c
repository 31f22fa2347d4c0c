/* One module's ELF file: finding and opening it (and, through libdwfl, its separate debug files), making sure
 * that it is the file that was mapped, and what is asked of it for an address. libdwfl places the module at a
 * bias of 0, so that its addresses are the file's. */
#include <fcntl.h>
#include <link.h>
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
	array_free(&module->symbols);
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
	void **userdata;
	Elf *elf;
	int fd;

	module->opened = true;
	fd = open_file(module->path);
	if (fd < 0)
		return;
	*search = symbol_debug_path(module);
	*callbacks = (Dwfl_Callbacks){
		.find_elf = no_file,
		.find_debuginfo = symbol_debug_find,
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
	dwfl_module_info(file, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	*userdata = module;
	elf = dwfl_module_getelf(file, &bias);
	if (elf != NULL && is_same_file(module, elf))
		module->file = file;
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

/* Whether debug information stands, and not packed, in the file that the symbols come from. */
static bool has_plain_dwarf(struct symbol_module *module)
{
	size_t names;
	Elf_Scn *scn = NULL;
	GElf_Shdr header;

	if (module->symbol_elf == NULL || elf_getshdrstrndx(module->symbol_elf, &names) != 0)
		return false;
	while ((scn = elf_nextscn(module->symbol_elf, scn)) != NULL) {
		const char *name = NULL;

		if (gelf_getshdr(scn, &header) != NULL)
			name = elf_strptr(module->symbol_elf, names, header.sh_name);
		if (name != NULL && strcmp(name, ".debug_info") == 0)
			return header.sh_type != SHT_NOBITS && !(header.sh_flags & SHF_COMPRESSED);
	}
	return false;
}

/* Debug information that is packed is unpacked as a whole by libdw, before it can be asked for one line: 10
 * MB and tens of milliseconds for the C library's, in every recording of every program. Of all modules, that
 * is the one whose lines tell the least, and its symbol table has all its functions; so there it is read
 * where that is cheap. */
static bool wants_dwarf(struct symbol_module *module)
{
	return !symbol_is_libc(module->path) || has_plain_dwarf(module);
}

static void search(void *arg)
{
	struct search *s = arg;
	struct symbol_module *module = s->module;
	const struct module_symbol *symbol;
	struct symbol_frame *outer;

	if (!module->opened)
		module_open(module);
	if (module->file == NULL)
		return;
	/* Every program has the start-up code in its stacks, and nobody asks for its lines: no debug
	 * information need be read for it. */
	symbol = symbol_module_named(module, s->address);
	if (symbol == NULL || !(symbol->flags & FUNCTION_RUNTIME)) {
		if (!module->dwarf_read) {
			module->dwarf_read = true;
			if (wants_dwarf(module))
				module->dwarf = dwarf_source_open(module);
		}
		if (module->dwarf != NULL)
			s->n = dwarf_source_find(module->dwarf, s->address, s->frames);
	}
	s->n = MAX(s->n, 1);
	outer = &s->frames[s->n - 1];
	if (outer->function == NULL && symbol != NULL) {
		outer->function = symbol->name;
		outer->flags = symbol->flags;
	}
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
		if (frames[i].function == NULL)
			frames[i].flags = FUNCTION_NO_SYMBOL;
	return s.n;
}
