/* The rings of the program's threads: shared memory, and readers that come and go. See rings.h. */
#include "record/rings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "record/recorder.h"

enum {
	THREAD_IDLE_NS = 20 * 1000000,
};

static void *make_segment(int *fd, struct err *err)
{
	*fd = memfd_create("memtrace", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0) {
		err_set(err, "memfd_create: %s", strerror(errno));
		return NULL;
	}
	void *segment = MAP_FAILED;
	if (ftruncate(*fd, (off_t)RING_SEGMENT_BYTES) == 0 &&
	    fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		segment = mmap(NULL, RING_SEGMENT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			       *fd, 0);
	if (segment == MAP_FAILED) {
		err_set(err, "shared memory: %s", strerror(errno));
		close(*fd);
		return NULL;
	}
	return segment;
}

int rings_init(struct rings *r, u32 flags, struct err *err)
{
	*r = (struct rings){0};
	struct ring_header *header = make_segment(&r->fds[0], err);
	if (!header)
		return -1;
	r->segments[0] = r->header = header;
	header->flags = flags;
	header->segment_fd[0] = r->fds[0];
	header->n_segments = 1;
	clock_start(&r->clock, header);
	r->mark = r->adopted = clock_stamp(&r->clock);

	pthread_mutexattr_t attr;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&header->alive, &attr);
	pthread_mutexattr_destroy(&attr);
	pthread_mutex_lock(&header->alive);
	header->magic = RING_MAGIC;
	return 0;
}

static void free_reader(struct reader *rd)
{
	array_free(&rd->nodes);
	array_free(&rd->codes);
	array_free(&rd->merge);
	idmap_fini(&rd->merged);
	free(rd);
}

void rings_fini(struct rings *r)
{
	r->header->finished = 1;
	pthread_mutex_unlock(&r->header->alive);
	for (size_t i = 0; i < r->readers.n; i++) {
		sampler_stop(r->readers.at[i]);
		free_reader(r->readers.at[i]);
	}
	array_free(&r->readers);
	array_free(&r->heap);
	array_free(&r->claimed);
	for (u32 i = 0; i < RING_SEGMENTS && r->segments[i]; i++) {
		munmap(r->segments[i], RING_SEGMENT_BYTES);
		close(r->fds[i]);
	}
}

static bool make_next_segment(struct rings *r)
{
	u32 n = r->header->n_segments;
	r->segments[n] = make_segment(&r->fds[n], NULL);
	if (!r->segments[n])
		return false;
	r->header->segment_fd[n] = r->fds[n];
	__atomic_store_n(&r->header->n_segments, n + 1, __ATOMIC_RELEASE);
	return true;
}

