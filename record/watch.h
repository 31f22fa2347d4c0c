/* The lives of the processes: which pids there are, what image runs in each, how they ended. The kernel tells
 * of their deaths (pidfds, wait); nothing is asked of the program itself. Processes whose image can't be
 * recorded are known from what their parents announced, and are said. */
#ifndef RECORD_WATCH_H
#define RECORD_WATCH_H

#include <sys/types.h>

#include "common/mem.h"
#include "common/types.h"
#include "record/inspect.h"

struct recorder;
struct process;
struct ring_header;
struct ring_slot;

struct watched {
	pid_t pid;
	int pidfd;               /* -1: it had ended before we could look */
	struct process *current; /* NULL: no image of it has connected */
	bool vforked;            /* it has an account for the time before its exec */
	bool pending;            /* an exec was announced, whose image has not connected */
	bool looked;             /* ... and its file was looked at while it ran */
	struct inspect image;
	char *path; /* of that image, as announced or seen */
	u64 pending_ns;
	bool has_children;
	bool dead;
	bool status_known;
	int status; /* as of wait */
	u64 rss_peak, cpu_ns;
};

struct watch {
	ARRAY(struct watched) list;
	pid_t main_pid;
	int main_status;
	bool main_ended;
	bool have_children; /* ... of ours, as wait sees it */
	u64 next_tick_ns;
	int deaths;     /* tells of those of processes that have a pidfd; -1: there is no such thing here */
	bool came_dead; /* a process has come that has none, and was not looked at */
};

void watch_init(struct watch *watch);
/* The program itself, just started. */
void watch_main(struct recorder *recorder, pid_t pid, const char *path);
void watch_fini(struct watch *watch);

/* From events.c: the first record of a process; an exec that pid is about to do (or, spawned,
 * has done), announced by p; one that failed. A told pid is of p's namespace: watch_pid_of() says what it is here,
 * 0: no such process is left. */
pid_t watch_pid_of(const struct process *p, u32 told);
void watch_begin(struct recorder *recorder, struct process *p);
void watch_exec(struct recorder *recorder, struct process *p, pid_t pid, bool spawned, const char *path,
		size_t len);
void watch_exec_failed(struct recorder *recorder, const struct process *p, u32 told_pid);
/* Where a file that the process names, and has mapped from start on, is found from here. *path becomes another
 * one if it means another file to us. *held: a descriptor that must stay open as long as the name is to be used; -1:
 * none. The caller frees. */
char *watch_file(const struct process *p, char **path, u64 start, int *held);

/* A thread's name as the kernel has it now, as a string of the trace. */
u32 watch_thread_name(struct recorder *recorder, const struct process *p, u32 tid);

/* A small file of /proc as text, cut to fit; the length, 0 when it can't be read. */
size_t watch_read_proc(const char *path, char *text, size_t size);

/* watch_proc.c, for the others: resident bytes now, into the trace; the file that runs in a process whose image
 * has not connected, while that can be seen; the status, as of wait, of a process that its parent has not
 * reaped, else false. */
void watch_rss(struct recorder *recorder, struct process *p, u64 ns);
void watch_look_at_image(struct watched *w);
bool watch_zombie(pid_t pid, int *status);

/* watch_proc.c: what a number that a process of another namespace of pids has of a process (0: there is none such)
 * or of one of its own threads is here; the parent of a process; our own namespace. */
pid_t watch_pid(u64 space, u32 told);
u32 watch_tid(const struct process *p, u32 told);
u32 watch_parent(pid_t pid);
void watch_own_space(struct ring_header *header);
/* How many filters of system calls we are under: those of a container. */
u32 watch_own_filters(void);

/* The newest of that pid, or NULL. */
struct watched *watch_find(struct watch *w, pid_t pid);
void watch_forget(struct watched *w);

/* Hands a signal on to the program; when that has ended, to all that it has left running. */
void watch_signal(const struct watch *watch, int signal);
/* Whether it was started by us, or by one that was. */
bool watch_is_descendant(pid_t pid);
/* Whether there is a death that watch_deaths() has not found so far; costs little. */
bool watch_has_deaths(const struct watch *watch);
/* Looks who has died. True when somebody has: after one more round of the rings, all that they left is known.
 */
bool watch_deaths(struct recorder *recorder);
/* Ends the accounts of those that the last look found dead, where their rings are drained. True while any
 * process lives or is not drained. */
bool watch_settle(struct recorder *recorder);
/* Now and then: resident sizes, images that did not connect, unknown code addresses. */
void watch_tick(struct recorder *recorder);

#endif
