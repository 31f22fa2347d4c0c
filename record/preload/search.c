/* Where dlopen and dlmopen look for a library. They look at their caller for the caller's own search path
 * (DT_RUNPATH, DT_RPATH, $ORIGIN). Called from a hook they would see this library's, which has none; so the
 * hooks search the caller's path themselves first, and stay within the order of the loader: what is loaded
 * under that name, DT_RPATH, LD_LIBRARY_PATH, DT_RUNPATH. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/sys.h"
#include "record/preload/guest.h"

/* Appends n bytes of s to path; false when they don't fit. */
static bool append(char *path, size_t size, size_t *at, const char *s, size_t n)
{
	if (*at + n >= size)
		return false;
	memcpy(path + *at, s, n);
	*at += n;
	path[*at] = 0;
	return true;
}

/* s with $ORIGIN replaced by the directory of the file origin. False for other tokens and where it doesn't
 * fit. */
static bool expand(char *path, size_t size, size_t *at, const char *s, size_t n, const char *origin)
{
	for (size_t i = 0; i < n;) {
		size_t token = strncmp(s + i, "$ORIGIN", 7) == 0     ? 7
			       : strncmp(s + i, "${ORIGIN}", 9) == 0 ? 9
								     : 0;
		if (token) {
			const char *slash = strrchr(origin, '/');
			if (!slash || !append(path, size, at, origin, (size_t)(slash - origin)))
				return false;
			i += token;
		} else if (s[i] == '$') {
			return false;
		} else if (!append(path, size, at, s + i++, 1)) {
			return false;
		}
	}
	return true;
}

/* Whether one of the directories has the file; then path is where. */
static bool search(const char *directories, const char *file, const char *origin, char *path, size_t size)
{
	for (const char *dir = directories; *dir;) {
		size_t len = strcspn(dir, ":;"), at = 0;
		if (len && expand(path, size, &at, dir, len, origin) && append(path, size, &at, "/", 1) &&
		    append(path, size, &at, file, strlen(file)) && sys_call3(SYS_access, path, R_OK, 0) == 0)
			return true;
		dir += len + (dir[len] != 0);
	}
	return false;
}

/* LD_LIBRARY_PATH as the loader read it: later the program may change it, or the place where it was. */
static char library_path[4096];

void search_begin(void)
{
	const char *directories = getenv("LD_LIBRARY_PATH");
	if (directories && strlen(directories) < sizeof(library_path))
		strcpy(library_path, directories);
}

/* The file that the caller's own search path leads to before anything else does; or NULL. */
static const char *caller_file(const char *file, void *caller, char *path, size_t size)
{
	Dl_info info;
	struct link_map *map = NULL;
	if (!file || !dladdr1(caller, &info, (void **)&map, RTLD_DL_LINKMAP) || !map || !map->l_ld)
		return NULL;
	char exe[4096];
	long n = sys_call3(SYS_readlink, "/proc/self/exe", exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = 0;
	const char *origin = map->l_name && *map->l_name ? map->l_name : exe;
	size_t at = 0;
	if (strchr(file, '/'))
		return strchr(file, '$') && expand(path, size, &at, file, strlen(file), origin) ? path : NULL;
	const char *strings = NULL;
	u64 runpath = 0, rpath = 0;
	for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_STRTAB)
			strings = (const char *)d->d_un.d_ptr;
		else if (d->d_tag == DT_RUNPATH)
			runpath = d->d_un.d_val;
		else if (d->d_tag == DT_RPATH)
			rpath = d->d_un.d_val;
	}
	if (!strings || !(runpath || rpath))
		return NULL;
	if (runpath && search(library_path, file, exe, path, size))
		return NULL;
	return search(strings + (runpath ? runpath : rpath), file, origin, path, size) ? path : NULL;
}

/* A library that is there under that name is the one, wherever others are. */
static bool is_loaded(Lmid_t space, const char *file)
{
	if (space == LM_ID_NEWLM || strchr(file, '/'))
		return false;
	guest_inside++;
	void *handle = REAL(dlmopen)(space, file, RTLD_LAZY | RTLD_NOLOAD);
	if (handle)
		REAL(dlclose)(handle);
	guest_inside--;
	return handle != NULL;
}

const char *search_file(Lmid_t space, const char *file, void *return_address, char path[SEARCH_PATH_SIZE])
{
	void *caller = (void *)unwind_original((uintptr_t)return_address);
	const char *found = caller_file(file, caller, path, SEARCH_PATH_SIZE);
	return found && !is_loaded(space, file) ? found : file;
}
