/* Births of processes, and the images that run in them. See watch.h. */
#include "record/watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "record/jit_map.h"
#include "record/recorder.h"

enum {
	TICK_NS = 20 * 1000000,
	LOOK_NS = 50 * 1000000, /* an image that has not connected by then is looked at */
	RECENT_PROCESSES = 4096,
};

struct watched *watch_find(struct watch *w, pid_t pid)
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
	struct epoll_event once = {.events = EPOLLIN | EPOLLONESHOT};
	if (fresh.pidfd < 0)
		w->came_dead = true;
	else
		epoll_ctl(w->deaths, EPOLL_CTL_ADD, fresh.pidfd, &once);
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

void watch_init(struct watch *watch)
{
	watch->deaths = epoll_create1(EPOLL_CLOEXEC);
}

void watch_main(struct recorder *recorder, pid_t pid, const char *path)
{
	recorder->watch.main_pid = pid;
	set_pending(recorder, add(&recorder->watch, pid), path, strlen(path));
}

void watch_forget(struct watched *w)
{
	if (w->pidfd >= 0)
		close(w->pidfd);
	free(w->path);
}

void watch_fini(struct watch *watch)
{
	for (size_t i = 0; i < watch->list.n; i++)
		watch_forget(&watch->list.at[i]);
	array_free(&watch->list);
	if (watch->deaths >= 0)
		close(watch->deaths);
}

/* The process that an image's parent pid means, for the tree of processes. */
static u32 parent_of(struct recorder *recorder, u32 ppid)
{
	struct watched *w = watch_find(&recorder->watch, (pid_t)ppid);
	return w && w->current ? w->current->id : NO_ID;
}

struct process *recorder_process(struct recorder *recorder, const struct ring_slot *slot)
{
	/* The index is the program's word: one of reasonable size makes a place, any other shares the first.
	 */
	u32 index = slot->process < 1u << 22 ? slot->process : 0;
	while (recorder->by_index.n <= index)
		array_push(&recorder->by_index, NULL);
	if (recorder->by_index.at[index] && !recorder->by_index.at[index]->gone)
		return recorder->by_index.at[index];

