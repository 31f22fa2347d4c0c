/* Rounds: all rings' records that are complete, in the order of their stamps. See rings.h. */
#include "record/recorder.h"

enum {
	SETTLE_NS = 2000,              /* from taking T to looking */
	LAG_NS = 20 * 1000000,         /* how long other processes wait for one that is held up */
	BIRTH_LAG_NS = 1000 * 1000000, /* how long a child waits to begin */
	ALONE_ROUNDS = 2,              /* that a ring has records and no other has, before it has the turn */
};

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
	if (rd->broken || rd->process->gone) {
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

/* It may have run for some time before it was seen. */
static void begin(const struct rings *r, struct reader *rd)
{
	u64 ns = clock_ns(&r->clock, rd->next);
	rd->begun = true;
	rd->start_ns = MIN(rd->start_ns, ns);
	if (!rd->process->started)
		rd->process->entry.start_ns = MIN(rd->process->entry.start_ns, ns);
}

/* All that a dead process has told has been taken. If it told of its end, that is the place of its death in
 * the order of the events: of what comes later much may come because it has ended (its parent has waited for
 * that). Of others it is known only by now. */
static void take_death(struct rings *r, struct recorder *recorder, struct process *p)
{
	if (p->exit_told)
		accounts_process_gone(&recorder->accounts, p, clock_ns(&r->clock, p->last_stamp));
}

/* The reader has no more records in this round. */
static void take_last(struct rings *r, struct recorder *recorder, const struct reader *rd)
{
	struct process *p = rd->process;
	p->last_stamp = MAX(p->last_stamp, rd->stamp);
	if (--p->n_waiting == 0 && p->dead)
		take_death(r, recorder, p);
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
	if (ended)
		take_last(r, recorder, ended);
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
	if (turn)
		__atomic_store_n(&r->header->given, turn, __ATOMIC_RELEASE);
	if (turn || __atomic_load_n(&r->header->turn, __ATOMIC_RELAXED))
		__atomic_store_n(&r->header->turn, turn, __ATOMIC_RELEASE);
}

/* Deaths before new rings: those of the dead are all there then. A process that comes with them may be dead
 * as well, and others have come because of that: there is more to look for until none comes. */
static void look_for_processes(struct rings *r, struct recorder *recorder)
{
	size_t known;
	do {
		known = recorder->accounts.processes.n;
		if (known > 1 && watch_has_deaths(&recorder->watch))
			watch_deaths(recorder);
		rings_adopt(r, recorder);
	} while (recorder->accounts.processes.n != known);
}

void rings_round(struct rings *r, struct recorder *recorder)
{
	/* T is the end of the last round: nearly always long enough ago. */
	u64 now = r->mark;
	u64 settled = now + (u64)(SETTLE_NS / r->clock.ns_per_stamp);
	clock_keep(&r->clock);
	__atomic_add_fetch(&r->header->heartbeat, 1, __ATOMIC_RELAXED);
	look_for_processes(r, recorder);
	r->adopted = now;
	while (clock_stamp(&r->clock) < settled)
		__builtin_ia32_pause();

	r->fullest = 0;
	for (size_t i = 0; i < r->readers.n; i++) {
		r->readers.at[i]->process->safe = UINT64_MAX;
		r->readers.at[i]->process->n_waiting = 0;
	}
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
		if (rd->tail == rd->limit || !events_next(recorder, rd))
			continue;
		array_push(&r->heap, rd);
		rd->process->n_waiting++;
		if (unlikely(!rd->begun))
			begin(r, rd);
	}
	for (size_t i = 0; i < r->readers.n; i++) {
		struct reader *rd = r->readers.at[i];
		rd->process->last_stamp = MAX(rd->process->last_stamp, rd->stamp);
		if (rd->process->dead && rd->process->n_waiting == 0)
			take_death(r, recorder, rd->process);
	}
	for (size_t i = r->heap.n / 2; i-- > 0;)
		sift_down(r, i);
	while (r->heap.n > 1)
		take_two(r, recorder, horizon, patience);
	if (r->heap.n) {
		struct reader *rd = r->heap.at[0];
		if (!events_run(recorder, rd, complete_up_to(rd->process, horizon, patience)))
			take_last(r, recorder, rd);
	}
	for (size_t i = 0; i < r->readers.n; i++) {
		struct reader *rd = r->readers.at[i];
		r->words_taken += rd->tail - rd->from;
		if (rd->given != rd->tail)
			rings_give_room(rd);
	}
	give_turn(r);
	r->mark = clock_stamp(&r->clock);
}
