/* The ELF side of looking at a program. Headers are read by pread() into bounded buffers: a file that changes
 * meanwhile can give a wrong answer, but no fault. What a program is compared with is this program itself:
 * the library that it would get preloaded is built alike. */
#include "record/inspect_elf.h"

#include <elf.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "common/mem.h"

enum {
	SEGMENTS_MAX = 64 << 10, /* bytes of program headers; the kernel takes no more */
	SECTIONS_MAX = 4 << 20,  /* bytes of section headers */
	DYNAMIC_MAX = 1 << 20,   /* bytes of dynamic section */
	SYMBOLS_MAX = 64 << 20,  /* bytes of a symbol table, and of its strings */
	NAME_SIZE = 128,         /* of a library's or symbol's name, cut */
};

struct image {
	int fd;
	bool runs;
	ElfW(Ehdr) header;
	ElfW(Phdr) * segments;
	size_t n_segments;
	ElfW(Dyn) * dynamic;
	size_t n_dynamic;
	u64 strings; /* of the dynamic section, file offset; 0: none */
};

/* The header of the program that this code is in, put there by the linker. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

enum inspect_verdict inspect_say(struct inspect *out, enum inspect_verdict verdict, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(out->reason, sizeof(out->reason), format, args);
	va_end(args);
	out->verdict = verdict;
	return verdict;
}

/* Up to n bytes at an offset; returns how many there were. */
static size_t read_some(int fd, u64 offset, void *buffer, size_t n)
{
	size_t done = 0;

	while (done < n && offset + done <= INT64_MAX) {
		ssize_t got = pread(fd, (char *)buffer + done, n - done, (off_t)(offset + done));

		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

/* Exactly n bytes, into memory that the caller frees; NULL when there are fewer, or more than max are wanted.
 */
static void *read_block(int fd, u64 offset, u64 n, size_t max)
{
	char *block;

	if (n == 0 || n > max)
		return NULL;
	block = xmalloc(n + 1);
	if (read_some(fd, offset, block, n) != n) {
		free(block);
		return NULL;
	}
	block[n] = '\0';
	return block;
}

static void read_name(int fd, u64 offset, char name[NAME_SIZE])
{
	name[read_some(fd, offset, name, NAME_SIZE - 1)] = '\0';
}

static const ElfW(Phdr) * find_segment(const struct image *image, u32 type)
{
	for (size_t i = 0; i < image->n_segments; i++)
		if (image->segments[i].p_type == type)
			return &image->segments[i];
	return NULL;
}

/* Where in the file an address of the image is; 0: nowhere. */
static u64 file_offset(const struct image *image, u64 address)
{
	for (size_t i = 0; i < image->n_segments; i++) {
		const ElfW(Phdr) *segment = &image->segments[i];

		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_filesz)
			return segment->p_offset + (address - segment->p_vaddr);
	}
	return 0;
}

static bool read_image(struct image *image)
{
	u64 size = (u64)image->header.e_phnum * sizeof(ElfW(Phdr));
	const ElfW(Phdr) * dynamic;

	if (image->header.e_phentsize != sizeof(ElfW(Phdr)))
		return false;
	image->segments = read_block(image->fd, image->header.e_phoff, size, SEGMENTS_MAX);
	if (image->segments == NULL)
		return false;
	image->n_segments = image->header.e_phnum;
	dynamic = find_segment(image, PT_DYNAMIC);
	if (dynamic == NULL)
		return true;
	image->dynamic = read_block(image->fd, dynamic->p_offset, dynamic->p_filesz, DYNAMIC_MAX);
	if (image->dynamic != NULL)
		image->n_dynamic = dynamic->p_filesz / sizeof(ElfW(Dyn));
	for (size_t i = 0; i < image->n_dynamic && image->dynamic[i].d_tag != DT_NULL; i++)
		if (image->dynamic[i].d_tag == DT_STRTAB)
			image->strings = file_offset(image, image->dynamic[i].d_un.d_ptr);
	return true;
}

/* The n-th name that the dynamic section has under a tag. */
static bool dynamic_name(const struct image *image, i64 tag, size_t n, char name[NAME_SIZE])
{
	if (image->strings == 0)
		return false;
	for (size_t i = 0; i < image->n_dynamic && image->dynamic[i].d_tag != DT_NULL; i++) {
		if (image->dynamic[i].d_tag != tag || n-- > 0)
			continue;
		read_name(image->fd, image->strings + image->dynamic[i].d_un.d_val, name);
		return true;
	}
	return false;
}

static const char *machine_name(unsigned machine)
{
	static const struct {
		unsigned machine;
		const char *name;
	} machines[] = {
		{EM_386, "i386"},      {EM_X86_64, "x86-64"}, {EM_ARM, "ARM"},
		{EM_AARCH64, "ARM64"}, {EM_RISCV, "RISC-V"},  {EM_PPC64, "PowerPC"},
		{EM_S390, "s390"},     {EM_MIPS, "MIPS"},     {EM_LOONGARCH, "LoongArch"},
	};

	for (size_t i = 0; i < ARRAY_LEN(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return "unknown";
}

static bool is_foreign(const ElfW(Ehdr) * header, struct inspect *out)
{
	bool little = header->e_ident[EI_DATA] == ELFDATA2LSB;
	unsigned machine = little ? header->e_machine : __builtin_bswap16(header->e_machine);

	if (memcmp(header->e_ident, __ehdr_start.e_ident, EI_DATA + 1) == 0 &&
	    header->e_machine == __ehdr_start.e_machine)
		return false;
	inspect_say(out, INSPECT_FOREIGN, "a %s-bit program for another architecture (%s)",
		    header->e_ident[EI_CLASS] == ELFCLASS32 ? "32" : "64", machine_name(machine));
	return true;
}

/* This program's own loader; NULL when it has none. */
static const char *own_loader(void)
{
	const ElfW(Phdr) *segments = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	size_t n = segments != NULL ? getauxval(AT_PHNUM) : 0;
	const char *base = NULL;

	for (size_t i = 0; i < n; i++) {
		if (segments[i].p_type == PT_PHDR)
			base = (const char *)segments - segments[i].p_vaddr;
		if (segments[i].p_type == PT_INTERP && base != NULL)
			return base + segments[i].p_vaddr;
	}
	return NULL;
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static enum inspect_verdict check_loader(const struct image *image, const ElfW(Phdr) * segment,
					 struct inspect *out)
{
	const char *own = own_loader();
	char *loader = read_block(image->fd, segment->p_offset, segment->p_filesz, PATH_MAX);
	enum inspect_verdict verdict = INSPECT_OK;

	if (loader == NULL)
		return inspect_say(out, INSPECT_NOT_ELF, "a damaged program file");
	if (!image->runs && access(loader, F_OK) != 0)
		verdict = inspect_say(out, INSPECT_MISSING, "its loader %s is not found", loader);
	else if (own != NULL && strcmp(file_name(own), file_name(loader)) != 0)
		verdict = inspect_say(out, INSPECT_FOREIGN, "it uses another C library (loader %s)", loader);
	free(loader);
	return verdict;
}

/* The loader started as a program: it takes the library, and hands it to what it loads. */
static bool is_loader(const struct image *image)
{
	char name[NAME_SIZE];

	return dynamic_name(image, DT_SONAME, 0, name) && strncmp(name, "ld-", 3) == 0;
}

static const struct sanitizer {
	const char *name, *library, *library_of_clang, *symbol;
} sanitizers[] = {
	{"HWAddressSanitizer", "libhwasan.", "hwasan", "__hwasan_init"},
	{"AddressSanitizer", "libasan.", "asan", "__asan_init"},
	{"ThreadSanitizer", "libtsan.", "tsan", "__tsan_init"},
	{"MemorySanitizer", "libmsan.", "msan", "__msan_init"},
	{"LeakSanitizer", "liblsan.", "lsan", "__lsan_init"},
};

static enum inspect_verdict say_sanitizer(struct inspect *out, const struct sanitizer *sanitizer)
{
	return inspect_say(out, INSPECT_SANITIZER, "built with %s, which has an allocator of its own",
			   sanitizer->name);
}

static bool is_sanitizer_library(const struct sanitizer *sanitizer, const char *name)
{
	static const char prefix[] = "libclang_rt.";

	if (strncmp(name, sanitizer->library, strlen(sanitizer->library)) == 0)
		return true;
	return strncmp(name, prefix, strlen(prefix)) == 0 &&
	       strncmp(name + strlen(prefix), sanitizer->library_of_clang,
		       strlen(sanitizer->library_of_clang)) == 0;
}

static bool needs_sanitizer(const struct image *image, struct inspect *out)
{
	char name[NAME_SIZE];

	for (size_t n = 0; dynamic_name(image, DT_NEEDED, n, name); n++)
		for (size_t i = 0; i < ARRAY_LEN(sanitizers); i++)
			if (is_sanitizer_library(&sanitizers[i], name)) {
				say_sanitizer(out, &sanitizers[i]);
				return true;
			}
	return false;
}

struct symbols {
	ElfW(Sym) * at;
	size_t n;
	char *strings;
	size_t strings_size;
};

static void symbols_read(const struct image *image, u32 type, struct symbols *symbols)
{
	u64 size = (u64)image->header.e_shnum * sizeof(ElfW(Shdr));
	ElfW(Shdr) *sections = NULL;

	*symbols = (struct symbols){0};
	if (image->header.e_shentsize == sizeof(ElfW(Shdr)))
		sections = read_block(image->fd, image->header.e_shoff, size, SECTIONS_MAX);
	for (size_t i = 0; sections != NULL && i < image->header.e_shnum; i++) {
		const ElfW(Shdr) * strings;

		if (sections[i].sh_type != type || sections[i].sh_link >= image->header.e_shnum)
			continue;
		strings = &sections[sections[i].sh_link];
		symbols->at = read_block(image->fd, sections[i].sh_offset, sections[i].sh_size, SYMBOLS_MAX);
		symbols->strings = read_block(image->fd, strings->sh_offset, strings->sh_size, SYMBOLS_MAX);
		if (symbols->at != NULL && symbols->strings != NULL) {
			symbols->n = sections[i].sh_size / sizeof(ElfW(Sym));
			symbols->strings_size = strings->sh_size;
		}
		break;
	}
	free(sections);
}

static void symbols_free(struct symbols *symbols)
{
	free(symbols->at);
	free(symbols->strings);
}

static bool symbols_define(const struct symbols *symbols, const char *name)
{
	for (size_t i = 0; i < symbols->n; i++) {
		const ElfW(Sym) *symbol = &symbols->at[i];

		if (symbol->st_shndx != SHN_UNDEF && symbol->st_name < symbols->strings_size &&
		    strcmp(symbols->strings + symbol->st_name, name) == 0)
			return true;
	}
	return false;
}

/* A program that has a sanitizer linked into it defines malloc as well; not all of them export the name that
 * tells. */
static void check_allocator(const struct image *image, struct inspect *out)
{
	static const u32 tables[] = {SHT_DYNSYM, SHT_SYMTAB};
	struct symbols symbols;

	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		symbols_read(image, tables[t], &symbols);
		if (tables[t] == SHT_DYNSYM && symbols_define(&symbols, "malloc"))
			inspect_say(out, INSPECT_OWN_ALLOCATOR,
				    "it defines its own malloc, whose allocations may be unseen");
		for (size_t i = 0; out->verdict == INSPECT_OWN_ALLOCATOR && i < ARRAY_LEN(sanitizers); i++)
			if (symbols_define(&symbols, sanitizers[i].symbol))
				say_sanitizer(out, &sanitizers[i]);
		symbols_free(&symbols);
		if (out->verdict != INSPECT_OWN_ALLOCATOR)
			return;
	}
}

static void check_image(struct image *image, struct inspect *out)
{
	const ElfW(Phdr) * loader;

	if (!read_image(image)) {
		inspect_say(out, INSPECT_NOT_ELF, "a damaged program file");
		return;
	}
	loader = find_segment(image, PT_INTERP);
	if (loader == NULL) {
		if (!is_loader(image))
			inspect_say(out, INSPECT_STATIC,
				    "statically linked: the preload library can't be loaded");
		return;
	}
	if (check_loader(image, loader, out) == INSPECT_OK && !needs_sanitizer(image, out))
		check_allocator(image, out);
}

void inspect_elf(int fd, bool runs, struct inspect *out)
{
	struct image image = {.fd = fd, .runs = runs};
	size_t n = read_some(fd, 0, &image.header, sizeof(image.header));

	out->verdict = INSPECT_OK;
	if (n < sizeof(Elf32_Ehdr) || memcmp(image.header.e_ident, ELFMAG, SELFMAG) != 0) {
		inspect_say(out, INSPECT_NOT_ELF, "neither a program nor a script");
		return;
	}
	if (is_foreign(&image.header, out))
		return;
	if (n < sizeof(image.header) || (image.header.e_type != ET_EXEC && image.header.e_type != ET_DYN)) {
		inspect_say(out, INSPECT_NOT_ELF, "an ELF file, but not a program");
		return;
	}
	check_image(&image, out);
	free(image.segments);
	free(image.dynamic);
}