	struct process *forked_from =
		slot->parent < recorder->by_index.n ? recorder->by_index.at[slot->parent] : NULL;
	u64 space = slot->pid_space;
	u32 told_pid = slot->pid, ppid = slot->ppid;
	pid_t pid = (pid_t)(space ? slot->outer_pid : told_pid);
	if (space && !pid)
		pid = watch_pid(space, told_pid); /* 0: it is not there any more */
	if (space)
		ppid = forked_from        ? forked_from->entry.pid
		       : slot->outer_ppid ? slot->outer_ppid
					  : watch_parent(pid);
	struct trace_process entry = {.pid = (u32)pid, .ppid = ppid, .start_ns = now_ns(recorder)};
	sampler_describe(recorder, &entry);
	entry.origin = slot->parent == NO_ID ? PROCESS_EXEC : PROCESS_FORK;
	struct watched *w = pid ? watch_find(&recorder->watch, pid) : NULL;
	struct process *replaces = NULL;
	/* One that has ended may have executed before: that it told of it is still in its ring. */
	bool executed = w && w->current && entry.origin == PROCESS_EXEC && w->current->entry.ppid == ppid;
	if (w && ((w->dead && !w->pending && !executed) || (w->current && entry.origin == PROCESS_FORK)))
		w = NULL; /* the pid of one that has ended, used again */
	if (w && w->current) {
		w->current->entry.flags |= PROCESS_REPLACED;
		w->current->dead = true;
		replaces = w->current;
		entry.parent = w->current->entry.parent;
		entry.ppid = ppid ? ppid : w->current->entry.ppid;
	} else {
		entry.parent = forked_from ? forked_from->id : parent_of(recorder, ppid);
	}
	if (!w)
		w = add(&recorder->watch, pid);
	struct watched *parent = watch_find(&recorder->watch, (pid_t)ppid);
	if (parent)
		parent->has_children = true;
	struct process *p = accounts_add_process(&recorder->accounts, &entry);
	p->forked_from = forked_from;
	p->replaces = replaces;
	p->dead = w->dead;
	p->pid_space = space;
	p->space_pid = told_pid;
	char name[64];
	snprintf(name, sizeof(name), "/proc/%d/statm", pid);
	p->statm = open(name, O_RDONLY | O_CLOEXEC);
	watch_rss(recorder, p, entry.start_ns);
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

void recorder_unseen(struct recorder *recorder, struct process *p, u64 what)
{
	static const char *const reasons[] = {
		[RING_UNSEEN_MALLOC] = "it defines its own malloc, whose allocations may be unseen",
		[RING_UNSEEN_OPERATORS] =
			"C++'s operators new and delete are its allocator's own and call no malloc",
		[RING_UNSEEN_NAMESPACE] = "what it loads by dlmopen has a C library of its own, whose "
					  "allocations are not seen",
	};
	if (what >= ARRAY_LEN(reasons) || !reasons[what])
		return;
	p->entry.reason = writer_string(recorder->writer, reasons[what], strlen(reasons[what]));
	writer_process_update(recorder->writer, p->id, &p->entry);
	if (recorder->said_main && (pid_t)p->entry.pid == recorder->watch.main_pid)
		return;
	if (!(recorder->said_unseen & 1u << what))
		warn("process %u is not wholly recorded: %s", p->entry.pid, reasons[what]);
	recorder->said_unseen |= 1u << what;
}

void recorder_thread_ended(struct recorder *recorder, const struct reader *rd, u64 ns)
{
	struct trace_thread thread = {.process = rd->process->id, .tid = rd->tid, .start_ns = rd->start_ns};
	thread.end_ns = ns;
	thread.name = rd->name;
	writer_thread_update(recorder->writer, rd->thread, &thread);
}

static void begin(struct recorder *recorder, struct process *p)
{
	p->started = true;
	p->running = !p->gone;
	struct process *parent = p->forked_from;
	if (!parent)
		return;
	for (size_t i = 0; i < parent->modules.n; i++)
		array_push(&p->modules, parent->modules.at[i]);
	p->eval_start = parent->eval_start;
	p->eval_end = parent->eval_end;
	p->entry.command = parent->entry.command;
	p->entry.executable = parent->entry.executable;
	p->entry.reason = parent->entry.reason;
	writer_process_update(recorder->writer, p->id, &p->entry);
}

/* An image begins where the one before has ended: behind its last word, that it is about to execute another.
 */
static void follow(struct recorder *recorder, struct process *p)
{
	struct process *before = p->replaces;
	accounts_process_gone(&recorder->accounts, before,
			      clock_ns(&recorder->rings.clock, before->last_stamp));
	p->entry.start_ns = before->gone_ns;
	p->replaces = NULL;
}

/* A parent that forked before it had anything to tell (as daemons do) has not begun itself: all that it could
 * hand on it has from its own parent. */
__attribute__((noinline)) void watch_begin(struct recorder *recorder, struct process *p)
{
	if (p->replaces)
		follow(recorder, p);
	struct process *first;
	do {
		for (first = p; first->forked_from && !first->forked_from->started;)
			first = first->forked_from;
		begin(recorder, first);
	} while (first != p);
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

pid_t watch_pid_of(const struct process *p, u32 told)
{
	return told == p->space_pid ? (pid_t)p->entry.pid : watch_pid(p->pid_space, told);
}

void watch_exec(struct recorder *recorder, struct process *p, pid_t pid, bool spawned, const char *path,
		size_t len)
{
	if (!pid)
		return; /* it is not there any more */
	struct watched *w = watch_find(&recorder->watch, pid);
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

void watch_exec_failed(struct recorder *recorder, const struct process *p, u32 told_pid)
{
	struct watched *w = watch_find(&recorder->watch, watch_pid_of(p, told_pid));
	if (w)
		w->pending = false;
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
			watch_look_at_image(w);
		if (!w->current || w->dead)
			continue;
		watch_rss(recorder, w->current, ns);
		sampler_look_around(recorder, w->current);
		if (w->current->lost_since_maps)
			process_read_maps(&recorder->accounts, w->current);
		jit_map_read(&recorder->accounts, w->current);
	}
	rings_reap_threads(&recorder->rings, recorder);
}
