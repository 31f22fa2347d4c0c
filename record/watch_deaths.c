/* How processes end: by whose word it is known, with what status, and what was announced but never connected.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/err.h"
#include "record/recorder.h"

enum { GENERATIONS_MAX = 1000 };

/* linux/pidfd.h of Linux 6.15: the status of a process that somebody else has reaped. */
struct pidfd_info_v1 {
	u64 mask, cgroup;
	u32 pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	i32 exit_code;
};
#define PIDFD_GET_INFO_V1  _IOWR(0xff, 11, struct pidfd_info_v1)
#define PIDFD_INFO_EXIT_V1 (1ull << 3)

static void learn_status(struct watched *w)
{
	struct pidfd_info_v1 info = {.mask = PIDFD_INFO_EXIT_V1};
	if (w->status_known)
		return;
	if (watch_zombie(w->pid, &w->status)) {
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
		struct watched *w = watch_find(&recorder->watch, pid);
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

bool watch_has_deaths(const struct watch *watch)
{
	struct epoll_event event;
	return watch->came_dead || (watch->deaths >= 0 && epoll_wait(watch->deaths, &event, 1, 0) > 0);
}

bool watch_deaths(struct recorder *recorder)
{
	struct watch *watch = &recorder->watch;
	watch->came_dead = false;
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

bool watch_is_descendant(pid_t pid)
{
	pid_t own = getpid();
	for (int i = 0; i < GENERATIONS_MAX && pid > 1; i++, pid = (pid_t)watch_parent(pid))
		if (pid == own)
			return true;
	return false;
}

void watch_signal(const struct watch *watch, int signal)
{
	for (size_t i = 0; i < watch->list.n; i++) {
		const struct watched *w = &watch->list.at[i];
		if (w->dead || w->pidfd < 0 || (!watch->main_ended && w->pid != watch->main_pid))
			continue;
		/* What is watched is the program's word. */
		if (watch_is_descendant(w->pid))
			syscall(SYS_pidfd_send_signal, w->pidfd, signal, NULL, 0);
	}
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
	if (p->told_cpu_ns || !w->has_children)
		entry->cpu_ns = p->told_cpu_ns ? p->told_cpu_ns : w->cpu_ns;
	if (!w->has_children) {
		entry->rss_peak_bytes = MAX(entry->rss_peak_bytes, w->rss_peak);
	} else if (!entry->rss_peak_bytes) {
		entry->rss_peak_bytes = w->rss_peak;
	}
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
		accounts_end_process(&recorder->accounts, w->current, w->pending_ns);
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
				accounts_end_process(&recorder->accounts, w->current,
						     clock_now_ns(&recorder->rings.clock));
			}
			watch_forget(w);
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
				accounts_end_process(&recorder->accounts, p,
						     clock_ns(&recorder->rings.clock, p->last_stamp));
			else
				left = true;
		}
	}
	return left;
}
