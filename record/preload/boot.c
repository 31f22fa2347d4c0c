/* The library's first steps in a process: the real functions, a small area for blocks that are asked for
 * before those are known, the connection to the recorder, and taking our two variables out of the environment
 * again, so that the program sees its own (but for Go, which would not pass them on). All of it may happen
 * before any constructor has run, inside the very first malloc. */
#include "record/preload/calls.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/auxv.h>

#include "common/sys.h"
#include "record/preload/python.h"

struct real_functions real;
/* Compilers see no use of it. */
__attribute__((used)) void *real_syscall;
bool boot_done;
char boot_libraries[4096];
char boot_ring[64];

static bool booting;

/* Blocks before the real malloc is known (dlsym may ask for some). Never given back. Each is preceded by its
 * size. */
static struct {
	size_t used;
	u8 bytes[65536] __attribute__((aligned(64)));
} area;

/* The initial stack: argc, then the arguments, then the environment. Known before libc is. */
extern void *__libc_stack_end;

void *boot_alloc(size_t size, size_t alignment)
{
	size_t at = (area.used + sizeof(size_t) + alignment - 1) & ~(alignment - 1);
	if (size > sizeof(area.bytes) || at + size > sizeof(area.bytes))
		return NULL;
	area.used = at + size;
	memcpy(area.bytes + at - sizeof(size_t), &size, sizeof(size));
	return area.bytes + at;
}

bool boot_owns(const void *block)
{
	return (const u8 *)block >= area.bytes && (const u8 *)block < area.bytes + sizeof(area.bytes);
}

size_t boot_size(const void *block)
{
	size_t size;
	memcpy(&size, (const u8 *)block - sizeof(size), sizeof(size));
	return size;
}

/* Of our part of a list of libraries: this one, and maybe the one beside it that tells of waits. */
static size_t own_length(const char *list)
{
	static const char waits[] = "libmemtrace-waits.so";
	size_t first = strcspn(list, ": "), folder = first;
	while (folder && list[folder - 1] != '/')
		folder--;
	if (!list[first])
		return first;
	const char *second = list + first + 1;
	size_t length = strcspn(second, ": ");
	bool ours = length == folder + sizeof(waits) - 1 && memcmp(second, list, folder) == 0 &&
		    memcmp(second + folder, waits, sizeof(waits) - 1) == 0;
	return ours ? first + 1 + length : first;
}

/* Go's programs fork and execute past libc, and give children the environment that they came with. What has
 * Go in it says so in a note. */
static bool is_go(void)
{
	const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	size_t n = headers ? getauxval(AT_PHNUM) : 0;
	uintptr_t bias = 0;
	const void *desc;
	for (size_t i = 0; i < n; i++)
		if (headers[i].p_type == PT_PHDR)
			bias = (uintptr_t)headers - headers[i].p_vaddr;
	return module_note(headers, n, bias, "Go\0", 0, &desc);
}

/* Takes our entries out of the environment, in place, and keeps them for the exec hooks. leave: they stay in
 * the environment, too. False: there are none. */
static bool take_environment(char **env, bool leave)
{
	static const char preload[] = "LD_PRELOAD=";
	char **keep = env;
	bool found = false;
	for (char **e = env; *e; e++) {
		if (strncmp(*e, RING_ENV "=", sizeof(RING_ENV)) == 0) {
			size_t len = strlen(*e);
			if (len < sizeof(boot_ring)) {
				memcpy(boot_ring, *e, len + 1);
				found = true;
			}
			if (!leave)
				continue;
		}
		*keep++ = *e;
	}
	*keep = NULL;
	if (!found)
		return false;
	keep = env;
	for (char **e = env; *e; e++) {
		if (strncmp(*e, preload, sizeof(preload) - 1) == 0) {
			/* The exec that brought us here put us first. */
			char *list = *e + sizeof(preload) - 1;
			size_t ours = own_length(list);
			if (ours < sizeof(boot_libraries) && !boot_libraries[0])
				memcpy(boot_libraries, list, ours);
			if (!leave && !list[ours])
				continue;
			if (!leave)
				memmove(list, list + ours + 1, strlen(list + ours + 1) + 1);
		}
		*keep++ = *e;
	}
	*keep = NULL;
	return true;
}

static void tell_image(char **argv, int argc)
{
	char path[4096];
	long n = sys_call3(SYS_readlink, "/proc/self/exe", path, sizeof(path));
	guest_text(RING_TEXT_EXECUTABLE, NULL, 0, path, n > 0 ? (size_t)n : 0);
	/* The arguments lie in one piece on the initial stack. */
	if (argc > 0) {
		const char *end = argv[argc - 1] + strlen(argv[argc - 1]) + 1;
		if (end > argv[0])
			guest_text(RING_TEXT_COMMAND, NULL, 0, argv[0], (size_t)(end - argv[0]));
	}
}

/* Valgrind runs us as it runs the program, and puts its own allocator in the place of our hooks. It answers
 * to these instructions, which do nothing elsewhere. */
static bool runs_in_valgrind(void)
{
	u64 request[6] = {0x1001}, answer = 0;
	__asm__ volatile(
		"rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx"
		: "+d"(answer)
		: "a"(request)
		: "cc", "memory");
	return answer != 0;
}

static void connect_recorder(void)
{
	if (runs_in_valgrind())
		return;
	long argc = *(long *)__libc_stack_end;
	char **argv = (char **)__libc_stack_end + 1;
	bool go = is_go();
	if (!take_environment(argv + argc + 1, go) || !guest_connect())
		return;
	if (!(guest_header->flags & RING_CHILDREN)) {
		if (go)
			take_environment(argv + argc + 1, false);
		boot_libraries[0] = 0;
	}
	guest_recording = true;
	if (!(guest_header->flags & RING_EXACT))
		sampling_begin();
	tell_image(argv, (int)argc);
}

void boot(void)
{
	if (boot_done || booting)
		return;
	booting = true;
#define X(name) real.name = dlsym(RTLD_NEXT, #name);
	REAL_FUNCTIONS(X)
#undef X
	real_syscall = dlsym(RTLD_NEXT, "syscall");
	connect_recorder();
	boot_done = true;
	calls_start();
}

/* Exact calls were asked for, but nothing here can tell of any. */
static void begin_samples_instead(void)
{
	if (!guest_recording || !(guest_header->flags & RING_EXACT) || calls_able())
		return;
	sampling_begin();
	if (guest_self)
		sampling_attach(guest_self);
}

__attribute__((constructor(101))) static void boot_constructor(void)
{
	boot();
	search_begin();
	modules_scan();
	unseen_tell();
	python_find(NULL);
	calls_tell_ability();
	begin_samples_instead();
	if (guest_recording) {
		guest_watch_forks();
		exit_watch();
	}
}

__attribute__((destructor(101))) static void boot_destructor(void)
{
	/* What libc itself loaded meanwhile (name services, character sets) came past no hook. */
	modules_scan();
	calls_flush_all();
}
