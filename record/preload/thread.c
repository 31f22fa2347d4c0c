/* A thread's place in the shared memory: how it gets one, what happens after fork, its tree of stacks,
 * waiting for room in a full ring, and what is told besides events. */
#include "record/preload/calls.h"

#include <errno.h>
#include <linux/futex.h>
#include <time.h>

#include "common/sys.h"
#include "record/preload/python.h"

enum {
	WAIT_SLICE_NS = 1000000,
	REAP_NS = 100 * 1000000, /* in which slots of threads that have ended become free */
	SLOT_ROUNDS = 8,         /* of a recorder that could have made places in each */
	STALL_SECONDS = 5,
	SLOT_STALL_SECONDS = 15, /* all wait for them at once, and but once */
};

__thread struct guest *guest_self;
__thread u32 guest_inside;
__thread u32 guest_attaching;
static __thread struct unwind *thread_unwind; /* outlives a slot: a forked child uses its parent's anew */

bool guest_recording, guest_filtered;
u32 guest_modules = 1;

static u32 parent_process = NO_ID;
static u64 stalled_beat; /* heartbeat at which waiting was given up; 0: not */

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
	guest_inside = 0;
	guest_attaching = 1; /* our caller is */
	connect_forked();
	modules_forked();
	lines_forked();
	calls_forked();
	if (guest_header->flags & RING_CHILDREN) {
		parent_process = guest_process;
		guest_process = __atomic_fetch_add(&guest_header->next_process, 1, __ATOMIC_RELAXED);
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

void guest_reset_stacks(struct guest *g)
{
	if (g->unwind)
		unwind_reset(g->unwind);
	python_reset();
	g->at = 0;
}

/* Threads that have died leave theirs to the recorder, which gives them back, and makes more when few are
 * left. Where that can't be, or we can't map them, a process waits in vain once, and then for nothing any
 * more. Time is counted in waits, which grow as long as the recorder's rounds where both get no processor. */
static struct ring_slot *wait_for_slot(u32 tid)
{
	static u32 none_at; /* header->slots, when none was left for us */
	static bool in_vain;
	u32 slots = __atomic_load_n(&guest_header->slots, __ATOMIC_SEQ_CST);
	bool hopeless = __atomic_load_n(&in_vain, __ATOMIC_RELAXED);
	if (hopeless && __atomic_load_n(&none_at, __ATOMIC_RELAXED) == slots)
		return NULL;
	u64 first_beat = __atomic_load_n(&guest_header->heartbeat, __ATOMIC_RELAXED), beat = first_beat;
	u32 waits = 0, still = 0;
	bool wanted = false;
	struct ring_slot *slot;
	while (!(slot = guest_claim_slot(tid)) && !hopeless && !guest_orphaned()) {
		if (!wanted) {
			wanted = true;
			__atomic_add_fetch(&guest_header->slots_wanted, 1, __ATOMIC_SEQ_CST);
			guest_wake_recorder();
		}
		/* All look at all places: seldom, but when there is word of new ones. */
		bool may_come = guest_slots_may_come();
		struct timespec slice = {may_come, may_come ? 0 : REAP_NS};
		if (sys_call4(SYS_futex, &guest_header->slots, FUTEX_WAIT, slots, &slice) == -ETIMEDOUT) {
			u64 beat_now = __atomic_load_n(&guest_header->heartbeat, __ATOMIC_RELAXED);
			waits++;
			still = beat_now == beat ? still + 1 : 0;
			beat = beat_now;
			hopeless = still >= SLOT_STALL_SECONDS ||
				   (waits >= (may_come ? STALL_SECONDS : 1) &&
				    beat - first_beat >= SLOT_ROUNDS && !guest_slots_to_map());
		}
		slots = __atomic_load_n(&guest_header->slots, __ATOMIC_SEQ_CST);
	}
	if (wanted)
		__atomic_sub_fetch(&guest_header->slots_wanted, 1, __ATOMIC_SEQ_CST);
	if (!slot) {
		__atomic_store_n(&none_at, slots, __ATOMIC_RELAXED);
		__atomic_store_n(&in_vain, true, __ATOMIC_RELAXED);
	}
	return slot;
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
	struct ring_slot *slot = wait_for_slot(tid);
	if (!slot) {
		__atomic_add_fetch(&guest_header->lost, 1, __ATOMIC_RELAXED);
		return NULL;
	}
	guest_number(slot, tid);
	slot->process = guest_process;
	slot->parent = parent_process;

	struct guest *g = ring_slot_scratch(slot);
	g->slot = slot;
	g->id = g->owner = slot->id;
	g->given = 0;
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
	/* From here on events of signal handlers wait until this is done: one that attached the thread, too,
	 * would tell another ring of the nodes of the tree that both have. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	guest_self = g;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	g->unwind = thread_unwind;
	guest_reset_stacks(g);
	if (!g->unwind)
		g->unwind = thread_unwind = unwind_new(tell_node, NULL);
	sampling_attach(g);
	waits_attach(g);
	guest_slot_live(slot);
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
		/* A filter of system calls may forbid to ask for the time. */
		u64 now = __builtin_ia32_rdtsc();
		if (!started || beat_now != beat) {
			started = now;
			beat = beat_now;
		} else if (now - started > STALL_SECONDS * 10 * guest_header->flush_ticks) {
			stalled_beat = beat_now + 1;
			continue;
		}
		if (guest_filtered) {
			__atomic_store_n(&slot->head, g->head << 1, __ATOMIC_RELEASE);
			__builtin_ia32_pause();
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
	guest_reset_stacks(g);
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
