/* Births and deaths of processes. See watch.h. */
#include "record/watch.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/err.h"
#include "record/recorder.h"

enum {
	TICK_NS = 20 * 1000000,
	LOOK_NS = 50 * 1000000, /* an image that has not connected by then is looked at */
	RECENT_PROCESSES = 4096,
};

/* linux/pidfd.h of Linux 6.15: the status of a process that somebody else has reaped. */
struct pidfd_info_v1 {
	u64 mask, cgroup;
	u32 pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	i32 exit_code;
};
#define PIDFD_GET_INFO_V1  _IOWR(0xff, 11, struct pidfd_info_v1)
#define PIDFD_INFO_EXIT_V1 (1ull << 3)

static struct watched *find(struct watch *w, pid_t pid)
{
	/* The newest: a pid may have been used before. */
	for (size_t i = w->list.n; i-- > 0;)
		if (w->list.at[i].pid == pid)
			return &w->list.at[i];
	return NULL;
}

static struct watched *add(struct watch *w, pid_t pid)
{
	struct watched fresh = {.pid = pid, .pidfd = (int)syscall(SYS_pidfd_open, pid, 0)};
	array_push(&w->list, fresh);
	return &w->list.at[w->list.n - 1];
}

static u64 now_ns(const struct recorder *recorder)
{
	return clock_now_ns(&recorder->rings.clock);
}

static void set_pending(struct recorder *recorder, struct watched *w, const char *path, size_t len)
{
	free(w->path);
	w->path = xstrndup(path, len);
	w->pending = true;
	w->looked = false;
	w->image = (struct inspect){.verdict = INSPECT_MISSING};
	w->pending_ns = now_ns(recorder);
}

void watch_main(struct recorder *recorder, pid_t pid, const char *path)
{
	recorder->watch.main_pid = pid;
	set_pending(recorder, add(&recorder->watch, pid), path, strlen(path));
}

static void forget(struct watched *w)
{
	if (w->pidfd >= 0)
		close(w->pidfd);
	free(w->path);
}

void watch_fini(struct watch *watch)
{
	for (size_t i = 0; i < watch->list.n; i++)
		forget(&watch->list.at[i]);
	array_free(&watch->list);
}

/* The process that an image's parent pid means, for the tree of processes. */
static u32 parent_of(struct recorder *recorder, u32 ppid)
{
	struct watched *w = find(&recorder->watch, (pid_t)ppid);
	return w && w->current ? w->current->id : NO_ID;
}

static void sample_rss(struct recorder *recorder, struct process *p, u64 ns)
{
	char line[64];
	ssize_t n = p->statm >= 0 ? pread(p->statm, line, sizeof(line) - 1, 0) : -1;
	if (n <= 0)
		return;
	line[n] = 0;
	char *second = strchr(line, ' ');
	u64 bytes = second ? strtoull(second, NULL, 10) * 4096 : 0;
	if (!bytes)
		return;
	p->entry.rss_peak_bytes = MAX(p->entry.rss_peak_bytes, bytes);
	writer_rss(recorder->writer, ns, p->id, bytes);
}

struct process *recorder_process(struct recorder *recorder, const struct ring_slot *slot)
{
	/* The index is the program's word: one of reasonable size makes a place, any other shares the first.
	 */
	u32 index = slot->process < 1u << 22 ? slot->process : 0;
	while (recorder->by_index.n <= index)
		array_push(&recorder->by_index, NULL);
	if (recorder->by_index.at[index] && !recorder->by_index.at[index]->ended)
		return recorder->by_index.at[index];

	struct trace_process entry = {.pid = slot->pid, .ppid = slot->ppid, .start_ns = now_ns(recorder)};
	struct process *forked_from =
		slot->parent < recorder->by_index.n ? recorder->by_index.at[slot->parent] : NULL;
	sampler_describe(recorder, &entry);
	entry.origin = slot->parent == NO_ID ? PROCESS_EXEC : PROCESS_FORK;
	struct watched *w = find(&recorder->watch, (pid_t)slot->pid);
	if (w && ((w->dead && !w->pending) || (w->current && entry.origin == PROCESS_FORK)))
		w = NULL; /* the pid of one that has ended, used again */
	if (w && w->current) {
		w->current->entry.flags |= PROCESS_REPLACED;
		w->current->dead = true;
		entry.parent = w->current->entry.parent;
	} else {
		entry.parent = forked_from ? forked_from->id : parent_of(recorder, slot->ppid);
	}
	if (!w)
		w = add(&recorder->watch, (pid_t)slot->pid);
	struct watched *parent = find(&recorder->watch, (pid_t)slot->ppid);
	if (parent)
		parent->has_children = true;
	struct process *p = accounts_add_process(&recorder->accounts, &entry);
	p->forked_from = forked_from;
	p->dead = w->dead;
	char name[64];
	snprintf(name, sizeof(name), "/proc/%u/statm", slot->pid);
	p->statm = open(name, O_RDONLY | O_CLOEXEC);
	sample_rss(recorder, p, entry.start_ns);
	w->current = p;
	if (entry.origin == PROCESS_EXEC)
		w->pending = false;
	recorder->by_index.at[index] = p;
	return p;
}

