/* Where a module tells of its calls: whether it calls any of the hooks that compilers know, and which
 * functions begin with something that can become a jump (calls_patch.c): the nops of
 * -fpatchable-function-entry=N, N being 5 or more, of which the file's section headers tell (nothing does at
 * run time), and calls of __fentry__ and mcount by way of the module's table of addresses, which are found by
 * looking for their six bytes: no others lead there. */
#include "record/preload/calls.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>

#include "common/sys.h"

enum { CALL_BYTES = 6, NAME_BYTES = sizeof("__patchable_function_entries") };

EXPORT extern const u8 __fentry__[], mcount[];

static bool read_at(long fd, void *to, size_t bytes, u64 offset)
{
	return sys_call4(SYS_pread64, fd, to, bytes, offset) == (long)bytes;
}

/* The section in the file: its address there, and its bytes. */
static bool find_section(long fd, u64 *address, u64 *bytes)
{
	Elf64_Ehdr file;
	Elf64_Shdr names, section;
	char name[NAME_BYTES];
	if (!read_at(fd, &file, sizeof(file), 0) || memcmp(file.e_ident, ELFMAG, SELFMAG) != 0 ||
	    file.e_shentsize != sizeof(section) || file.e_shstrndx >= file.e_shnum ||
	    !read_at(fd, &names, sizeof(names), file.e_shoff + file.e_shstrndx * sizeof(names)))
		return false;
	for (u32 i = 0; i < file.e_shnum; i++) {
		if (!read_at(fd, &section, sizeof(section), file.e_shoff + i * sizeof(section)))
			return false;
		if (!(section.sh_flags & SHF_ALLOC) || section.sh_type == SHT_NOBITS ||
		    !read_at(fd, name, sizeof(name), names.sh_offset + section.sh_name) ||
		    memcmp(name, "__patchable_function_entries", NAME_BYTES) != 0)
			continue;
		*address = section.sh_addr;
		*bytes = section.sh_size;
		return true;
	}
	return false;
}

/* The length of the nop at this address, in any of the forms that compilers write; 0: it is none. */
static u32 nop_length(const u8 *at)
{
	u32 n = 0;
	while (n < 8 && (at[n] == 0x66 || at[n] == 0x2e))
		n++;
	if (at[n] == 0x90)
		return n + 1;
	if (at[n] != 0x0f || at[n + 1] != 0x1f)
		return 0;
	u8 mode = at[n + 2] >> 6;
	bool sib = mode != 3 && (at[n + 2] & 7) == 4;
	return n + 3 + sib + (mode == 1 ? 1 : mode == 2 ? 4 : 0);
}

/* The nops at the beginning of a function, or NULL where they are too few for a jump; *length: of those that
 * it takes the place of. */
static u8 *find_nops(u8 *at, u32 *length)
{
	static const u8 endbr[4] = {0xf3, 0x0f, 0x1e, 0xfa};
	if (memcmp(at, endbr, sizeof(endbr)) == 0)
		at += sizeof(endbr);
	*length = 0;
	while (*length < CALLS_JUMP_BYTES) {
		u32 n = nop_length(at + *length);
		if (!n)
			return NULL;
		*length += n;
	}
	return at;
}

static void find_entries(struct call_sites *s, const struct dl_phdr_info *info, const char *path)
{
	u64 address = 0, bytes = 0;
	long fd = sys_call3(SYS_open, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return;
	bool found = find_section(fd, &address, &bytes);
	sys_call3(SYS_close, fd, 0, 0);
	for (int i = 0; i < info->dlpi_phnum && found; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_LOAD || address < p->p_vaddr || address + bytes > p->p_vaddr + p->p_memsz)
			continue;
		s->entries = (const uintptr_t *)(info->dlpi_addr + address);
		s->n_entries = bytes / sizeof(uintptr_t);
	}
}

/* What the dynamic section has under a tag, or NULL. */
static const ElfW(Dyn) * dynamic(const struct dl_phdr_info *info, ElfW(Sxword) tag)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_DYNAMIC)
			continue;
		const ElfW(Dyn) *d = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
		while (d->d_tag != DT_NULL && d->d_tag != tag)
			d++;
		return d->d_tag == tag ? d : NULL;
	}
	return NULL;
}

