/* Reading an ELF file in pieces: its headers, the dynamic section, symbol tables. */
#include "record/elf_image.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

enum {
	SEGMENTS_MAX = 64 << 10, /* bytes of program headers; the kernel takes no more */
	SECTIONS_MAX = 4 << 20,  /* bytes of section headers */
	DYNAMIC_MAX = 1 << 20,   /* bytes of dynamic section */
	SYMBOLS_MAX = 64 << 20,  /* bytes of a symbol table, and of its strings */
};

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

static void read_name(int fd, u64 offset, char name[ELF_NAME_SIZE])
{
	name[read_some(fd, offset, name, ELF_NAME_SIZE - 1)] = '\0';
}

const ElfW(Phdr) * elf_segment(const struct elf_image *image, u32 type)
{
	for (size_t i = 0; i < image->n_segments; i++)
		if (image->segments[i].p_type == type)
			return &image->segments[i];
	return NULL;
}

/* Where in the file an address of the image is; 0: nowhere. */
static u64 file_offset(const struct elf_image *image, u64 address)
{
	for (size_t i = 0; i < image->n_segments; i++) {
		const ElfW(Phdr) *segment = &image->segments[i];

		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_filesz)
			return segment->p_offset + (address - segment->p_vaddr);
	}
	return 0;
}

size_t elf_header(struct elf_image *image, int fd)
{
	*image = (struct elf_image){.fd = fd};
	return read_some(fd, 0, &image->header, sizeof(image->header));
}

bool elf_image_read(struct elf_image *image)
{
	u64 size = (u64)image->header.e_phnum * sizeof(ElfW(Phdr));
	const ElfW(Phdr) * dynamic;

	if (image->header.e_phentsize != sizeof(ElfW(Phdr)))
		return false;
	image->segments = read_block(image->fd, image->header.e_phoff, size, SEGMENTS_MAX);
	if (image->segments == NULL)
		return false;
	image->n_segments = image->header.e_phnum;
	dynamic = elf_segment(image, PT_DYNAMIC);
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

void elf_image_free(struct elf_image *image)
{
	free(image->segments);
	free(image->dynamic);
}

char *elf_segment_text(const struct elf_image *image, const ElfW(Phdr) * segment, size_t max)
{
	return read_block(image->fd, segment->p_offset, segment->p_filesz, max);
}

bool elf_dynamic_name(const struct elf_image *image, i64 tag, size_t n, char name[ELF_NAME_SIZE])
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

void elf_symbols_read(const struct elf_image *image, u32 type, struct elf_symbols *symbols)
{
	u64 size = (u64)image->header.e_shnum * sizeof(ElfW(Shdr));
	ElfW(Shdr) *sections = NULL;

	*symbols = (struct elf_symbols){0};
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

void elf_symbols_free(struct elf_symbols *symbols)
{
	free(symbols->at);
	free(symbols->strings);
}

bool elf_symbols_define(const struct elf_symbols *symbols, const char *name)
{
	for (size_t i = 0; i < symbols->n; i++) {
		const ElfW(Sym) *symbol = &symbols->at[i];

		if (symbol->st_shndx != SHN_UNDEF && symbol->st_name < symbols->strings_size &&
		    strcmp(symbols->strings + symbol->st_name, name) == 0)
			return true;
	}
	return false;
}