void recorder_exact(struct recorder *recorder, struct process *p, bool able)
{
	if (able) {
		recorder->any_exact = true;
		p->entry.time_mode = TIME_EXACT;
		p->entry.time_clock = TIME_WALL;
		writer_process_update(recorder->writer, p->id, &p->entry);
	}
}

void recorder_thread_ended(struct recorder *recorder, const struct reader *rd, u64 ns)
{
	struct trace_thread thread = {.process = rd->process->id, .tid = rd->tid, .start_ns = rd->start_ns};
	thread.end_ns = ns;
	thread.name = rd->name;
	writer_thread_update(recorder->writer, rd->thread, &thread);
}

__attribute__((noinline)) void watch_begin(struct recorder *recorder, struct process *p)
{
	p->started = true;
	struct process *parent = p->forked_from;
	if (!parent)
		return;
	for (size_t i = 0; i < parent->modules.n; i++)
		array_push(&p->modules, parent->modules.at[i]);
	p->eval_start = parent->eval_start;
	p->eval_end = parent->eval_end;
	p->entry.command = parent->entry.command;
	p->entry.executable = parent->entry.executable;
	writer_process_update(recorder->writer, p->id, &p->entry);
}

/* An account for a process between vfork and exec: it has nothing of its own, its parent's memory is its
 * memory. */
static struct process *add_vforked(struct recorder *recorder, struct process *parent, pid_t pid, u64 ns)
{
	struct trace_process entry = {
		.pid = (u32)pid,
		.ppid = parent->entry.pid,
		.parent = parent->id,
		.command = parent->entry.command,
		.executable = parent->entry.executable,
		.origin = PROCESS_FORK,
		.start_ns = ns,
	};
	struct process *p = accounts_add_process(&recorder->accounts, &entry);
	p->started = true;
	return p;
}

/* Whether an image of a child of ppid has been recorded under that pid, not long ago. */
static bool has_been(const struct recorder *recorder, pid_t pid, u32 ppid)
{
	const struct accounts *a = &recorder->accounts;
	for (size_t i = a->processes.n, n = 0; i-- > 0 && n < RECENT_PROCESSES; n++) {
		const struct trace_process *entry = &a->processes.at[i]->entry;
		if (entry->pid == (u32)pid && entry->ppid == ppid && entry->origin == PROCESS_EXEC)
			return true;
	}
	return false;
}

void watch_exec(struct recorder *recorder, struct process *p, pid_t pid, bool spawned, const char *path,
		size_t len)
{
	struct watched *w = find(&recorder->watch, pid);
	bool itself = (pid_t)p->entry.pid == pid;
	if (itself && (!w || w->current != p))
		return; /* its next image is there already */
	if (!w && spawned && has_been(recorder, pid, p->entry.pid))
		return; /* it has come and gone before its parent could speak of it */
	bool quicker = !itself && w && w->current && w->current->entry.origin == PROCESS_EXEC;
	if (quicker && (spawned || w->vforked))
		return; /* a child that was quicker than the word of it */
	if (!w || (w->dead && !itself && !quicker))
		w = add(&recorder->watch, pid);
	if (!itself && !spawned && !w->vforked) {
		u64 ns = quicker ? w->current->entry.start_ns : now_ns(recorder);
		struct process *child = add_vforked(recorder, p, pid, ns);
		w->vforked = true;
		if (quicker) {
			child->entry.flags |= PROCESS_REPLACED;
			accounts_end_process(&recorder->accounts, child, ns);
			return;
		}
		w->current = child;
	}
	set_pending(recorder, w, path, len);
}

void watch_exec_failed(struct recorder *recorder, pid_t pid)
{
	struct watched *w = find(&recorder->watch, pid);
	if (w)
		w->pending = false;
}

