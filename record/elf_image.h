/* What the headers of an ELF file say, which may be changing, damaged or made to harm: they are read by
 * pread() into bounded buffers, so that a file that changes meanwhile can give a wrong answer, but no
 * fault. */
#ifndef RECORD_ELF_IMAGE_H
#define RECORD_ELF_IMAGE_H

#include <link.h>

#include "common/types.h"

enum { ELF_NAME_SIZE = 128 /* of a library's or symbol's name, cut */ };

struct elf_image {
	int fd;
	ElfW(Ehdr) header;
	ElfW(Phdr) * segments;
	size_t n_segments;
	ElfW(Dyn) * dynamic;
	size_t n_dynamic;
	u64 strings; /* of the dynamic section, file offset; 0: none */
};

/* Reads the header alone; how many bytes of it there were. */
size_t elf_header(struct elf_image *image, int fd);
/* The rest, for a program of this very kind; false when it is damaged. elf_image_free() in any case. */
bool elf_image_read(struct elf_image *image);
void elf_image_free(struct elf_image *image);

const ElfW(Phdr) * elf_segment(const struct elf_image *image, u32 type);
/* What a segment holds, closed by NUL, in memory that the caller frees; NULL: it is empty, cut off or longer
 * than max. */
char *elf_segment_text(const struct elf_image *image, const ElfW(Phdr) * segment, size_t max);
/* The n-th name that the dynamic section has under a tag. */
bool elf_dynamic_name(const struct elf_image *image, i64 tag, size_t n, char name[ELF_NAME_SIZE]);

struct elf_symbols {
	ElfW(Sym) * at;
	size_t n;
	char *strings;
	size_t strings_size;
};
/* type: SHT_DYNSYM or SHT_SYMTAB; none are an empty table. */
void elf_symbols_read(const struct elf_image *image, u32 type, struct elf_symbols *symbols);
void elf_symbols_free(struct elf_symbols *symbols);
bool elf_symbols_define(const struct elf_symbols *symbols, const char *name);

#endif
