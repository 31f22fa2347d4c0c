/* Draining the rings in order. See rings.h. */
#include "record/rings.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "record/recorder.h"

enum {
	SETTLE_NS = 2000,              /* from taking T to looking */
	LAG_NS = 20 * 1000000,         /* how long other processes wait for one that is held up */
	BIRTH_LAG_NS = 1000 * 1000000, /* how long a child waits to begin */
	THREAD_IDLE_NS = 20 * 1000000,
	ALONE_ROUNDS = 2, /* that a ring has records and no other has, before it has the turn */
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
	free(rd);
}

void rings_fini(struct rings *r)
{
	r->header->finished = 1;
	pthread_mutex_unlock(&r->header->alive);
	for (size_t i = 0; i < r->readers.n; i++)
		free_reader(r->readers.at[i]);
	array_free(&r->readers);
	array_free(&r->heap);
	array_free(&r->claimed);
	for (u32 i = 0; i < RING_SEGMENTS && r->segments[i]; i++) {
		munmap(r->segments[i], RING_SEGMENT_BYTES);
		close(r->fds[i]);
	}
}

/* Makes the next segment when few slots are left. */
static void keep_slots_free(struct rings *r)
{
	u32 n = r->header->n_segments;
	if (r->readers.n < n * RING_SLOTS * 3 / 4 || n == RING_SEGMENTS)
		return;
	r->segments[n] = make_segment(&r->fds[n], NULL);
	if (!r->segments[n])
		return;
	r->header->segment_fd[n] = r->fds[n];
	__atomic_store_n(&r->header->n_segments, n + 1, __ATOMIC_RELEASE);
}

static bool is_adopted(const struct rings *r, const struct ring_slot *slot)
{
	for (size_t i = 0; i < r->readers.n; i++)
		if (r->readers.at[i]->slot == slot)
			return true;
	return false;
}

static void adopt(struct rings *r, struct recorder *recorder, struct ring_slot *slot)
{
	struct reader *rd = xcalloc(1, sizeof(*rd));
	rd->slot = slot;
	rd->words = ring_slot_words(slot);
	rd->tid = slot->tid;
	rd->last_alloc = UINT64_MAX;
	array_push(&rd->nodes, (struct ring_node){.node = 0, .site = NO_ID});
	rd->process = recorder_process(recorder, slot);
	rd->process->n_readers++;
	rd->start_ns = clock_now_ns(&r->clock);
	rd->safe = r->adopted; /* it was not there then, so all its stamps are later */
	rd->name = watch_thread_name(recorder, rd->process, rd->tid);
	rd->thread = accounts_thread(&recorder->accounts, rd->process, rd->tid, rd->name, rd->start_ns);
	array_push(&r->readers, rd);
}

static int by_process(const void *a, const void *b)
{
	const struct ring_slot *const *x = a, *const *y = b;
	return ((*x)->process > (*y)->process) - ((*x)->process < (*y)->process);
}

static void adopt_slots(struct rings *r, struct recorder *recorder)
{
	u32 claims = __atomic_load_n(&r->header->claims, __ATOMIC_SEQ_CST);
	if (claims == r->claims)
		return;
	r->claims = claims;
	r->claimed.n = 0;
	for (u32 s = 0; s < RING_SEGMENTS && r->segments[s]; s++) {
		for (u32 i = 0; i < RING_SLOTS; i++) {
			struct ring_slot *slot = ring_slot_at(r->segments[s], i);
			if (__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == RING_LIVE &&
			    !is_adopted(r, slot))
				array_push(&r->claimed, slot);
		}
	}
	/* Accounts are numbered in the order of their births: a forked child before the image that it
	 * executes. */
	if (r->claimed.n)
		qsort(r->claimed.at, r->claimed.n, sizeof(*r->claimed.at), by_process);
	for (size_t i = 0; i < r->claimed.n; i++)
		adopt(r, recorder, r->claimed.at[i]);
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

static inline bool later(const struct reader *a, const struct reader *b)
{
	return a->next > b->next;
}

static inline void sift_down(struct rings *r, size_t i)
{
	struct reader *rd = r->heap.at[i];
	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= r->heap.n)
			break;
		if (child + 1 < r->heap.n && later(r->heap.at[child], r->heap.at[child + 1]))
			child++;
		if (!later(rd, r->heap.at[child]))
			break;
		r->heap.at[i] = r->heap.at[child];
		i = child;
	}
	r->heap.at[i] = rd;
}

static void look(struct rings *r, struct reader *rd, u64 now)
{
	u64 head = __atomic_load_n(&rd->slot->head, __ATOMIC_ACQUIRE);
	u64 limit = head >> 1;
	if (rd->broken) {
		rd->tail = rd->limit = limit;
		rd->safe = UINT64_MAX;
		return;
	}
	if (limit < rd->tail || limit - rd->tail > RING_WORDS)
		limit = rd->tail; /* nonsense, or not there any more */
	rd->limit = limit;
	if (rd->process->dead) {
		rd->safe = UINT64_MAX;
		if (!rd->process->dead_stamp)
			rd->process->dead_stamp = clock_stamp(&r->clock);
	} else if (!(head & 1)) {
		rd->safe = now;
	}
	if (limit != rd->tail)
		rd->idle_since = 0;
	else if (!rd->idle_since)
		rd->idle_since = now;
}

/* Even what the dead left waits for its place among the living. Beyond the time of their death any stamp is
 * nonsense. A child begins with the modules that its parent told of before, and waits for those longer. */
static u64 complete_up_to(const struct process *p, u64 horizon, u64 patience)
{
	for (const struct process *q = p; q->forked_from && !q->started; q = q->forked_from) {
		const struct process *parent = q->forked_from;
		if (parent->n_readers && parent->safe > patience)
			horizon = MIN(horizon, parent->safe);
	}
	if (p->dead_stamp && horizon >= p->dead_stamp)
		return UINT64_MAX;
	return MIN(horizon, p->safe);
}

