/* A thread's and a process's place in the shared memory: connecting, claiming a slot, what happens after
 * fork, waiting for room in a full ring, and the events of signal handlers that interrupted the library
 * itself. */
#include "record/preload/calls.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#include "record/preload/python.h"
#include "record/preload/sys.h"

enum {
	WAIT_SLICE_NS = 1000000,
	STALL_SECONDS = 5,
	NEAR_BYTES = 1 << 18, /* on the same stack */
	FLUSH_ROUNDS = 16,
};

__thread struct guest *guest_self;
__thread u32 guest_inside;
__thread u32 guest_attaching;
static __thread struct unwind *thread_unwind; /* outlives a slot: a forked child uses its parent's anew */

bool guest_recording;
struct ring_header *guest_header;
u32 guest_modules = 1;

static u32 never_wiped = 1;
volatile u32 *guest_alive = &never_wiped;

static void *segments[RING_SEGMENTS];
static u32 n_segments;
static u32 segments_lock;
static u32 this_process; /* account; the parent's in a child that has not registered yet */
static u32 parent_process = NO_ID;
static u64 stalled_beat; /* heartbeat at which waiting was given up; 0: not */

static u64 now_ns(void)
{
	struct timespec t = {0};
	sys_call3(SYS_clock_gettime, CLOCK_MONOTONIC, &t, 0);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static void *map_segment(int fd)
{
	void *segment = sys_mmap(RING_SEGMENT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd);
	if (segment)
		sys_call3(SYS_madvise, segment, RING_SEGMENT_BYTES, MADV_DONTDUMP);
	return segment;
}

bool guest_connect(int fd)
{
	struct ring_header *header = map_segment(fd);
	if (!header)
		return false;
	if (header->magic != RING_MAGIC) {
		sys_call3(SYS_munmap, header, RING_SEGMENT_BYTES, 0);
		return false;
	}
	u32 *page = sys_mmap(4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (page) {
		sys_call3(SYS_madvise, page, 4096, MADV_WIPEONFORK);
		*page = 1;
		guest_alive = page;
	}
	segments[0] = header;
	n_segments = 1;
	guest_header = header;
	this_process = __atomic_fetch_add(&header->next_process, 1, __ATOMIC_RELAXED);
	return true;
}

/* More slots: the recorder makes further segments when the ones there fill up. */
static bool map_more_segments(void)
{
	u32 wanted = __atomic_load_n(&guest_header->n_segments, __ATOMIC_ACQUIRE);
	if (n_segments >= wanted || wanted > RING_SEGMENTS)
		return false;
	if (__atomic_exchange_n(&segments_lock, 1, __ATOMIC_ACQUIRE))
		return false;
	bool more = false;
	while (n_segments < wanted) {
		/* boot_ring reads RING_ENV=/proc/PID/fd/0 */
		char path[64];
		size_t n = 0, slash = 0;
		for (const char *s = boot_ring + sizeof(RING_ENV); *s && n < sizeof(path) - 12; s++) {
			path[n++] = *s;
			if (*s == '/')
				slash = n;
		}
		char digits[12];
		size_t d = 0;
		for (u32 fd = (u32)guest_header->segment_fd[n_segments]; d == 0 || fd; fd /= 10)
			digits[d++] = (char)('0' + fd % 10);
		n = slash;
		while (d)
			path[n++] = digits[--d];
		path[n] = 0;
		long fd = sys_call3(SYS_open, path, O_RDWR | O_CLOEXEC, 0);
		if (fd < 0)
			break;
		void *segment = map_segment((int)fd);
		sys_call3(SYS_close, fd, 0, 0);
		if (!segment)
			break;
		segments[n_segments] = segment;
		__atomic_store_n(&n_segments, n_segments + 1, __ATOMIC_RELEASE);
		more = true;
	}
	__atomic_store_n(&segments_lock, 0, __ATOMIC_RELEASE);
	return more;
}

void guest_each_slot(void (*visit)(struct ring_slot *))
{
	u32 n = __atomic_load_n(&n_segments, __ATOMIC_ACQUIRE), pid = (u32)sys_call3(SYS_getpid, 0, 0, 0);
	for (u32 s = 0; s < n; s++) {
		for (u32 i = 0; i < RING_SLOTS; i++) {
			struct ring_slot *slot = ring_slot_at(segments[s], i);
			if (__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == RING_LIVE &&
			    slot->pid == pid && slot->process == this_process)
				visit(slot);
		}
	}
}

static struct ring_slot *claim_slot(u32 tid)
{
	do {
		u32 n = __atomic_load_n(&n_segments, __ATOMIC_ACQUIRE);
		for (u32 s = 0; s < n; s++) {
			for (u32 i = 0; i < RING_SLOTS; i++) {
				u32 index = (i + tid) % RING_SLOTS;
				struct ring_slot *slot = ring_slot_at(segments[s], index);
				u32 expected = RING_FREE;
				if (__atomic_load_n(&slot->state, __ATOMIC_RELAXED) == RING_FREE &&
				    __atomic_compare_exchange_n(&slot->state, &expected, RING_CLAIMED, false,
								__ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
					slot->id = s * RING_SLOTS + index + 1;
					return slot;
				}
			}
		}
	} while (map_more_segments());
	return NULL;
}

bool guest_orphaned(void)
{
	/* The kernel sets the bit in a robust mutex whose owner has died. */
	u32 word = (u32)__atomic_load_n(&guest_header->alive.__data.__lock, __ATOMIC_RELAXED);
	return (word & FUTEX_OWNER_DIED) || __atomic_load_n(&guest_header->finished, __ATOMIC_RELAXED);
}

void guest_wake_recorder(void)
{
	__atomic_add_fetch(&guest_header->wake, 1, __ATOMIC_RELEASE);
	sys_call3(SYS_futex, &guest_header->wake, FUTEX_WAKE, 1);
}

/* 0: no tree. */
static u32 next_tree(void)
{
	static u32 trees;
	u32 tree = __atomic_add_fetch(&trees, 1, __ATOMIC_RELAXED);
	return tree ? tree : __atomic_add_fetch(&trees, 1, __ATOMIC_RELAXED);
}

static void tell_node(void *context, u32 parent, uintptr_t pc)
{
	(void)context;
	struct guest *g = guest_self;
	if (g->tree_lost)
		return;
	if (!guest_room(g, 2)) {
		g->tree_lost = 1;
		return;
	}
	guest_put(g, ring_word(RING_NODE, parent, 0));
	guest_put(g, pc);
}

/* The first event of a forked child: an account of its own. Threads that come meanwhile wait for the first.
 */
static void register_child(void)
{
	u32 wiped = 0;
	if (!__atomic_compare_exchange_n(guest_alive, &wiped, 2, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(guest_alive, __ATOMIC_ACQUIRE) == 2)
			sys_call3(SYS_sched_yield, 0, 0, 0);
		return;
	}
	guest_self = NULL;
	guest_inside = guest_attaching = 0;
	segments_lock = 0;
	modules_forked();
	lines_forked();
	calls_forked();
	if (guest_header->flags & RING_CHILDREN) {
		parent_process = this_process;
		this_process = __atomic_fetch_add(&guest_header->next_process, 1, __ATOMIC_RELAXED);
	} else {
		guest_recording = false;
	}
	__atomic_store_n(guest_alive, 1, __ATOMIC_RELEASE);
}

/* A child makes itself known at once: its parent may be gone before it first allocates. */
static void after_fork(void)
{
	guest_enter();
}

void guest_watch_forks(void)
{
	guest_inside++;
	pthread_atfork(NULL, NULL, after_fork);
	guest_inside--;
}

static void reset_stacks(struct guest *g)
{
	if (g->unwind)
		unwind_reset(g->unwind);
	python_reset(g);
	g->at = 0;
}

static struct guest *attach(void)
{
	if (!guest_recording)
		return NULL;
	if (!*guest_alive || *guest_alive == 2) {
		register_child();
		if (!guest_recording)
			return NULL;
		if (guest_self)
			return guest_self;
	}
	if (guest_orphaned()) {
		guest_recording = false;
		return NULL;
	}
	u32 tid = (u32)sys_call3(SYS_gettid, 0, 0, 0);
	struct ring_slot *slot = claim_slot(tid);
	if (!slot) {
		/* Threads that have died leave theirs to the recorder, which gives them back or makes more.
		 */
		guest_wake_recorder();
		for (int i = 0; i < 100 && !slot && !guest_orphaned(); i++) {
			struct timespec pause = {0, WAIT_SLICE_NS};
			sys_call3(SYS_nanosleep, &pause, 0, 0);
			slot = claim_slot(tid);
		}
		if (!slot) {
			__atomic_add_fetch(&guest_header->lost, 1, __ATOMIC_RELAXED);
			return NULL;
		}
	}
	slot->pid = (u32)sys_call3(SYS_getpid, 0, 0, 0);
	slot->ppid = (u32)sys_call3(SYS_getppid, 0, 0, 0);
	slot->tid = tid;
	slot->process = this_process;
	slot->parent = parent_process;

	struct guest *g = ring_slot_scratch(slot);
	g->slot = slot;
	g->id = slot->id;
	g->words = ring_slot_words(slot);
	g->head = g->tail = 0;
	g->stamp = 0;
	g->unlooked = g->to_skip = 0;
	g->modules = __atomic_load_n(&guest_modules, __ATOMIC_RELAXED);
	g->busy = (uintptr_t)__builtin_frame_address(0);
	g->tree_lost = 0;
	g->tree = next_tree();
	g->interrupted = false;
	g->n_nested = g->late_count = 0;
	if (!thread_unwind)
		thread_unwind = unwind_new(tell_node, NULL);
	g->unwind = thread_unwind;
	reset_stacks(g);
	guest_self = g;
	sampling_attach(g);
	waits_attach(g);
	__atomic_store_n(&slot->state, RING_LIVE, __ATOMIC_RELEASE);
	__atomic_add_fetch(&guest_header->claims, 1, __ATOMIC_SEQ_CST);
	guest_end(g);
	/* The sooner the recorder looks, the more of a short life is sampled. */
	if (sampling_signal && !sampling_stopped)
		guest_wake_recorder();
	return g;
}

struct guest *guest_attach(void)
{
	guest_attaching++;
	struct guest *g = attach();
	guest_attaching--;
	return g;
}

/* A full ring. The recorder makes room, unless it is stopped or dead: then the program goes on without it,
 * and what is dropped is counted. */
bool guest_wait(struct guest *g, u32 words)
{
	struct ring_slot *slot = g->slot;
	u64 started = 0, beat = 0;
	for (;;) {
		u32 space = __atomic_load_n(&slot->space, __ATOMIC_ACQUIRE);
		u64 tail = __atomic_load_n(&slot->tail, __ATOMIC_ACQUIRE);
		if (tail <= g->head)
			g->tail = tail;
		if (g->head + words - g->tail <= RING_WORDS)
			return true;
		if (guest_orphaned())
			guest_recording = false;
		u64 beat_now = __atomic_load_n(&guest_header->heartbeat, __ATOMIC_RELAXED);
		if (!guest_recording || stalled_beat == beat_now + 1) {
			__atomic_store_n(&slot->lost, slot->lost + 1, __ATOMIC_RELAXED);
			return false;
		}
		u64 now = now_ns();
		if (!started || beat_now != beat) {
			started = now;
			beat = beat_now;
		} else if (now - started > STALL_SECONDS * 1000000000ull) {
			stalled_beat = beat_now + 1;
			continue;
		}
		__atomic_store_n(&slot->waiting, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&slot->tail, __ATOMIC_SEQ_CST) != tail)
			continue;
		/* What is written so far must be seen, or nobody could make room. */
		__atomic_store_n(&slot->head, g->head << 1, __ATOMIC_RELEASE);
		guest_wake_recorder();
		struct timespec slice = {0, WAIT_SLICE_NS};
		sys_call4(SYS_futex, &slot->space, FUTEX_WAIT, space, &slice);
	}
}

bool guest_renew_tree(struct guest *g)
{
	u32 modules = __atomic_load_n(&guest_modules, __ATOMIC_ACQUIRE);
	if (!guest_room(g, 2)) {
		g->tree_lost = 1;
		return false;
	}
	reset_stacks(g);
	guest_put_record(g, RING_NOTE, RING_NOTE_RESET, guest_clock(), 1, 0, 0);
	g->modules = modules;
	g->tree = next_tree();
	g->tree_lost = 0;
	return true;
}

u32 guest_stack(struct guest *g, const struct unwind_regs *regs)
{
	return guest_tree(g) && g->unwind ? python_join(g, unwind_stack(g->unwind, regs)) : 0;
}

/* Whether what this thread was at has been left by a jump out of a signal handler: its frame lies below the
 * program's, or something else lies where it was. */
static bool work_was_left(const struct guest *g)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	stack_t handlers;
	if (here > g->busy && here - g->busy < NEAR_BYTES &&
	    sys_call3(SYS_sigaltstack, NULL, &handlers, 0) == 0 && !(handlers.ss_flags & SS_ONSTACK))
		return true;
	return g->n_nested >= ARRAY_LEN(g->nested) && !unwind_is_return(g->busy + sizeof(uintptr_t));
}

/* As if it had not begun; what it did not publish is forgotten. */
static void give_up_work(struct guest *g)
{
	reset_stacks(g);
	g->tree_lost = 1;
	g->head = g->slot->head >> 1;
	g->stamp = 0; /* nobody knows the last one */
	g->unlooked = 0;
	g->busy = 0;
	g->late.sp = 0; /* that stack is gone */
	guest_flush_nested(g);
}

void guest_push_nested(struct guest *g, enum ring_kind kind, u64 value, u64 size, uintptr_t pc)
{
	guest_turn(g, __atomic_load_n(&guest_header->turn, __ATOMIC_RELAXED));
	u64 stamp = guest_clock();
	bool left = work_was_left(g);
	if (left)
		give_up_work(g);
	/* Another signal may come between any two of these. */
	u32 i = __atomic_fetch_add(&g->n_nested, 1, __ATOMIC_RELAXED);
	if (i >= ARRAY_LEN(g->nested)) {
		__atomic_store_n(&g->n_nested, ARRAY_LEN(g->nested), __ATOMIC_RELAXED);
		__atomic_fetch_add(&g->slot->lost, 1, __ATOMIC_RELAXED);
		return;
	}
	g->nested[i] = (struct guest_nested){
		.stamp = stamp,
		.first = ring_word(kind, value, 0),
		.size = size,
		.pc = pc,
	};
	__atomic_fetch_or(&g->slot->head, 1, __ATOMIC_RELAXED);
	if (left)
		guest_flush_nested(g);
}

static void put_nested(struct guest *g, const struct guest_nested *e)
{
	enum ring_kind kind = ring_word_kind(e->first);
	u64 value = ring_word_value(e->first);
	u32 node = 0;
	if (kind == RING_ALLOC && g->unwind) {
		/* The handler's stack was not walked: its innermost function alone is known. */
		struct unwind_regs caller = {.pc = e->pc, .sp = 0, .fp = 0};
		node = guest_stack(g, &caller);
	}
	if ((kind == RING_ALLOC && g->tree_lost) || !guest_room(g, 3))
		return;
	if (kind != RING_ALLOC)
		guest_put_record(g, kind, value, e->stamp, 0, 0, 0);
	else if (e->size <= UINT32_MAX)
		guest_put_record(g, RING_ALLOC, value, e->stamp, 1, e->size << 32 | node, 0);
	else
		guest_put_record(g, RING_ALLOC_BIG, value, e->stamp, 2, e->size, node);
}

/* Called with busy clear. Loops, since another signal may come, but not for ever, should they come faster
 * than this goes: the rest waits for the thread's next event. */
void guest_flush_nested(struct guest *g)
{
	for (int round = 0; round < FLUSH_ROUNDS && guest_waiting(g) && guest_begin(g); round++) {
		u32 done = 0;
		do {
			while (done < g->n_nested)
				put_nested(g, &g->nested[done++]);
			if (guest_clear(&g->n_nested, done))
				done = 0;
		} while (done);
		sampling_late(g);
		guest_publish(g);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		g->busy = 0;
	}
}

void guest_text(enum ring_text type, const void *head, size_t head_len, const char *s, size_t len)
{
	struct guest *g = guest_recording ? guest_enter() : NULL;
	if (!g || !guest_begin(g))
		return;
	if (len > RING_TEXT_MAX - head_len)
		len = RING_TEXT_MAX - head_len;
	size_t total = head_len + len;
	if (guest_room(g, (u32)(1 + (total + 7) / 8))) {
		guest_open(g);
		guest_put_record(g, RING_TEXT, (u64)type << 32 | total, guest_clock(), 0, 0, 0);
		for (size_t i = 0; i < total; i += 8) {
			u64 word = 0;
			for (size_t k = i; k < total && k < i + 8; k++) {
				u8 byte = k < head_len ? ((const u8 *)head)[k] : (u8)s[k - head_len];
				word |= (u64)byte << (8 * (k - i));
			}
			guest_put(g, word);
		}
		guest_publish(g);
	}
	guest_end(g);
}

void guest_note(enum ring_note note, u64 word)
{
	struct guest *g = guest_recording ? guest_enter() : NULL;
	if (!g || !guest_begin(g))
		return;
	if (guest_room(g, 2)) {
		guest_open(g);
		guest_put_record(g, RING_NOTE, note, guest_clock(), 1, word, 0);
		guest_publish(g);
	}
	guest_end(g);
}