char *watch_file(const struct process *p, const char *path)
{
	char name[64], root[PATH_MAX];
	snprintf(name, sizeof(name), "/proc/%u/root", p->entry.pid);
	ssize_t n = readlink(name, root, sizeof(root));
	if (path[0] != '/' || n <= 1)
		return xstrdup(path);
	/* Another root: a container, whose files must be held open to outlive it, or a jail that was entered
	 * after the files had been mapped from ours. */
	char *inside = xasprintf("%s%s", name, path);
	int fd = open(inside, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	free(inside);
	return fd < 0 ? xstrdup(path) : xasprintf("/proc/self/fd/%d", fd);
}

/* A small file of /proc as text, cut to fit; the length, 0 when it can't be read. */
static size_t read_proc(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);
	if (fd >= 0)
		close(fd);
	size_t length = n > 0 ? (size_t)n : 0;
	text[length] = 0;
	return length;
}

u32 watch_thread_name(struct recorder *recorder, const struct process *p, u32 tid)
{
	char path[64], name[64];
	snprintf(path, sizeof(path), "/proc/%u/task/%u/comm", p->entry.pid, tid);
	size_t n = read_proc(path, name, sizeof(name));
	return writer_string(recorder->writer, name, n && name[n - 1] == '\n' ? n - 1 : n);
}

/* Field 52 of /proc/PID/stat, while the process is a zombie that its parent has not reaped. */
static bool status_of_zombie(pid_t pid, int *status)
{
	char name[64], line[1024];
	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	if (!read_proc(name, line, sizeof(line)))
		return false;
	char *field = strrchr(line, ')');
	if (!field || field[1] != ' ' || (field[2] != 'Z' && field[2] != 'X'))
		return false;
	for (int i = 2; i < 52 && field; i++)
		field = strchr(field + 1, ' ');
	if (!field)
		return false;
	*status = (int)strtol(field, NULL, 10);
	return true;
}

static void learn_status(struct watched *w)
{
	struct pidfd_info_v1 info = {.mask = PIDFD_INFO_EXIT_V1};
	if (w->status_known)
		return;
	if (status_of_zombie(w->pid, &w->status)) {
		w->status_known = true;
	} else if (w->pidfd >= 0 && ioctl(w->pidfd, PIDFD_GET_INFO_V1, &info) == 0 &&
		   (info.mask & PIDFD_INFO_EXIT_V1)) {
		w->status = info.exit_code;
		w->status_known = true;
	}
}

/* Our own child, and orphans, whose subreaper we are. */
static void reap(struct recorder *recorder)
{
	int status;
	pid_t pid;
	struct rusage usage;
	while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
		struct watched *w = find(&recorder->watch, pid);
		if (pid == recorder->watch.main_pid && !recorder->watch.main_ended) {
			recorder->watch.main_ended = true;
			recorder->watch.main_status = status;
		}
		if (!w)
			continue;
		w->status = status;
		w->status_known = true;
		w->dead = true;
		w->rss_peak = (u64)usage.ru_maxrss * 1024;
		w->cpu_ns = (u64)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000u +
			    (u64)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000u;
	}
	recorder->watch.have_children = pid == 0;
}

bool watch_deaths(struct recorder *recorder)
{
	struct watch *watch = &recorder->watch;
	for (size_t i = 0; i < watch->list.n; i++) {
		struct watched *w = &watch->list.at[i];
		struct pollfd fd = {.fd = w->pidfd, .events = POLLIN};
		if (!w->dead && (w->pidfd < 0 || poll(&fd, 1, 0) > 0)) {
			learn_status(w);
			w->dead = true;
		}
	}
	reap(recorder);
	bool any = false;
	for (size_t i = 0; i < watch->list.n; i++) {
		struct watched *w = &watch->list.at[i];
		any |= w->dead;
		if (w->dead && w->current)
			w->current->dead = true;
	}
	return any;
}

static void fill_status(struct process *p, const struct watched *w)
{
	struct trace_process *entry = &p->entry;
	if (w->status_known) {
		entry->flags |= PROCESS_STATUS_KNOWN;
		entry->exit_status = WIFEXITED(w->status) ? (u8)WEXITSTATUS(w->status) : 0;
		entry->signal = WIFSIGNALED(w->status) ? (u8)WTERMSIG(w->status) : 0;
	} else if (p->exit_told) {
		entry->flags |= PROCESS_STATUS_KNOWN;
	}
	/* What wait says of one that has waited for others counts them in: better than nothing only. */
	if (!w->has_children) {
		entry->rss_peak_bytes = MAX(entry->rss_peak_bytes, w->rss_peak);
		entry->cpu_ns = w->cpu_ns;
	} else if (!entry->rss_peak_bytes) {
		entry->rss_peak_bytes = w->rss_peak;
	}
}

