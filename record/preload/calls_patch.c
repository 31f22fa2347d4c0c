/* Functions built with -fpatchable-function-entry=N: their first instructions are N nops, which become a call
 * of
 * __fentry__ where N is 5 or more. Done when a module is first seen, before any of its functions runs in
 * another thread. Where the nops are the file's section headers lead to: nothing of that is told at run time
 * otherwise. */
#include "record/preload/calls.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

#include "record/preload/pages.h"

enum {
	CALL_BYTES = 5,
	NEAR_STEP = 1 << 20,
	NEAR_TRIES = 1500, /* steps: within what a call reaches */
	NAME_BYTES = sizeof("__patchable_function_entries"),
};

/* jmp *0(%rip), and the address that it goes to */
struct near_jump {
	u8 code[8];
	u64 to;
};

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

/* A page that a call from anywhere in the module reaches: below it, where a program's heap doesn't grow to.
 */
static struct near_jump *make_jump(uintptr_t start)
{
	static const u8 code[8] = {0xff, 0x25, 2, 0, 0, 0, 0xcc, 0xcc};
	uintptr_t at = start & ~(uintptr_t)(NEAR_STEP - 1);
	for (int i = 0; i < NEAR_TRIES && at > NEAR_STEP; i++, at -= NEAR_STEP) {
		long got = sys_call6(SYS_mmap, (long)(at - NEAR_STEP), PAGE_BYTES, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (got < 0)
			continue;
		struct near_jump *jump = (struct near_jump *)got;
		memcpy(jump->code, code, sizeof(code));
		jump->to = (uintptr_t)calls_fentry;
		if (sys_call3(SYS_mprotect, jump, PAGE_BYTES, PROT_READ | PROT_EXEC) == 0)
			return jump;
		pages_unmap(jump, PAGE_BYTES);
		return NULL;
	}
	return NULL;
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

/* The nops at the beginning of a function, or NULL where they are too few for a call; *length: of those that
 * it takes the place of. */
static u8 *find_nops(u8 *at, u32 *length)
{
	static const u8 endbr[4] = {0xf3, 0x0f, 0x1e, 0xfa};
	if (memcmp(at, endbr, sizeof(endbr)) == 0)
		at += sizeof(endbr);
	*length = 0;
	while (*length < CALL_BYTES) {
		u32 n = nop_length(at + *length);
		if (!n)
			return NULL;
		*length += n;
	}
	return at;
}

/* The entries that lie in [low, high), the only segment whose pages may be written to now. */
static u32 patch_range(const uintptr_t *entries, u64 n, uintptr_t low, uintptr_t high, uintptr_t module)
{
	struct near_jump *jump = NULL;
	u32 patched = 0;
	for (u64 i = 0; i < n; i++) {
		if (entries[i] < low || entries[i] >= high - 32)
			continue;
		u32 length;
		u8 *nops = find_nops((u8 *)entries[i], &length);
		if (!nops)
			continue;
		if (!jump)
			jump = make_jump(module);
		i64 distance = jump ? (i64)((uintptr_t)jump - (uintptr_t)nops - CALL_BYTES) : INT64_MAX;
		if (distance != (i32)distance)
			continue;
		i32 reach = (i32)distance;
		nops[0] = 0xe8;
		memcpy(nops + 1, &reach, sizeof(reach));
		memset(nops + CALL_BYTES, 0x90, length - CALL_BYTES);
		patched++;
	}
	return patched;
}

bool calls_patch(const struct dl_phdr_info *info, const char *path)
{
	u64 address = 0, bytes = 0;
	long fd = sys_call3(SYS_open, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	bool found = find_section(fd, &address, &bytes);
	sys_call3(SYS_close, fd, 0, 0);
	if (!found)
		return false;
	u32 patched = 0;
	bool readable = false;
	uintptr_t entries = info->dlpi_addr + address, module = UINTPTR_MAX;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;
		if (p->p_type != PT_LOAD)
			continue;
		module = MIN(module, start);
		readable |= entries >= start && entries + bytes <= start + p->p_memsz;
	}
	for (int i = 0; i < info->dlpi_phnum && readable; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr, end = start + p->p_memsz;
		uintptr_t page = start & ~(uintptr_t)(PAGE_BYTES - 1);
		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) || p->p_flags & PF_W ||
		    sys_call3(SYS_mprotect, page, end - page, PROT_READ | PROT_WRITE | PROT_EXEC) < 0)
			continue;
		patched += patch_range((const uintptr_t *)entries, bytes / sizeof(uintptr_t), start, end,
				       module);
		sys_call3(SYS_mprotect, page, end - page, PROT_READ | PROT_EXEC);
	}
	return patched != 0;
}
