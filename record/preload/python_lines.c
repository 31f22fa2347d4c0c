/* The activations of marked functions: those that a thread is in, innermost first, and generators and
 * coroutines that sleep. An event says which frame it is of; what lies above that on the thread's list was
 * left without an event (a switch of greenlets, a program that took our events away). */
#include "record/preload/python_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "record/preload/pages.h"

enum {
	BUCKETS = 512,
	TELL_NS = 100 * 1000 * 1000,
};

struct activation {
	uintptr_t frame;
	struct line_table *table;
	u32 line; /* 0: none so far */
	u32 level;
	u64 before; /* resident memory when the line began, or went on */
	u64 start_ns, start_rss;
	bool outermost;
	struct activation *outer; /* on its thread; or the next that sleeps, or is free */
};

static __thread struct activation *active;
static struct activation *sleeping[BUCKETS];
static struct activation *unused;
static u64 told_ns;

/* As others measure it, less what the thread's own ring has grown: its pages are the program's, too. */
static u64 resident(void)
{
	static u64 last;
	char text[128];
	long fd = sys_call3(SYS_open, "/proc/self/statm", O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return last;
	long n = sys_call3(SYS_read, fd, text, sizeof(text));
	sys_call3(SYS_close, fd, 0, 0);
	long i = 0;
	u64 pages = 0;
	while (i < n && text[i] != ' ')
		i++;
	for (i++; i < n && text[i] >= '0' && text[i] <= '9'; i++)
		pages = pages * 10 + (u64)(text[i] - '0');
	u64 own = guest_self ? MIN(guest_self->head, (u64)RING_WORDS) * 8 / PAGE_BYTES : 0;
	last = pages > own ? (pages - own) * PAGE_BYTES : 0;
	return last;
}

static void tell_all(u64 now)
{
	told_ns = now;
	lines_tell_changed();
}

/* activations */

static struct activation **bucket_of(uintptr_t frame)
{
	return &sleeping[((frame >> 4) * 0x9e3779b97f4a7c15 >> 32) % BUCKETS];
}

static void put_to_sleep(struct activation *a)
{
	struct activation **bucket = bucket_of(a->frame);
	a->outer = *bucket;
	*bucket = a;
}

static struct activation *wake(uintptr_t frame)
{
	for (struct activation **at = bucket_of(frame); *at; at = &(*at)->outer) {
		struct activation *a = *at;
		if (a->frame == frame) {
			*at = a->outer;
			return a;
		}
	}
	return NULL;
}

static void discard(struct activation *a)
{
	a->outer = unused;
	unused = a;
}

static struct activation *new_activation(void)
{
	if (!unused) {
		struct activation *block = pages_map(PAGE_BYTES);
		for (size_t i = 0; block && i < PAGE_BYTES / sizeof(*block); i++)
			discard(&block[i]);
	}
	struct activation *a = unused;
	if (a)
		unused = a->outer;
	return a;
}

static u32 level_here(void)
{
	for (const struct activation *a = active; a; a = a->outer)
		if (a->outermost)
			return a->level + 1;
	return 0;
}

static struct activation *enter(const struct line_code *code, uintptr_t frame, u64 rss)
{
	struct activation *a = new_activation();
	if (!a)
		return NULL;
	*a = (struct activation){
		.frame = frame,
		.table = code->table,
		.level = level_here(),
		.before = rss,
		.start_ns = sys_clock_ns(CLOCK_MONOTONIC),
		.start_rss = rss,
		.outermost = code->outermost,
		.outer = active,
	};
	active = a;
	return a;
}

/* The frame's activation, as the thread's innermost one; NULL: none is known. */
static struct activation *find(const struct line_code *code, uintptr_t frame)
{
	struct activation *a = active;
	if (likely(a && a->frame == frame))
		return a->table == code->table ? a : NULL;
	while (a && a->frame != frame)
		a = a->outer;
	if (a) {
		while (active != a) {
			struct activation *left = active;
			active = left->outer;
			put_to_sleep(left);
		}
		return a->table == code->table ? a : NULL;
	}
	return NULL;
}

/* The growth since the line began is the line's, unless the same line is running further out. */
static void close_line(struct activation *a, u64 rss)
{
	struct line *line = a->line ? lines_at(a->table, a->line) : NULL;
	if (!line)
		return;
	line->most = MAX(line->most, rss);
	for (const struct activation *o = a->outer; o; o = o->outer)
		if (o->table == a->table && o->line == a->line)
			return;
	line->increment += (i64)(rss - a->before);
}

/* Forgets what a frame at this address was before. */
static void forget(uintptr_t frame)
{
	for (struct activation *a = active; a; a = a->outer) {
		if (a->frame != frame)
			continue;
		while (active != a) {
			struct activation *left = active;
			active = left->outer;
			put_to_sleep(left);
		}
		active = a->outer;
		discard(a);
		break;
	}
	struct activation *a = wake(frame);
	if (a)
		discard(a);
}

void lines_start(const struct line_code *code, uintptr_t frame)
{
	int error = errno;
	forget(frame);
	u64 rss = resident();
	struct line_table *t = code->table;
	struct line *first = code->outermost ? lines_at(t, t->first_line) : NULL;
	if (enter(code, frame, rss) && first) {
		first->hits++;
		first->most = MAX(first->most, rss);
		/* As memory_profiler has it: the row of the def tells where the function began. */
		if (!t->entered)
			first->increment += (i64)rss;
		t->entered = true;
	}
	errno = error;
}

void lines_resume(const struct line_code *code, uintptr_t frame)
{
	int error = errno;
	struct activation *a = wake(frame);
	if (a && a->table != code->table) {
		discard(a);
		a = NULL;
	}
	if (a) {
		a->outer = active;
		a->before = resident();
		active = a;
	}
	errno = error;
}

void lines_line(const struct line_code *code, uintptr_t frame, u32 number)
{
	int error = errno;
	u64 rss = resident();
	struct activation *a = find(code, frame);
	/* Marked while it ran, or switched to by other means than the interpreter's. */
	if (!a && (a = wake(frame))) {
		a->outer = active;
		active = a;
		a->before = rss;
	}
	if (!a)
		a = enter(code, frame, rss);
	if (a) {
		close_line(a, rss);
		struct line *line = lines_at(a->table, number);
		a->line = number;
		a->before = rss;
		if (line)
			line->hits++;
		u64 now = sys_clock_ns(CLOCK_MONOTONIC);
		if (now - told_ns > TELL_NS)
			tell_all(now);
	}
	errno = error;
}

void lines_yield(const struct line_code *code, uintptr_t frame)
{
	int error = errno;
	struct activation *a = find(code, frame);
	if (a) {
		close_line(a, resident());
		active = a->outer;
		put_to_sleep(a);
	}
	errno = error;
}

u64 lines_aside(void)
{
	int error = errno;
	u64 rss = active ? resident() : 0;
	errno = error;
	return rss;
}

void lines_back(u64 aside)
{
	int error = errno;
	u64 grown = active && aside ? resident() - aside : 0;
	for (struct activation *a = active; a && grown; a = a->outer)
		a->before += grown;
	errno = error;
}

static void tell_bracket(const struct activation *a, u64 rss, u64 now)
{
	if (a->outermost)
		lines_tell_bracket(&(struct line_bracket){
			.table = a->table,
			.start_ns = a->start_ns,
			.end_ns = now,
			.start_rss = a->start_rss,
			.end_rss = rss,
			.level = a->level,
		});
}

void lines_return(const struct line_code *code, uintptr_t frame)
{
	int error = errno;
	struct activation *a = find(code, frame);
	if (a) {
		u64 rss = resident(), now = sys_clock_ns(CLOCK_MONOTONIC);
		close_line(a, rss);
		active = a->outer;
		tell_bracket(a, rss, now);
		if (!active || now - told_ns > TELL_NS)
			tell_all(now);
		discard(a);
	}
	errno = error;
}

void lines_exit(void)
{
	if (!lines_any() || !python_api.Py_IsInitialized() || !python_api.PyGILState_Check())
		return;
	u64 rss = active ? resident() : 0, now = sys_clock_ns(CLOCK_MONOTONIC);
	for (struct activation *a = active; a; a = a->outer) {
		close_line(a, rss);
		a->line = 0;
		tell_bracket(a, rss, now);
	}
	tell_all(now);
}
