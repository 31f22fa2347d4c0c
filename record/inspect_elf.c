/* The ELF side of looking at a program: what its headers (elf_image.c) mean for recording it. What a program
 * is compared with is this program itself: the library that it would get preloaded is built alike. */
#include "record/inspect_elf.h"

#include <elf.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "record/elf_image.h"

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

static enum inspect_verdict check_loader(const struct elf_image *image, const ElfW(Phdr) * segment, bool runs,
					 struct inspect *out)
{
	const char *own = own_loader();
	char *loader = elf_segment_text(image, segment, PATH_MAX);
	enum inspect_verdict verdict = INSPECT_OK;

	if (loader == NULL)
		return inspect_say(out, INSPECT_NOT_ELF, "a damaged program file");
	if (!runs && access(loader, F_OK) != 0)
		verdict = inspect_say(out, INSPECT_MISSING, "its loader %s is not found", loader);
	else if (own != NULL && strcmp(file_name(own), file_name(loader)) != 0)
		verdict = inspect_say(out, INSPECT_FOREIGN, "it uses another C library (loader %s)", loader);
	free(loader);
	return verdict;
}

/* The loader started as a program: it takes the library, and hands it to what it loads. */
static bool is_loader(const struct elf_image *image)
{
	char name[ELF_NAME_SIZE];

	return elf_dynamic_name(image, DT_SONAME, 0, name) && strncmp(name, "ld-", 3) == 0;
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

static bool needs_sanitizer(const struct elf_image *image, struct inspect *out)
{
	char name[ELF_NAME_SIZE];

	for (size_t n = 0; elf_dynamic_name(image, DT_NEEDED, n, name); n++)
		for (size_t i = 0; i < ARRAY_LEN(sanitizers); i++)
			if (is_sanitizer_library(&sanitizers[i], name)) {
				say_sanitizer(out, &sanitizers[i]);
				return true;
			}
	return false;
}

/* A program that has a sanitizer linked into it defines malloc as well; not all of them export the name that
 * tells. */
static void check_allocator(const struct elf_image *image, struct inspect *out)
{
	static const u32 tables[] = {SHT_DYNSYM, SHT_SYMTAB};
	struct elf_symbols symbols;

	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		elf_symbols_read(image, tables[t], &symbols);
		if (tables[t] == SHT_DYNSYM && elf_symbols_define(&symbols, "malloc"))
			inspect_say(out, INSPECT_OWN_ALLOCATOR,
				    "it defines its own malloc, whose allocations may be unseen");
		for (size_t i = 0; out->verdict == INSPECT_OWN_ALLOCATOR && i < ARRAY_LEN(sanitizers); i++)
			if (elf_symbols_define(&symbols, sanitizers[i].symbol))
				say_sanitizer(out, &sanitizers[i]);
		elf_symbols_free(&symbols);
		if (out->verdict != INSPECT_OWN_ALLOCATOR)
			return;
	}
}

static void check_image(struct elf_image *image, bool runs, struct inspect *out)
{
	const ElfW(Phdr) * loader;

	if (!elf_image_read(image)) {
		inspect_say(out, INSPECT_NOT_ELF, "a damaged program file");
		return;
	}
	loader = elf_segment(image, PT_INTERP);
	if (loader == NULL) {
		if (!is_loader(image))
			inspect_say(out, INSPECT_STATIC,
				    "statically linked: the preload library can't be loaded");
		return;
	}
	if (check_loader(image, loader, runs, out) == INSPECT_OK && !needs_sanitizer(image, out))
		check_allocator(image, out);
}

void inspect_elf(int fd, bool runs, struct inspect *out)
{
	struct elf_image image;
	size_t n = elf_header(&image, fd);

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
	check_image(&image, runs, out);
	elf_image_free(&image);
}