/* glibc has mostly added the base already. */
static const void *dynamic_address(const struct dl_phdr_info *info, ElfW(Sxword) tag)
{
	const ElfW(Dyn) *d = dynamic(info, tag);
	if (!d)
		return NULL;
	return (const void *)(d->d_un.d_ptr < info->dlpi_addr ? info->dlpi_addr + d->d_un.d_ptr
							      : d->d_un.d_ptr);
}

static bool is_hook(const char *name)
{
	return strcmp(name, "__fentry__") == 0 || strcmp(name, "mcount") == 0 ||
	       strcmp(name, "_mcount") == 0 || strcmp(name, "__cyg_profile_func_enter") == 0;
}

bool calls_lacks_hook(const struct dl_phdr_info *info)
{
	const ElfW(Sym) *symbols = dynamic_address(info, DT_SYMTAB);
	const char *strings = dynamic_address(info, DT_STRTAB);
	const u32 *hash = dynamic_address(info, DT_GNU_HASH);
	/* Symbols that a module lacks come first in its table, before those that it has a hash of. */
	u32 lacking = symbols && strings && hash ? hash[1] : 0;
	for (u32 i = 1; i < lacking; i++)
		if (symbols[i].st_shndx == SHN_UNDEF && is_hook(strings + symbols[i].st_name))
			return true;
	return false;
}

/* The words of the module's table of addresses that hold those of our hooks. */
static void find_words(struct call_sites *s, const struct dl_phdr_info *info)
{
	const ElfW(Rela) *rela = dynamic_address(info, DT_RELA);
	const ElfW(Dyn) *bytes = dynamic(info, DT_RELASZ);
	size_t n = rela && bytes ? bytes->d_un.d_val / sizeof(*rela) : 0;
	for (size_t i = 0; i < n; i++) {
		uintptr_t word = info->dlpi_addr + rela[i].r_offset;
		if (ELF64_R_TYPE(rela[i].r_info) != R_X86_64_GLOB_DAT)
			continue;
		if (*(const uintptr_t *)word == (uintptr_t)__fentry__)
			s->fentry = word;
		if (*(const uintptr_t *)word == (uintptr_t)mcount)
			s->mcount = word;
	}
}

bool calls_sites_find(struct call_sites *s, const struct dl_phdr_info *info, const char *path, bool hooks)
{
	*s = (struct call_sites){0};
	find_entries(s, info, path);
	/* They may be running in another thread, and do as they are. */
	if (hooks && __libc_single_threaded)
		find_words(s, info);
	return s->n_entries || s->fentry || s->mcount;
}

static u32 add_site(struct call_site *to, u32 n, struct call_site site)
{
	if (to)
		to[n] = site;
	return n + 1;
}

/* What GCC puts around the call in functions that are nested in others: push %r10, pop %r10. */
static bool is_around(const u8 *before, const u8 *after)
{
	return before[0] == 0x41 && before[1] == 0x52 && after[0] == 0x41 && after[1] == 0x5a;
}

bool calls_nested(uintptr_t pc)
{
	const u8 *after = (const u8 *)pc;
	return after[0] == 0x41 && ((after[-5] == 0xe8 && is_around(after - 7, after)) ||
				    (after[-6] == 0xff && is_around(after - 8, after)));
}

u32 calls_sites_in(const struct call_sites *s, uintptr_t low, uintptr_t high, struct call_site *to)
{
	u32 n = 0, length;
	for (u64 i = 0; i < s->n_entries; i++) {
		uintptr_t entry = s->entries[i];
		u8 *nops = entry >= low && entry < high - 32 ? find_nops((u8 *)entry, &length) : NULL;
		if (nops)
			n = add_site(to, n, (struct call_site){nops, length, false});
	}
	u8 *at = (u8 *)low, *end = (u8 *)high - CALL_BYTES;
	for (; (s->fentry || s->mcount) && at < end && (at = memchr(at, 0xff, (size_t)(end - at))); at++) {
		i32 distance;
		memcpy(&distance, at + 2, sizeof(distance));
		uintptr_t word = (uintptr_t)at + CALL_BYTES + (uintptr_t)(i64)distance;
		if (at[1] != 0x15 || (word != s->fentry && word != s->mcount))
			continue;
		/* The hook keeps all registers. */
		u32 around = calls_nested((uintptr_t)at + CALL_BYTES) ? 2 : 0;
		n = add_site(to, n,
			     (struct call_site){at - around, CALL_BYTES + 2 * around, word == s->mcount});
	}
	return n;
}
