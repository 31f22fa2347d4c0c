/* Who is sent the signal of samples. See sampler.h.
 *
 * It would end a process without a handler for it, so that it must never meet one. An event is opened idle;
 * then the kernel is asked whether the thread's image has a handler; only then does the event start. An exec
 * before that question takes the handler away, and is seen; one after it removes the event (remove_on_exec).
 * The library has its event closed before an exec that it knows of.
 *
 * What the slot says of its thread is the program's word. A process is proved to be one of ours by mapping
 * our shared memory. */
#include "record/sampler.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "record/events.h"
#include "record/recorder.h"

static int open_event(pid_t tid, u32 period_ns)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = period_ns,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.remove_on_exec = 1,
	};
	return (int)syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static bool direct_event(int fd, pid_t tid)
{
	struct f_owner_ex owner = {.type = F_OWNER_TID, .pid = tid};
	return fcntl(fd, F_SETOWN_EX, &owner) == 0 && fcntl(fd, F_SETSIG, SIGSTKFLT) == 0 &&
	       fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) == 0;
}

/* Real-time kernels send the signal from a thread of their own, some time later: then it could come after an
 * exec.
 */
static bool sends_at_once(void)
{
	struct utsname system;
	return uname(&system) == 0 && !strstr(system.version, "PREEMPT_RT");
}

void sampler_init(struct recorder *recorder)
{
	const struct record_options *o = recorder->options;
	struct sampler *s = &recorder->sampler;
	struct ring_header *header = recorder->rings.header;
	if (o->time == TIME_OFF)
		return;
	s->on = true;
	s->frequency = (u32)o->frequency;
	header->sample_signal = SIGSTKFLT;
	header->sample_ns = trace_sample_ns(s->frequency);
	int fd = sends_at_once() ? open_event(0, header->sample_ns) : -1;
	header->sample_timers = fd < 0 || !direct_event(fd, gettid());
	if (fd >= 0)
		close(fd);
}

void sampler_describe(const struct recorder *recorder, struct trace_process *entry)
{
	if (!recorder->sampler.on)
		return;
	entry->time_mode = TIME_SAMPLE;
	entry->time_clock = recorder->rings.header->flags & RING_WALL ? TIME_WALL : TIME_CPU;
	entry->frequency = recorder->sampler.frequency;
}

void sampler_take(struct recorder *recorder, const struct trace_sample *sample)
{
	struct trace_sample in_order = *sample;
	in_order.ns = recorder->sampler.last_ns = MAX(sample->ns, recorder->sampler.last_ns);
	recorder->sampler.samples += sample->count;
	writer_sample(recorder->writer, &in_order);
}

void sampler_take_open_wait(struct recorder *recorder, struct reader *rd, u64 end_ns)
{
	u64 since = __atomic_load_n(&rd->slot->wait_since, __ATOMIC_ACQUIRE);
	u64 zero = recorder->rings.clock.first_ns, start_ns = MAX(since - zero, rd->start_ns);
	rd->slot->wait_since = 0;
	if (since < zero || !(recorder->rings.header->flags & RING_WALL) || start_ns >= end_ns)
		return;
	sampler_take(recorder, &(struct trace_sample){
				       .ns = end_ns,
				       .site = events_site(recorder, rd, rd->slot->wait_node),
				       .span_ns = end_ns - start_ns,
			       });
}

static bool maps_our_memory(const struct recorder *recorder, u32 pid)
{
	struct stat ours;
	char path[64], line[4096 + 128];
	unsigned long inode;
	bool found = false;
	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	FILE *maps = fstat(recorder->rings.fds[0], &ours) == 0 ? fopen(path, "re") : NULL;
	while (maps && !found && fgets(line, sizeof(line), maps))
		found = strstr(line, "/memfd:memtrace") && sscanf(line, "%*s %*s %*s %*s %lu", &inode) == 1 &&
			inode == ours.st_ino;
	if (maps)
		fclose(maps);
	return found;
}

/* As the kernel has it now. */
static bool has_handler(u32 pid, u32 tid)
{
	char path[64], text[4096];
	snprintf(path, sizeof(path), "/proc/%u/task/%u/status", pid, tid);
	watch_read_proc(path, text, sizeof(text));
	const char *caught = strstr(text, "\nSigCgt:");
	return caught && (strtoull(caught + 8, NULL, 16) >> (SIGSTKFLT - 1) & 1);
}

/* -1: there is none; errno 0: since the thread is about to execute, or to end. */
static int start_event(struct recorder *recorder, struct process *p, u32 tid)
{
	int event = open_event((pid_t)tid, recorder->rings.header->sample_ns);
	if (event < 0) {
		errno = errno == ESRCH ? 0 : errno;
		return -1;
	}
	if (!p->proved)
		p->proved = maps_our_memory(recorder, p->entry.pid);
	if (p->proved && direct_event(event, (pid_t)tid) && has_handler(p->entry.pid, tid) &&
	    ioctl(event, PERF_EVENT_IOC_ENABLE, 0) == 0)
		return event;
	close(event);
	errno = 0;
	return -1;
}

