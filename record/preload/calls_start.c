/* Exact calls, to begin with: whether they are asked for, which modules tell of theirs, what a hook costs,
 * and how the end of a thread is heard of. */
#include "record/preload/calls.h"

#include <dlfcn.h>
#include <string.h>

enum { PROBE_ROUNDS = 32, PROBE_CALLS = 32 };

/* Whom instrumented code would have called without us. */
void *calls_real_fentry HIDDEN, *calls_real_mcount HIDDEN;

static pthread_key_t thread_key;
static bool have_key, able, told_ability;

/* calls_entry.S: calls a function of that kind so many times. */
void calls_probe_called(u64 n) HIDDEN;
void calls_probe_jumped(u64 n) HIDDEN;
void calls_probe_framed(u64 n) HIDDEN;

static void thread_ends(void *state)
{
	struct calls *t = state;
	if (calls_self != t)
		return;
	calls_charge(t, calls_now());
	calls_flush(t);
	calls_self = NULL;
	__atomic_store_n(&t->used, 0, __ATOMIC_RELEASE);
}

void calls_watch_thread(struct calls *t)
{
	if (!have_key)
		return;
	guest_inside++;
	pthread_setspecific(thread_key, t);
	guest_inside--;
}

void calls_start(void)
{
	if (!guest_recording || !(guest_header->flags & RING_EXACT) || (guest_header->flags & RING_COUNTER)) {
		calls_real_fentry = dlsym(RTLD_NEXT, "__fentry__");
		calls_real_mcount = dlsym(RTLD_NEXT, "mcount");
		return;
	}
	have_key = pthread_key_create(&thread_key, thread_ends) == 0;
	unwind_replaced.to = calls_returns;
	unwind_replaced.end = (uintptr_t)calls_stubs + (uintptr_t)STUB_PAGES * 4096;
	unwind_replaced.start = (uintptr_t)calls_stubs;
	calls_on = 1;
}

static void probe_cyg(u64 n)
{
	void *here = (void *)calls_probe_called;
	for (u64 i = 0; i < n; i++) {
		__cyg_profile_func_enter(here, here);
		__cyg_profile_func_exit(here, here);
	}
}

/* The least that a round took, a call: in the function called, which does nothing, and around it. */
static struct call_cost probe(struct calls *t, void (*call)(u64))
{
	struct call_cost cost = {UINT64_MAX, UINT64_MAX};
	for (int i = 0; i < PROBE_ROUNDS; i++) {
		call(1);
		struct call_node *node = &t->chunk->nodes[t->chunk->n - 1];
		u64 callee = node->ticks, caller = t->root.ticks;
		call(PROBE_CALLS);
		cost.callee = MIN(cost.callee, (node->ticks - callee) / PROBE_CALLS);
		cost.caller = MIN(cost.caller, (t->root.ticks - caller) / PROBE_CALLS);
	}
	return cost;
}

void calls_calibrate(struct calls *t)
{
	static u32 begun;
	if (__atomic_exchange_n(&begun, 1, __ATOMIC_RELAXED))
		return;
	calls_cost[CALL_CALLED] = probe(t, calls_probe_called);
	calls_cost[CALL_JUMPED] = probe(t, calls_probe_jumped);
	calls_cost[CALL_FRAMED] = probe(t, calls_probe_framed);
	calls_cost[CALL_CYG] = probe(t, probe_cyg);
	calls_forget(t);
}

void calls_see_module(const struct dl_phdr_info *info, const char *path)
{
	/* The vdso has no file, and is not linked like others. */
	if (!calls_on || !path[0] || strncmp(path, "linux-vdso", 10) == 0)
		return;
	bool hooks = calls_lacks_hook(info);
	bool tells = calls_patch(info, path, hooks) || hooks;
	if (!tells || able)
		return;
	able = true;
	if (told_ability)
		guest_note(RING_NOTE_EXACT, 1);
}

void calls_can_tell(void)
{
	if (calls_on && !able && told_ability)
		guest_note(RING_NOTE_EXACT, 1);
	able |= calls_on;
}

void calls_tell_ability(void)
{
	told_ability = true;
	if (guest_recording && guest_header->flags & RING_EXACT)
		guest_note(RING_NOTE_EXACT, able);
}

bool calls_able(void)
{
	return able;
}