/* The place i of the heap anew, whose reader has moved on or has nothing more to give. */
static void put_back(struct rings *r, size_t i, bool more)
{
	if (!more)
		r->heap.at[i] = r->heap.at[--r->heap.n];
	if (i < r->heap.n)
		sift_down(r, i);
}

/* Takes records of the two readers that are first, up to the next one of the others. */
static void take_two(struct rings *r, struct recorder *recorder, u64 horizon, u64 patience)
{
	struct reader *const *heap = r->heap.at;
	size_t n = r->heap.n, second = n > 2 && later(heap[1], heap[2]) ? 2 : 1;
	struct reader *a = heap[0], *b = heap[second];
	u64 a_complete = complete_up_to(a->process, horizon, patience),
	    b_complete = complete_up_to(b->process, horizon, patience);
	u64 until = MIN(a_complete, b_complete);
	const size_t others[] = {3 - second, 2 * second + 1, 2 * second + 2};
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (others[i] < n)
			until = MIN(until, heap[others[i]]->next);
	const struct reader *ended = NULL;
	if (a->next <= until)
		ended = events_merge(recorder, a, b, until);
	put_back(r, second, ended != b && b->next <= b_complete);
	put_back(r, 0, ended != a && a->next <= a_complete);
}

/* The turn, anew for each round; see common/ring.h. */
static void give_turn(struct rings *r)
{
	struct reader *active = NULL;
	u32 n = 0;
	for (size_t i = 0; i < r->readers.n; i++) {
		struct reader *rd = r->readers.at[i];
		if (rd->limit != rd->from) {
			active = rd;
			n++;
		}
	}
	if (n > 1 || (n == 1 && active != r->alone)) {
		r->alone = n == 1 ? active : NULL;
		r->alone_rounds = 0;
	}
	r->alone_rounds += n;
	u64 turn = 0;
	if (r->alone && r->alone_rounds >= ALONE_ROUNDS)
		turn = ring_turn(++r->turns, r->alone->slot->id & RING_ID_MASK);
	if (turn || __atomic_load_n(&r->header->turn, __ATOMIC_RELAXED))
		__atomic_store_n(&r->header->turn, turn, __ATOMIC_RELEASE);
}

void rings_round(struct rings *r, struct recorder *recorder)
{
	/* T is the end of the last round: nearly always long enough ago. */
	u64 now = r->mark;
	u64 settled = now + (u64)(SETTLE_NS / r->clock.ns_per_stamp);
	__atomic_add_fetch(&r->header->heartbeat, 1, __ATOMIC_RELAXED);
	adopt_slots(r, recorder);
	r->adopted = now;
	while (clock_stamp(&r->clock) < settled)
		__builtin_ia32_pause();

	r->fullest = 0;
	for (size_t i = 0; i < r->readers.n; i++)
		r->readers.at[i]->process->safe = UINT64_MAX;
	for (size_t i = 0; i < r->readers.n; i++) {
		struct reader *rd = r->readers.at[i];
		look(r, rd, now);
		rd->from = rd->tail;
		rd->process->safe = MIN(rd->process->safe, rd->safe);
		r->fullest = MAX(r->fullest, rd->limit - rd->tail);
	}
	u64 horizon = now, lag = (u64)(LAG_NS / r->clock.ns_per_stamp);
	for (size_t i = 0; i < r->readers.n; i++)
		if (r->readers.at[i]->process->safe + lag > now)
			horizon = MIN(horizon, r->readers.at[i]->process->safe);

	u64 birth_lag = (u64)(BIRTH_LAG_NS / r->clock.ns_per_stamp);
	u64 patience = now > birth_lag ? now - birth_lag : 0;
	r->heap.n = 0;
	for (size_t i = 0; i < r->readers.n; i++) {
		struct reader *rd = r->readers.at[i];
		if (rd->tail == rd->limit)
			continue;
		if (events_next(recorder, rd))
			array_push(&r->heap, rd);
	}
	for (size_t i = r->heap.n / 2; i-- > 0;)
		sift_down(r, i);
	while (r->heap.n > 1)
		take_two(r, recorder, horizon, patience);
	if (r->heap.n)
		events_run(recorder, r->heap.at[0],
			   complete_up_to(r->heap.at[0]->process, horizon, patience));
	for (size_t i = 0; i < r->readers.n; i++) {
		struct reader *rd = r->readers.at[i];
		r->words_taken += rd->tail - rd->from;
		if (rd->given != rd->tail)
			rings_give_room(rd);
	}
	give_turn(r);
	r->mark = clock_stamp(&r->clock);
}

static void drop_reader(struct rings *r, struct recorder *recorder, size_t i)
{
	struct reader *rd = r->readers.at[i];
	struct process *p = rd->process;
	u64 now = clock_now_ns(&r->clock);
	if (rd->in_realloc && rd->reallocating.site != NO_ID) {
		/* Ended between the two halves of a realloc: the block is still there. */
		struct live_block old;
		live_add(&p->blocks, &rd->reallocating, &old);
	}
	p->entry.lost_events += rd->slot->lost;
	recorder->accounts.lost_events += rd->slot->lost;
	recorder_thread_ended(recorder, rd, now);
	rd->slot->lost = 0;
	rd->slot->waiting = 0;
	rd->slot->head = 0;
	rd->slot->tail = 0;
	__atomic_store_n(&rd->slot->state, RING_FREE, __ATOMIC_RELEASE);
	p->n_readers--;
	if (r->alone == rd)
		r->alone = NULL;
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
