/* Which files are mapped where: told to the recorder when they come and when they go, so that it can give
 * each code address to the right file even where two follow each other at one address. Scans run in the
 * constructor and after dlopen and dlclose, never on the path of malloc. */
#include "record/preload/calls.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/sys.h"
#include "record/preload/python.h"

struct module {
	u64 bias, start, end;
	u64 file; /* which_file() */
	u32 seen; /* scan that saw it last */
};

static struct module *modules;
static size_t n_modules, cap_modules;
static u32 scan_number;
static u32 scanning, scan_again;

void modules_forked(void)
{
	scanning = scan_again = 0;
}

static bool grow(void)
{
	size_t cap = cap_modules ? cap_modules * 2 : 170;
	struct module *more =
		sys_mmap(cap * sizeof(*more), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (!more)
		return false;
	memcpy(more, modules, n_modules * sizeof(*more));
	if (modules)
		sys_call3(SYS_munmap, modules, cap_modules * sizeof(*modules), 0);
	modules = more;
	cap_modules = cap;
	return true;
}

const ElfW(Nhdr) * module_note(const ElfW(Phdr) * headers, size_t n, uintptr_t bias, const char owner[4],
			       u32 type, const void **desc)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = (const char *)(bias + headers[i].p_vaddr), *end = at + headers[i].p_memsz;
		if (headers[i].p_type != PT_NOTE)
			continue;
		while (at + sizeof(ElfW(Nhdr)) <= end) {
			const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
			const char *name = at + sizeof(*note);
			at = name + ((note->n_namesz + 3) & ~3u);
			if (at + note->n_descsz > end)
				break;
			*desc = at;
			if (note->n_namesz == 4 && memcmp(name, owner, 4) == 0 &&
			    (!type || note->n_type == type))
				return note;
			at += (note->n_descsz + 3) & ~3u;
		}
	}
	return NULL;
}

static void find_build_id(const struct dl_phdr_info *info, struct ring_module *out)
{
	const void *id;
	const ElfW(Nhdr) *note =
		module_note(info->dlpi_phdr, info->dlpi_phnum, info->dlpi_addr, "GNU", NT_GNU_BUILD_ID, &id);
	if (note && note->n_descsz <= sizeof(out->build_id)) {
		out->build_id_len = note->n_descsz;
		memcpy(out->build_id, id, note->n_descsz);
	}
}

/* A hash of its name and build id: one file may take the place of another, of the same size, between two
 * scans. */
static u64 which_file(const char *name, const struct ring_module *m)
{
	u64 hash = 0xcbf29ce484222325;
	for (; *name; name++)
		hash = (hash ^ (u8)*name) * 0x100000001b3;
	for (u32 i = 0; i < m->build_id_len; i++)
		hash = (hash ^ m->build_id[i]) * 0x100000001b3;
	return hash;
}

/* Programs that embed Python may load it late. */
static bool python_came;
static bool is_python(const char *path)
{
	const char *slash = strrchr(path, '/');
	return strncmp(slash ? slash + 1 : path, "libpython3", 10) == 0;
}

static int see_module(struct dl_phdr_info *info, size_t size, void *first)
{
	(void)size;
	u64 start = UINT64_MAX, end = 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_LOAD)
			continue;
		start = MIN(start, info->dlpi_addr + p->p_vaddr);
		end = MAX(end, info->dlpi_addr + p->p_vaddr + p->p_memsz);
	}
	bool main_program = *(bool *)first;
	*(bool *)first = false;
	if (start >= end)
		return 0;
	struct ring_module m = {.bias = info->dlpi_addr, .start = start, .end = end};
	find_build_id(info, &m);
	const char *name = info->dlpi_name ? info->dlpi_name : "";
	u64 file = which_file(name, &m);
	for (size_t i = 0; i < n_modules; i++) {
		if (modules[i].start == start && modules[i].end == end && modules[i].file == file) {
			modules[i].seen = scan_number;
			return 0;
		}
	}
	if (n_modules == cap_modules && !grow())
		return 0;
	modules[n_modules++] = (struct module){info->dlpi_addr, start, end, file, scan_number};

	char path[4096];
	size_t len = strlen(name);
	if (main_program && !len) {
		long n = sys_call3(SYS_readlink, "/proc/self/exe", path, sizeof(path) - 1);
		name = path;
		len = n > 0 ? (size_t)n : 0;
		path[len] = 0;
	}
	m.path_len = (u32)len;
	python_came |= is_python(name);
	calls_see_module(info, main_program ? "/proc/self/exe" : name);
	guest_text(RING_TEXT_MODULE, &m, sizeof(m), name, len);
	return 0;
}

/* Whether another one has come to the place of a module; that was told, and says that this one has gone. */
static bool replaced(u64 start)
{
	for (size_t i = 0; i < n_modules; i++)
		if (modules[i].start == start && modules[i].seen == scan_number)
			return true;
	return false;
}

static void forget_gone(void)
{
	size_t keep = 0;
	bool gone = false;
	for (size_t i = 0; i < n_modules; i++) {
		if (modules[i].seen == scan_number)
			continue;
		if (!replaced(modules[i].start))
			guest_note(RING_NOTE_MODULE_GONE, modules[i].start);
		gone = true;
	}
	for (size_t i = 0; i < n_modules; i++)
		if (modules[i].seen == scan_number)
			modules[keep++] = modules[i];
	n_modules = keep;
	/* Rules and trees that know addresses of it are stale, in all threads. */
	if (gone) {
		__atomic_add_fetch(&guest_modules, 1, __ATOMIC_RELEASE);
		calls_modules_gone();
	}
}

void modules_scan(void)
{
	if (!guest_recording)
		return;
	/* One thread scans; it must not wait for another while either may hold the loader's lock. What the
	 * other will find is not known yet: so nothing that is known of addresses is relied on. */
	__atomic_store_n(&scan_again, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&scan_again, __ATOMIC_SEQ_CST)) {
		if (__atomic_exchange_n(&scanning, 1, __ATOMIC_SEQ_CST)) {
			__atomic_add_fetch(&guest_modules, 1, __ATOMIC_RELEASE);
			return;
		}
		__atomic_store_n(&scan_again, 0, __ATOMIC_SEQ_CST);
		scan_number++;
		bool first = true;
		guest_inside++;
		dl_iterate_phdr(see_module, &first);
		guest_inside--;
		forget_gone();
		__atomic_store_n(&scanning, 0, __ATOMIC_SEQ_CST);
	}
}

EXPORT void *dlopen(const char *file, int mode)
{
	boot();
	char path[SEARCH_PATH_SIZE];
	void *handle = REAL(dlopen)(search_file(LM_ID_BASE, file, __builtin_return_address(0), path), mode);
	modules_scan();
	unseen_tell();
	if (handle && python_came)
		python_find(handle);
	if (handle)
		python_greenlets(handle);
	return handle;
}

EXPORT void *dlmopen(Lmid_t space, const char *file, int mode)
{
	boot();
	char path[SEARCH_PATH_SIZE];
	void *handle =
		REAL(dlmopen)(space, search_file(space, file, __builtin_return_address(0), path), mode);
	modules_scan();
	if (handle && space != LM_ID_BASE)
		unseen_namespace();
	return handle;
}

EXPORT int dlclose(void *handle)
{
	boot();
	calls_flush_mine();
	int result = REAL(dlclose)(handle);
	modules_scan();
	return result;
}