/* Looks at the file that runs in a process whose image has not connected, while that can be seen. */
static void look_at_image(struct watched *w)
{
	char name[64], path[PATH_MAX];
	snprintf(name, sizeof(name), "/proc/%d/exe", w->pid);
	ssize_t n = readlink(name, path, sizeof(path));
	if (n <= 0)
		return;
	free(w->path);
	w->path = xstrndup(path, (size_t)n);
	inspect_file(name, &w->image);
	w->looked = true;
}

/* An announced image ended without having connected: why is said. */
static void judge(struct recorder *recorder, struct watched *w)
{
	if (!w->looked && w->path[0])
		inspect_program(w->path, &w->image);
	bool known = w->image.verdict != INSPECT_OK && w->image.verdict != INSPECT_MISSING &&
		     w->image.verdict != INSPECT_NOT_EXECUTABLE && w->image.reason[0];
	const char *why = known ? w->image.reason : "it did not connect to the recorder";
	const char *path = w->path;
	if (w->pid != recorder->watch.main_pid || !recorder->said_main)
		warn("%s (process %d) is not recorded: %s", path[0] ? path : "a program", w->pid, why);
	struct trace_process entry = {
		.pid = (u32)w->pid,
		.parent = w->current ? w->current->entry.parent : NO_ID,
		.ppid = w->current ? w->current->entry.ppid : 0,
		.command = writer_string(recorder->writer, path, strlen(path)),
		.executable = writer_string(recorder->writer, path, strlen(path)),
		.reason = writer_string(recorder->writer, why, strlen(why)),
		.origin = PROCESS_EXEC,
		.flags = PROCESS_NOT_RECORDED,
		.start_ns = w->pending_ns,
	};
	if (w->current) {
		w->current->entry.flags |= PROCESS_REPLACED;
		accounts_end_process(&recorder->accounts, w->current, now_ns(recorder));
	}
	w->current = accounts_add_process(&recorder->accounts, &entry);
	w->current->started = true;
	w->pending = false;
	recorder->not_recorded++;
}

bool watch_settle(struct recorder *recorder)
{
	struct watch *watch = &recorder->watch;
	size_t keep = 0;
	for (size_t i = 0; i < watch->list.n; i++) {
		struct watched *w = &watch->list.at[i];
		if (w->dead &&
		    (!w->current || rings_release_process(&recorder->rings, recorder, w->current))) {
			if (w->pending)
				judge(recorder, w);
			if (w->current) {
				fill_status(w->current, w);
				accounts_end_process(&recorder->accounts, w->current, now_ns(recorder));
			}
			forget(w);
			continue;
		}
		watch->list.at[keep++] = *w;
	}
	watch->list.n = keep;
	/* Descendants that have told us nothing so far come to us when their parents end. */
	bool left = keep > 0 || (watch->have_children && recorder->options->children);
	/* Images that another has replaced. */
	for (size_t i = 0; i < recorder->accounts.processes.n; i++) {
		struct process *p = recorder->accounts.processes.at[i];
		if (p->dead && !p->ended && (p->entry.flags & PROCESS_REPLACED)) {
			if (rings_release_process(&recorder->rings, recorder, p))
				accounts_end_process(&recorder->accounts, p, now_ns(recorder));
			else
				left = true;
		}
	}
	return left;
}

void watch_tick(struct recorder *recorder)
{
	u64 ns = now_ns(recorder);
	if (ns < recorder->watch.next_tick_ns)
		return;
	recorder->watch.next_tick_ns = ns + TICK_NS;
	for (size_t i = 0; i < recorder->watch.list.n; i++) {
		struct watched *w = &recorder->watch.list.at[i];
		if (w->pending && !w->looked && !w->dead && ns - w->pending_ns > LOOK_NS)
			look_at_image(w);
		if (!w->current || w->dead)
			continue;
		sample_rss(recorder, w->current, ns);
		sampler_look_around(recorder, w->current);
		if (w->current->lost_since_maps)
			process_read_maps(&recorder->accounts, w->current);
	}
	rings_reap_threads(&recorder->rings, recorder);
}
