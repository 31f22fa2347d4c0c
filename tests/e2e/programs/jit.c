/* Makes functions at run time, tells profilers of them in /tmp/perf-PID.map, and has them allocate and run.
 * usage: jit [link|old|fork|seen]: the map is a link; is older than the program; the functions run in a fork,
 * which has no map; the map is taken away once somebody has read it. */
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SPINS = 30000000 };

/* push %rbp; mov %rsp, %rbp; call *%rsi; pop %rbp; ret */
static const unsigned char work[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd6, 0x5d, 0xc3};
/* push %rbp; mov %rsp, %rbp; 1: dec %rdi; jnz 1b; pop %rbp; ret */
static const unsigned char spin[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x5d, 0xc3};

typedef void *work_function(size_t bytes, void *(*allocate)(size_t));
typedef void spin_function(long turns);

static void *volatile kept;
static char map[64];

static void *make(unsigned char **at, const unsigned char *code, size_t size)
{
	void *made = memcpy(*at, code, size);
	*at += size;
	return made;
}

static void write_map(const char *how, const void *worker, const void *spinner)
{
	char real[80];
	snprintf(map, sizeof(map), "/tmp/perf-%d.map", (int)getpid());
	snprintf(real, sizeof(real), "%s%s", map, strcmp(how, "link") == 0 ? ".real" : "");
	FILE *f = fopen(real, "w");
	fprintf(f, "nonsense\n%lx\n-1 -1 negative\n%lx ffffffffffffffff too_large\n%lx %zx \n", (long)worker,
		(long)worker, (long)worker, sizeof(work));
	fprintf(f, "%70000s\n", "a line that is too long");
	fprintf(f, "%lx %zx an older one\n", (long)worker, sizeof(work));
	fprintf(f, "%lx %zx JS:*worker /tmp/a file.js:1:2\n", (long)worker, sizeof(work));
	fprintf(f, "0x%lx %zx _Z7spinnerl\n%lx 10 no_line_end", (long)spinner, sizeof(spin), (long)spinner);
	fclose(f);
	if (strcmp(how, "link") == 0 && symlink(real, map) != 0)
		exit(1);
	if (strcmp(how, "old") == 0)
		utimensat(0, real, (const struct timespec[2]){{1, 0}, {1, 0}}, 0);
}

static void use(work_function *worker, spin_function *spinner)
{
	for (int i = 0; i < 3; i++)
		kept = worker(100, malloc);
	spinner(SPINS);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	unsigned char *code =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		return 77;
	work_function *worker = (work_function *)make(&code, work, sizeof(work));
	spin_function *spinner = (spin_function *)make(&code, spin, sizeof(spin));
	write_map(how, (void *)worker, (void *)spinner);
	int events = inotify_init(), status = 0;
	if (strcmp(how, "seen") == 0 && inotify_add_watch(events, map, IN_ACCESS) < 0)
		return 77;
	if (strcmp(how, "fork") != 0 || fork() == 0)
		use(worker, spinner);
	else
		wait(&status);
	void *library = dlopen("libm.so.6", RTLD_NOW);
	if (library)
		dlclose(library);
	/* A limit: it might never be read, and the first process of a namespace ignores an alarm. */
	struct pollfd seen = {.fd = events, .events = POLLIN};
	if (strcmp(how, "seen") == 0 && (poll(&seen, 1, 50000) != 1 || unlink(map) != 0))
		return 1;
	return status != 0;
}
