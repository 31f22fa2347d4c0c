/* Functions built with -fpatchable-function-entry=N: their first instructions are N nops, which become a jump
 * to a stub of theirs, and from there to calls_jumped, where N is 5 or more. Done when a module is first
 * seen, before any of its functions runs in another thread. Where the nops are the file's section headers
 * lead to: nothing of that is told at run time otherwise. */
#include "record/preload/calls.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

#include "record/preload/pages.h"

enum {
	JUMP_BYTES = 5,
	NEAR_STEP = 1 << 20,
	NEAR_TRIES = 1500, /* steps: within what a jump reaches */
	NAME_BYTES = sizeof("__patchable_function_entries"),
};

/* By function, what its jump leads to; and the address that they go on to: movabs $after, %r11; jmp *to(%rip)
 */
struct near_stubs {
	u64 to;
	struct near_stub {
		u8 load[2];
		u8 after[8]; /* where the function goes on */
		u8 jump[2];
		u8 distance[4];
	} at[];
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

/* Pages that a jump from anywhere in the module reaches: below it, where a program's heap doesn't grow to. */
static struct near_stubs *map_near(uintptr_t start, size_t bytes)
{
	uintptr_t at = start & ~(uintptr_t)(NEAR_STEP - 1);
	for (int i = 0; i < NEAR_TRIES && at > NEAR_STEP + bytes; i++, at -= NEAR_STEP) {
		long got = sys_call6(SYS_mmap, (long)(at - bytes), (long)bytes, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (got >= 0)
			return (struct near_stubs *)got;
	}
	return NULL;
}

static void make_stub(struct near_stubs *stubs, u64 i, uintptr_t after)
{
	static const struct near_stub code = {.load = {0x49, 0xbb}, .jump = {0xff, 0x25}};
	struct near_stub *stub = &stubs->at[i];
	i32 distance = (i32)((uintptr_t)&stubs->to - (uintptr_t)(stub + 1));
	*stub = code;
	memcpy(stub->after, &after, sizeof(after));
	memcpy(stub->distance, &distance, sizeof(distance));
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
	while (*length < JUMP_BYTES) {
		u32 n = nop_length(at + *length);
		if (!n)
			return NULL;
		*length += n;
	}
	return at;
}

static u8 *nops_in(uintptr_t entry, uintptr_t low, uintptr_t high, u32 *length)
{
	return entry >= low && entry < high - 32 ? find_nops((u8 *)entry, length) : NULL;
}

/* The entries that lie in [low, high), the only segment whose pages may be written to now. */
static u32 patch_range(const uintptr_t *entries, u64 n, uintptr_t low, uintptr_t high, uintptr_t module)
{
	size_t bytes = sizeof(struct near_stubs) + n * sizeof(struct near_stub);
	bytes = (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
	struct near_stubs *stubs = map_near(module, bytes);
	u32 length, patched = 0;
	if (!stubs)
		return 0;
	stubs->to = (uintptr_t)calls_jumped;
	for (u64 i = 0; i < n; i++) {
		u8 *nops = nops_in(entries[i], low, high, &length);
		if (nops)
			make_stub(stubs, i, (uintptr_t)nops + JUMP_BYTES);
	}
	if (sys_call3(SYS_mprotect, stubs, bytes, PROT_READ | PROT_EXEC) < 0) {
		pages_unmap(stubs, bytes);
		return 0;
	}
	for (u64 i = 0; i < n; i++) {
		u8 *nops = nops_in(entries[i], low, high, &length);
		i64 distance =
			nops ? (i64)((uintptr_t)&stubs->at[i] - (uintptr_t)nops - JUMP_BYTES) : INT64_MAX;
		i32 reach = (i32)distance;
		if (distance != reach)
			continue;
		nops[0] = 0xe9;
		memcpy(nops + 1, &reach, sizeof(reach));
		memset(nops + JUMP_BYTES, 0x90, length - JUMP_BYTES);
		patched++;
	}
	if (!patched)
		pages_unmap(stubs, bytes);
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
