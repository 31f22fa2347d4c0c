/* Names of code that a process made itself, so that no file has them: compilers at run time that are asked to
 * (node --perf-basic-prof, java -XX:+DumpPerfMapAtExit, python -X perf, and others) write them for profilers
 * into /tmp/perf-PID.map, a line each: "START SIZE NAME", the numbers hexadecimal, PID as the process knows
 * it. They are looked up for addresses that no module covers, now and then while the process lives, and when
 * it has ended.
 *
 * Anybody may write into /tmp: the file must be the user's own or root's, no link, and of this recording.
 * What it says is still only the program's word: its size is bounded, and a line that makes no sense is
 * skipped. */
#include "record/jit_map.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/sys.h"

enum {
	BUFFER_SIZE = 64 << 10, /* a longer line is skipped */
	NAME_MAX_LEN = 4096,    /* of a longer name the end is cut off */
	PAUSE_NS = 1000000000,  /* between two looks, at least */
	PAUSE_FACTOR = 50,      /* a look takes no more than that part of the time */
};
#define FILE_MAX (256ULL << 20) /* bytes that are read */

/* Addresses that want names. */
struct names {
	struct lost_pcs *pcs; /* in order of their addresses */
	char **names;         /* by pc; NULL: none yet */
};

enum { LISTS = 2 }; /* of addresses, in a process */

static bool take_number(const char **at, const char *end, u64 *number)
{
	const char *digit = *at;
	if (end - digit > 2 && digit[0] == '0' && (digit[1] == 'x' || digit[1] == 'X'))
		digit += 2;
	const char *first = digit;
	for (*number = 0; digit < end && isxdigit((unsigned char)*digit); digit++) {
		if (*number >> 60)
			return false;
		*number = *number << 4 | (u64)(*digit <= '9' ? *digit - '0' : (*digit | 32) - 'a' + 10);
	}
	bool any = digit > first && digit < end && *digit == ' ';
	while (digit < end && *digit == ' ')
		digit++;
	*at = digit;
	return any;
}

/* Of two lines for an address the later one holds: the place was used again. A pc is behind the instruction
 * that it stands for, so it may be that of the code's end, but not of its start. */
static void name_code(struct names *names, u64 start, u64 end, const char *name, size_t len)
{
	const struct lost_pc *pcs = names->pcs->at;
	size_t low = 0, high = names->pcs->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (pcs[middle].address > start)
			high = middle;
		else
			low = middle + 1;
	}
	for (; low < names->pcs->n && pcs[low].address <= end; low++) {
		free(names->names[low]);
		names->names[low] = xstrndup(name, len);
	}
}

static void take_line(struct names *lists, const char *at, const char *end)
{
	u64 start, size;
	if (!take_number(&at, end, &start) || !take_number(&at, end, &size) || at == end ||
	    size > UINT64_MAX - start)
		return;
	for (size_t i = 0; i < LISTS; i++)
		name_code(&lists[i], start, start + size, at, MIN((size_t)(end - at), (size_t)NAME_MAX_LEN));
}

static void take_lines(struct names *lists, int fd)
{
	char *buffer = xmalloc(BUFFER_SIZE);
	bool too_long = false;
	size_t held = 0;
	ssize_t n;
	for (u64 at = 0; at < FILE_MAX; at += (u64)n) {
		n = pread(fd, buffer + held, BUFFER_SIZE - held, (off_t)at);
		if (n <= 0)
			break;
		held += (size_t)n;
		const char *line = buffer, *end;
		for (; (end = memchr(line, '\n', held)) != NULL; line = end + 1) {
			held -= (size_t)(end + 1 - line);
			if (!too_long)
				take_line(lists, line, end);
			too_long = false;
		}
		if (held == BUFFER_SIZE) {
			too_long = true;
			held = 0;
		}
		memmove(buffer, line, held);
	}
	free(buffer);
}

static bool is_trusted(const struct accounts *a, const struct process *p, int fd)
{
	char name[64];
	struct stat file, process;
	if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_mtime < a->begun)
		return false;
	if (file.st_uid == 0 || file.st_uid == geteuid())
		return true;
	snprintf(name, sizeof(name), "/proc/%u", p->entry.pid);
	return stat(name, &process) == 0 && process.st_uid == file.st_uid;
}

/* Opens the file as it is now, if it is there. It is held open: in another root, which may be a container's,
 * it can't be found any more when the process has ended. */
static void open_map(const struct accounts *a, struct process *p)
{
	enum { FLAGS = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY };
	char name[96];
	snprintf(name, sizeof(name), "/proc/%u/root/tmp/perf-%u.map", p->entry.pid, p->space_pid);
	int fd = open(name, FLAGS);
	if (fd < 0 && !p->pid_space)
		fd = open(strstr(name, "/tmp/"), FLAGS);
	if (fd >= 0 && !is_trusted(a, p, fd)) {
		close(fd);
		return;
	}
	if (fd >= 0 && p->jit_map >= 0)
		close(p->jit_map);
	p->jit_map = fd >= 0 ? fd : p->jit_map;
}

static int by_address(const void *a, const void *b)
{
	u64 left = ((const struct lost_pc *)a)->address, right = ((const struct lost_pc *)b)->address;
	return (left > right) - (left < right);
}

static void names_begin(struct names *names, struct lost_pcs *pcs)
{
	*names = (struct names){pcs, xcalloc(pcs->n + 1, sizeof(*names->names))};
	if (pcs->n > 0)
		qsort(pcs->at, pcs->n, sizeof(*pcs->at), by_address);
}

/* What has a name now is not looked for any more. */
static void names_end(struct accounts *a, struct names *names)
{
	struct lost_pcs *pcs = names->pcs;
	size_t keep = 0;
	for (size_t i = 0; i < pcs->n; i++) {
		if (names->names[i])
			stacks_pc_named(a->stacks, pcs->at[i].pc, names->names[i]);
		else
			pcs->at[keep++] = pcs->at[i];
		free(names->names[i]);
	}
	free(names->names);
	pcs->n = keep;
}

/* Names what `from`'s file has names for. */
static void name_lost(struct accounts *a, struct process *p, struct process *from)
{
	struct names lists[LISTS];
	open_map(a, from);
	if (from->jit_map < 0)
		return;
	names_begin(&lists[0], &p->lost_pcs);
	names_begin(&lists[1], &p->settled_pcs);
	take_lines(lists, from->jit_map);
	for (size_t i = 0; i < LISTS; i++)
		names_end(a, &lists[i]);
}

static bool has_lost(const struct process *p)
{
	return p->lost_pcs.n + p->settled_pcs.n > 0;
}

void jit_map_read(struct accounts *a, struct process *p)
{
	u64 began = sys_clock_ns(CLOCK_MONOTONIC);
	if (!p->lost_since_jit || began < p->jit_next_ns)
		return;
	p->lost_since_jit = false;
	name_lost(a, p, p);
	p->jit_next_ns = began + PAUSE_NS + PAUSE_FACTOR * (sys_clock_ns(CLOCK_MONOTONIC) - began);
}

/* A fork has its parent's code, and no lines for that in its own file. */
void jit_map_end(struct accounts *a, struct process *p)
{
	for (struct process *from = p; from && (from == p || has_lost(p)); from = from->forked_from) {
		if (has_lost(p))
			name_lost(a, p, from);
		if (from->ended && from->jit_map >= 0) {
			close(from->jit_map);
			from->jit_map = -1;
		}
	}
}
