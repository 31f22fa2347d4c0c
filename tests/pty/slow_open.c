/* Preloaded into the viewer: opening a trace waits for a byte from SLOW_OPEN_FD, and says something on
 * standard error when SLOW_OPEN_SAYS is set. So a test can look at what happens while a file is being read,
 * however fast the machine is. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void hold(const char *path)
{
	const char *end = strrchr(path, '.'), *fd = getenv("SLOW_OPEN_FD");
	const char *says = getenv("SLOW_OPEN_SAYS");
	char byte;

	if (fd && end && strcmp(end, ".zst") == 0 && read(atoi(fd), &byte, 1) < 0)
		abort();
	if (says && end && strcmp(end, ".zst") == 0 && write(STDERR_FILENO, says, strlen(says)) < 0)
		abort();
}

#define SLOW(name)                                                                                           \
	__attribute__((visibility("default"))) int name(const char *path, int flags, ...);                   \
	int name(const char *path, int flags, ...)                                                           \
	{                                                                                                    \
		int (*real)(const char *, int, ...);                                                         \
		mode_t mode = 0;                                                                             \
		va_list args;                                                                                \
                                                                                                             \
		*(void **)&real = dlsym(RTLD_NEXT, #name);                                                   \
		if (flags & (O_CREAT | __O_TMPFILE)) {                                                       \
			va_start(args, flags);                                                               \
			mode = va_arg(args, mode_t);                                                         \
			va_end(args);                                                                        \
		}                                                                                            \
		hold(path);                                                                                  \
		return real(path, flags, mode);                                                              \
	}

SLOW(open)
SLOW(open64)
