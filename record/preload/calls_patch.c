/* Functions that begin with something that can become a jump (calls_sites.c) jump to a stub of theirs, and
 * from there to their hook. Done when a module is first seen, before any of its functions runs in another
 * thread. */
#include "record/preload/calls.h"

#include <string.h>
#include <sys/mman.h>

#include "record/preload/pages.h"

enum {
	NEAR_STEP = 1 << 20,
	NEAR_TRIES = 1500, /* steps: within what a jump reaches */
};

/* By function, what its jump leads to; and the addresses that they go on to: movabs $after, %r11; jmp
 * *to(%rip) */
struct near_stubs {
	u64 jumped, framed;
	struct near_stub {
		u8 load[2];
		u8 after[8]; /* where the function goes on */
		u8 jump[2];
		u8 distance[4];
	} at[];
};

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

static void make_stub(struct near_stubs *stubs, u32 i, const struct call_site *site)
{
	static const struct near_stub code = {.load = {0x49, 0xbb}, .jump = {0xff, 0x25}};
	struct near_stub *stub = &stubs->at[i];
	const u64 *to = site->framed ? &stubs->framed : &stubs->jumped;
	i32 distance = (i32)((uintptr_t)to - (uintptr_t)(stub + 1));
	uintptr_t after = (uintptr_t)site->at + site->length;
	*stub = code;
	memcpy(stub->after, &after, sizeof(after));
	memcpy(stub->distance, &distance, sizeof(distance));
}

static u32 patch(const struct call_site *sites, u32 n, uintptr_t module)
{
	size_t bytes = pages_round(sizeof(struct near_stubs) + n * sizeof(struct near_stub));
	struct near_stubs *stubs = map_near(module, bytes);
	u32 patched = 0;
	if (!stubs)
		return 0;
	stubs->jumped = (uintptr_t)calls_jumped;
	stubs->framed = (uintptr_t)calls_framed;
	for (u32 i = 0; i < n; i++)
		make_stub(stubs, i, &sites[i]);
	if (sys_call3(SYS_mprotect, stubs, bytes, PROT_READ | PROT_EXEC) < 0) {
		pages_unmap(stubs, bytes);
		return 0;
	}
	for (u32 i = 0; i < n; i++) {
		u8 *at = sites[i].at;
		i64 distance = (i64)((uintptr_t)&stubs->at[i] - (uintptr_t)at - CALLS_JUMP_BYTES);
		i32 reach = (i32)distance;
		if (distance != reach)
			continue;
		at[0] = 0xe9;
		memcpy(at + 1, &reach, sizeof(reach));
		memset(at + CALLS_JUMP_BYTES, 0x90, sites[i].length - CALLS_JUMP_BYTES);
		patched++;
	}
	if (!patched)
		pages_unmap(stubs, bytes);
	return patched;
}

/* [start, end): a segment of the module. */
static u32 patch_segment(const struct call_sites *found, uintptr_t start, uintptr_t end, uintptr_t module)
{
	u32 n = calls_sites_in(found, start, end, NULL), patched = 0;
	struct call_site *sites = n ? pages_map(n * sizeof(*sites)) : NULL;
	uintptr_t page = start & ~(uintptr_t)(PAGE_BYTES - 1);
	if (!sites)
		return 0;
	calls_sites_in(found, start, end, sites);
	if (sys_call3(SYS_mprotect, page, end - page, PROT_READ | PROT_WRITE | PROT_EXEC) == 0) {
		patched = patch(sites, n, module);
		sys_call3(SYS_mprotect, page, end - page, PROT_READ | PROT_EXEC);
	}
	pages_unmap(sites, n * sizeof(*sites));
	return patched;
}

bool calls_patch(const struct dl_phdr_info *info, const char *path, bool hooks)
{
	struct call_sites found;
	uintptr_t module = UINTPTR_MAX;
	u32 patched = 0;
	if (!calls_sites_find(&found, info, path, hooks))
		return false;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD)
			module = MIN(module, info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;
		if (p->p_type == PT_LOAD && (p->p_flags & (PF_X | PF_W)) == PF_X)
			patched += patch_segment(&found, start, start + p->p_memsz, module);
	}
	return patched != 0;
}