static void drop_stray(struct sampler *s, size_t i)
{
	close(s->strays.at[i].event);
	s->strays.at[i] = s->strays.at[--s->strays.n];
}

/* No thread has two: it may have a slot of an image that it has left, or have been a stray. */
static void stop_others(struct recorder *recorder, const struct reader *rd)
{
	struct sampler *s = &recorder->sampler;
	for (size_t i = 0; i < recorder->rings.readers.n; i++)
		if (recorder->rings.readers.at[i]->tid == rd->tid && recorder->rings.readers.at[i] != rd)
			sampler_stop(recorder->rings.readers.at[i]);
	for (size_t i = s->strays.n; i-- > 0;)
		if (s->strays.at[i].tid == rd->tid)
			drop_stray(s, i);
}

static void say_refused(struct recorder *recorder, const struct reader *rd, const char *why)
{
	if (!recorder->sampler.said)
		warn("thread %u of process %u is not sampled (nor are others, maybe): %s", rd->tid,
		     rd->process->entry.pid, why);
	recorder->sampler.said = true;
}

static void set_off(struct ring_slot *slot)
{
	__atomic_store_n(&slot->sampling, RING_SAMPLING_OFF, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &slot->sampling, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void sampler_stop(struct reader *rd)
{
	if (rd->event >= 0)
		close(rd->event);
	rd->event = -1;
}

void sampler_look(struct recorder *recorder)
{
	if (!recorder->sampler.on)
		return;
	for (size_t i = 0; i < recorder->rings.readers.n; i++) {
		struct reader *rd = recorder->rings.readers.at[i];
		u32 state = __atomic_load_n(&rd->slot->sampling, __ATOMIC_ACQUIRE);
		if (rd->process->dead && rd->event >= 0)
			sampler_stop(rd);
		if (state == RING_SAMPLING_STOP) {
			sampler_stop(rd);
			set_off(rd->slot);
		} else if (state == RING_SAMPLING_WANTED && !rd->process->dead &&
			   __atomic_compare_exchange_n(&rd->slot->sampling, &state, RING_SAMPLING_ON, false,
						       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
			stop_others(recorder, rd);
			rd->event = start_event(recorder, rd->process, rd->tid);
			if (rd->event < 0 && errno)
				say_refused(recorder, rd, strerror(errno));
		} else if (state == RING_SAMPLING_REFUSED) {
			say_refused(recorder, rd, "neither events nor timers can be had");
		} else if (state == RING_SAMPLING_TRACED) {
			say_refused(recorder, rd, "a debugger or another program traces it");
		}
	}
}

static bool is_known(const struct recorder *recorder, u32 tid)
{
	for (size_t i = 0; i < recorder->rings.readers.n; i++)
		if (recorder->rings.readers.at[i]->tid == tid)
			return true;
	for (size_t i = 0; i < recorder->sampler.strays.n; i++)
		if (recorder->sampler.strays.at[i].tid == tid)
			return true;
	return false;
}

static void forget_strays(struct sampler *s, const struct process *p)
{
	for (size_t i = s->strays.n; i-- > 0;)
		if (s->strays.at[i].process == p->id &&
		    (p->dead || syscall(SYS_tgkill, p->entry.pid, s->strays.at[i].tid, 0) < 0))
			drop_stray(s, i);
}

void sampler_look_around(struct recorder *recorder, struct process *p)
{
	struct sampler *s = &recorder->sampler;
	char path[64];
	struct stat task;
	snprintf(path, sizeof(path), "/proc/%u/task", p->entry.pid);
	if (!s->on || recorder->rings.header->sample_timers)
		return;
	forget_strays(s, p);
	/* A link for each thread, and two more. */
	if (p->dead || !p->proved || stat(path, &task) < 0 || task.st_nlink <= p->n_readers + 2)
		return;
	DIR *tasks = opendir(path);
	for (const struct dirent *entry; tasks && (entry = readdir(tasks));) {
		u32 tid = (u32)strtoul(entry->d_name, NULL, 10);
		if (!tid || is_known(recorder, tid))
			continue;
		int event = start_event(recorder, p, tid);
		if (event >= 0)
			array_push(&s->strays, (struct stray){p->id, tid, event});
	}
	if (tasks)
		closedir(tasks);
}

void sampler_fini(struct sampler *s)
{
	while (s->strays.n)
		drop_stray(s, s->strays.n - 1);
	array_free(&s->strays);
}