/* Those who wait for a slot may look again. */
static void tell_of_slots(struct rings *r)
{
	__atomic_add_fetch(&r->header->slots, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&r->header->slots_wanted, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &r->header->slots, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Threads may come faster than we look: as many again find a place. */
static void keep_slots_free(struct rings *r)
{
	u32 before = r->header->n_segments;
	while (r->header->n_segments < RING_SEGMENTS &&
	       r->header->n_segments * RING_SLOTS < r->readers.n * 2 + RING_SLOTS / 4 && make_next_segment(r))
		continue;
	if (r->header->n_segments != before)
		tell_of_slots(r);
}

/* Of a thread that has ended already: that of one of its process's, which it most likely came with. */
static u32 name_of(const struct rings *r, struct recorder *recorder, const struct reader *rd)
{
	u32 name = watch_thread_name(recorder, rd->process, rd->tid);
	for (size_t i = 0; i < r->readers.n && !name; i++)
		if (r->readers.at[i]->process == rd->process)
			name = r->readers.at[i]->name;
	return name;
}

static void adopt(struct rings *r, struct recorder *recorder, const struct claim *claim)
{
	struct reader *rd = xcalloc(1, sizeof(*rd));
	struct ring_slot *slot = claim->slot;
	rd->slot = slot;
	rd->state = claim->state;
	rd->adopted = claim->adopted;
	*rd->adopted = true;
	idmap_init(&rd->merged);
	rd->words = ring_slot_words(slot);
	rd->told_tid = slot->tid;
	rd->last_alloc = UINT64_MAX;
	rd->event = -1;
	array_push(&rd->nodes, (struct ring_node){.node = 0, .site = NO_ID});
	rd->process = recorder_process(recorder, slot);
	rd->tid = slot->pid_space ? slot->outer_tid : rd->told_tid;
	if (!rd->tid)
		rd->tid = watch_tid(rd->process, rd->told_tid);
	rd->process->n_readers++;
	rd->start_ns = clock_now_ns(&r->clock);
	rd->safe = r->adopted; /* it was not there then, so all its stamps are later */
	rd->name = name_of(r, recorder, rd);
	rd->thread = accounts_thread(&recorder->accounts, rd->process, rd->tid, rd->name, rd->start_ns);
	array_push(&r->readers, rd);
}

static int by_process(const void *a, const void *b)
{
	u32 x = ((const struct claim *)a)->slot->process, y = ((const struct claim *)b)->slot->process;
	return (x > y) - (x < y);
}

void rings_adopt(struct rings *r, struct recorder *recorder)
{
	u32 claims = __atomic_load_n(&r->header->claims, __ATOMIC_SEQ_CST);
	if (claims == r->claims)
		return;
	r->claims = claims;
	r->claimed.n = 0;
	for (u32 s = 0; s < RING_SEGMENTS && r->segments[s]; s++) {
		for (u32 i = 0; i < RING_SLOTS; i++) {
			struct claim claim = {ring_slot_at(r->segments[s], i),
					      ring_slot_state(r->segments[s], i), &r->adopted_slots[s][i]};
			if (__atomic_load_n(claim.state, __ATOMIC_ACQUIRE) == RING_LIVE && !*claim.adopted)
				array_push(&r->claimed, claim);
		}
	}
	/* Accounts are numbered in the order of their births: a forked child before the image that it
	 * executes. */
	if (r->claimed.n)
		qsort(r->claimed.at, r->claimed.n, sizeof(*r->claimed.at), by_process);
	for (size_t i = 0; i < r->claimed.n; i++)
		adopt(r, recorder, &r->claimed.at[i]);
	keep_slots_free(r);
}

__attribute__((noinline)) void rings_give_room(struct reader *rd)
{
	struct ring_slot *slot = rd->slot;
	rd->given = rd->tail;
	__atomic_store_n(&slot->tail, rd->tail, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&slot->waiting, __ATOMIC_SEQ_CST)) {
		__atomic_store_n(&slot->waiting, 0, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&slot->space, 1, __ATOMIC_SEQ_CST);
		syscall(SYS_futex, &slot->space, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
}

__attribute__((noinline)) void rings_give_up(struct recorder *recorder, struct reader *rd)
{
	rd->broken = true;
	rd->tail = rd->limit;
	recorder->broken_rings++;
}

struct reader *rings_find(const struct rings *r, const struct process *p, u32 tid)
{
	for (size_t i = 0; i < r->readers.n; i++)
		if (r->readers.at[i]->process == p && r->readers.at[i]->told_tid == tid)
			return r->readers.at[i];
	return NULL;
}

/* When the thread ended, as well as it is known. */
static u64 reader_end(const struct rings *r, const struct reader *rd)
{
	if (rd->leaving)
		return clock_ns(&r->clock, rd->stamp);
	return rd->process->gone ? rd->process->gone_ns : clock_now_ns(&r->clock);
}

static void drop_reader(struct rings *r, struct recorder *recorder, size_t i)
{
	struct reader *rd = r->readers.at[i];
	struct process *p = rd->process;
	u64 end = reader_end(r, rd);
	sampler_stop(rd);
	sampler_take_open_wait(recorder, rd, end);
	if (rd->in_realloc && rd->reallocating.site != NO_ID) {
		/* Ended between the two halves of a realloc: the block is still there. */
		struct live_block old;
		live_add(&p->blocks, &rd->reallocating, &old);
	}
	p->entry.lost_events += rd->slot->lost;
	recorder->accounts.lost_events += rd->slot->lost;
	recorder_thread_ended(recorder, rd, end);
	rd->slot->lost = 0;
	rd->slot->waiting = 0;
	rd->slot->head = 0;
	rd->slot->tail = 0;
	*rd->adopted = false;
	__atomic_store_n(rd->state, RING_FREE, __ATOMIC_RELEASE);
	tell_of_slots(r);
	p->n_readers--;
	if (r->alone == rd)
		r->alone = NULL;
	for (size_t k = 0; k < r->readers.n; k++)
		if (r->readers.at[k]->calls_of == rd)
			r->readers.at[k]->calls_of = NULL;
	free_reader(rd);
	r->readers.at[i] = r->readers.at[--r->readers.n];
}

void rings_reap_threads(struct rings *r, struct recorder *recorder)
{
	u64 now = clock_stamp(&r->clock);
	for (size_t i = r->readers.n; i-- > 0;) {
		struct reader *rd = r->readers.at[i];
		if (rd->process->dead || !rd->idle_since ||
		    (double)(now - rd->idle_since) * r->clock.ns_per_stamp < THREAD_IDLE_NS)
			continue;
		/* Gone since the last look, and still nothing new: nothing more can come. */
		if (rd->gone)
			drop_reader(r, recorder, i);
		else if (syscall(SYS_tgkill, rd->process->entry.pid, rd->tid, 0) < 0 && errno == ESRCH)
			rd->gone = true;
	}
}

bool rings_release_process(struct rings *r, struct recorder *recorder, struct process *p)
{
	for (size_t i = r->readers.n; i-- > 0;) {
		struct reader *rd = r->readers.at[i];
		if (rd->process == p && rd->tail == rd->limit)
			drop_reader(r, recorder, i);
	}
	return p->n_readers == 0;
}
