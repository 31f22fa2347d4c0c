/* What is allocated past our malloc: what was not seen is said.
 *
 * An executable that exports a malloc of its own stands before all libraries, and so before ours.
 *
 * Libraries that are allocators (jemalloc, tcmalloc, mimalloc) define C++'s operators new and delete, too,
 * and these call no malloc that we could see. It is told where anything in the process is C++. Ours can't
 * stand before the operators: C++ may come late and in a scope of its own, where we could not find the ones
 * to go to.
 *
 * What dlmopen loads into a namespace of its own has all its libraries there once more, the C library, too,
 * and not ours. */
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <string.h>

#include "record/preload/guest.h"

static uintptr_t library_of(const void *address)
{
	Dl_info info;
	return address && dladdr(address, &info) ? (uintptr_t)info.dli_fbase : 0;
}

static bool is_cxx(const char *library)
{
	static const char cxx[] = "libstdc++.so";
	return strncmp(library, cxx, sizeof(cxx) - 1) == 0;
}

/* Stops at a module, other than the allocator, that needs C++'s library. */
static int find_cxx(struct dl_phdr_info *info, size_t size, void *allocator)
{
	const ElfW(Dyn) *dynamic = NULL;
	const char *strings = NULL;
	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			dynamic = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	if (!dynamic || info->dlpi_addr == *(uintptr_t *)allocator)
		return 0;
	for (const ElfW(Dyn) *d = dynamic; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_STRTAB)
			strings = (const char *)d->d_un.d_ptr;
	/* The vDSO's is not where it says. */
	if ((uintptr_t)strings < info->dlpi_addr)
		return 0;
	for (const ElfW(Dyn) *d = dynamic; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_NEEDED && is_cxx(strings + d->d_un.d_val))
			return 1;
	return 0;
}

/* At a fixed address, an executable that only takes malloc's address has an entry for it, too, which leads to
 * ours. */
static bool own_malloc(void)
{
	Dl_info info;
	const ElfW(Sym) *symbol = NULL;
	void *found = dlsym(RTLD_DEFAULT, "malloc");
	return found && dladdr1(found, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol &&
	       symbol->st_shndx != SHN_UNDEF && (uintptr_t)info.dli_fbase != library_of(&guest_recording);
}

static void tell_malloc(void)
{
	static bool asked;
	if (!asked && own_malloc())
		guest_note(RING_NOTE_UNSEEN, RING_UNSEEN_MALLOC);
	asked = true;
}

static void tell_operators(void)
{
	static bool told;
	if (told)
		return;
	uintptr_t allocator = library_of(real.malloc);
	if (allocator == library_of(gnu_get_libc_version()) || !dl_iterate_phdr(find_cxx, &allocator))
		return;
	/* Only now: a symbol that is not there would be an error for the program to see. */
	if (library_of(dlsym(RTLD_DEFAULT, "_Znwm")) == allocator) {
		told = true;
		guest_note(RING_NOTE_UNSEEN, RING_UNSEEN_OPERATORS);
	}
}

static bool tells(void)
{
	return guest_recording && guest_header->flags & RING_MEMORY;
}

void unseen_namespace(void)
{
	static u32 told;
	if (tells() && !__atomic_exchange_n(&told, 1, __ATOMIC_RELAXED))
		guest_note(RING_NOTE_UNSEEN, RING_UNSEEN_NAMESPACE);
}

void unseen_tell(void)
{
	if (!tells())
		return;
	tell_malloc();
	tell_operators();
}
