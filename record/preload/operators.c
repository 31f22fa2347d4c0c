/* Whether C++'s operators new and delete go past malloc. Libraries that are allocators (jemalloc, tcmalloc,
 * mimalloc) define the operators, too, and these call no malloc that we could see. It is told where anything
 * in the process is C++: R6, what was not seen is said. Ours can't stand before the operators: C++ may come
 * late and in a scope of its own, where we could not find the ones to go to. */
#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "record/preload/guest.h"

static uintptr_t library_of(const void *address)
{
	Dl_info info;
	return address && dladdr(address, &info) ? (uintptr_t)info.dli_fbase : 0;
}

static bool needs_cxx(const struct link_map *map)
{
	static const char cxx[] = "libstdc++.so";
	const char *strings = NULL;
	for (const ElfW(Dyn) *d = map->l_ld; d && d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_STRTAB)
			strings = (const char *)d->d_un.d_ptr;
	for (const ElfW(Dyn) *d = map->l_ld; d && strings && d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_NEEDED && strncmp(strings + d->d_un.d_val, cxx, sizeof(cxx) - 1) == 0)
			return true;
	return false;
}

void operators_tell(void)
{
	static bool told;
	uintptr_t allocator = library_of(real.malloc);
	if (told || !guest_recording || !(guest_header->flags & RING_MEMORY))
		return;
	for (const struct link_map *map = _r_debug.r_map; map; map = map->l_next) {
		/* Only now: a symbol that is not there would be an error for the program to see. */
		if (map->l_addr == allocator || !needs_cxx(map))
			continue;
		if (library_of(dlsym(RTLD_DEFAULT, "_Znwm")) == allocator) {
			told = true;
			guest_note(RING_NOTE_OPERATORS, 1);
		}
		return;
	}
}
