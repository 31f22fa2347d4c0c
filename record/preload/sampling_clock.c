/* What makes the kernel send a thread the signal of samples, and its end: the thread's timer, and its slot's
 * word to the recorder, who has its event. And what the timer's coming means. */
#include <linux/futex.h>
#include <time.h>

#include "common/sys.h"
#include "record/preload/guest.h"

enum {
	PAUSE_ROUNDS = 100, /* of PAUSE_NS: how long to wait for the recorder */
	PAUSE_NS = 1000000,
	HANDLER_NS = 5000000, /* in which a handler that has begun ends */
	UNTOLD_NS = 10000000, /* of time that no system call was found for */
	SELDOM_NS = 32000000, /* how often, at most, the timer comes where the event comes for all */
	SELDOM = 8,           /* ... and for so many samples, at least */
	WINDOW = 32,          /* samples due, after which that is asked again */
};

bool sampling_stopped;

static void delete_timer(struct guest *g)
{
	if (g->timer_process == g->slot->process + 1)
		sys_call3(SYS_timer_delete, g->timer, 0, 0);
	g->timer_process = 0;
}

static bool set_timer(struct guest *g, u32 ns)
{
	struct timespec period = {ns / 1000000000, ns % 1000000000};
	struct itimerspec timer = {period, period};
	g->timer_ns = ns;
	return sys_call4(SYS_timer_settime, g->timer, 0, &timer, NULL) == 0;
}

static bool make_timer(struct guest *g)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = (int)sampling_signal,
		.sigev_value.sival_ptr = &sampling_signal,
	};
	event._sigev_un._tid = (pid_t)g->slot->tid;
	if (sys_call3(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, &event, &g->timer) != 0)
		return false;
	g->timer_process = g->slot->process + 1;
	g->window_ahead = 0;
	g->window_due = 0;
	g->due_from = sys_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	return set_timer(g, guest_header->sample_ns);
}

/* A signal takes tens of microseconds where interrupts are those of a virtual machine. */
static void pace_timer(struct guest *g, u32 due)
{
	g->window_due += due;
	g->window_ahead += (i32)due;
	if (g->window_due < WINDOW)
		return;
	/* One may just not have come yet. */
	bool often = g->window_ahead > 1;
	u32 period = guest_header->sample_ns;
	u32 ns = often ? period : MAX((u32)MIN((u64)period * SELDOM, (u64)UINT32_MAX), (u32)SELDOM_NS);
	if (often || g->window_ahead < 0)
		g->window_ahead = 0;
	g->window_due = 0;
	if (ns != g->timer_ns)
		set_timer(g, ns);
}

/* Time in the kernel belongs to the system call that has just returned; what grows without one is that of
 * page faults. */
u32 sampling_due(struct guest *g, const u8 *next)
{
	u32 ns = guest_header->sample_ns;
	u32 due = (u32)((sys_clock_ns(CLOCK_THREAD_CPUTIME_ID) - g->due_from) / ns);
	g->due_from += (u64)due * ns;
	if (guest_header->sample_timers)
		return due;
	g->untold += (i32)due;
	pace_timer(g, due);
	/* What lies before a page may not be there. */
	bool system_call = (uintptr_t)next % 4096 >= 2 && next[-2] == 0x0f && next[-1] == 0x05;
	if (g->untold <= (system_call ? 0 : 1 + (i32)(UNTOLD_NS / ns)))
		return 0;
	due = (u32)g->untold;
	g->untold = 0;
	return due;
}

/* The timer will come to it, however late its tick. */
void sampling_told(struct guest *g)
{
	if (!g->timer_process)
		return;
	g->untold--;
	g->window_ahead--;
}

void sampling_attach(struct guest *g)
{
	u32 state = sampling_traced ? RING_SAMPLING_TRACED : RING_SAMPLING_OFF;
	g->sample_missed = 0;
	g->sample_rest = 0;
	g->untold = 0;
	if (sampling_signal && !sampling_stopped) {
		delete_timer(g); /* of the thread that had this slot before, if it was of this process */
		bool made = make_timer(g);
		state = !guest_header->sample_timers ? RING_SAMPLING_WANTED
			: made                       ? RING_SAMPLING_ON
						     : RING_SAMPLING_REFUSED;
	}
	__atomic_store_n(&g->slot->sampling, state, __ATOMIC_RELEASE);
}

/* True: there is nothing to wait for. */
static bool ask_to_stop(struct ring_slot *slot)
{
	u32 state = RING_SAMPLING_WANTED;
	if (guest_header->sample_timers ||
	    __atomic_compare_exchange_n(&slot->sampling, &state, RING_SAMPLING_OFF, false, __ATOMIC_SEQ_CST,
					__ATOMIC_SEQ_CST) ||
	    state == RING_SAMPLING_OFF)
		return true;
	__atomic_store_n(&slot->sampling, RING_SAMPLING_STOP, __ATOMIC_SEQ_CST);
	return false;
}

/* False: the recorder did not answer. */
static bool wait_for_stop(struct ring_slot *slot)
{
	for (int i = 0; i < PAUSE_ROUNDS; i++) {
		struct timespec slice = {0, PAUSE_NS};
		guest_wake_recorder();
		sys_call4(SYS_futex, &slot->sampling, FUTEX_WAIT, RING_SAMPLING_STOP, &slice);
		/* The dead have closed all. */
		if (__atomic_load_n(&slot->sampling, __ATOMIC_ACQUIRE) != RING_SAMPLING_STOP ||
		    guest_orphaned())
			return true;
	}
	return false;
}

/* A vfork child runs on its parent's memory, and has no signals of ours. */
static struct guest *own_guest(void)
{
	struct guest *g = guest_self;
	return g && g->slot->pid == (u32)sys_call3(SYS_getpid, 0, 0, 0) ? g : NULL;
}

void sampling_end(void)
{
	struct guest *g = own_guest();
	if (!g)
		return;
	delete_timer(g);
	if (!ask_to_stop(g->slot))
		wait_for_stop(g->slot);
}

void sampling_leave(void *unused)
{
	struct guest *g = sampling_stopped ? NULL : own_guest();
	(void)unused;
	if (g)
		delete_timer(g);
}

void sampling_pause(void)
{
	if (!sampling_signal || sampling_stopped)
		return;
	struct guest *g = own_guest();
	u64 blocked = 0;
	bool sure = true;
	if (g) {
		delete_timer(g);
		sure = ask_to_stop(g->slot) || wait_for_stop(g->slot);
	}
	/* One that was sent so far has come by now, unless it is blocked past our hooks: ignored, it is
	 * forgotten. */
	sys_call4(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, KERNEL_SET_BYTES);
	if (blocked >> (sampling_signal - 1) & 1)
		sampling_default((void *)SIG_IGN);
	if (!sure || signals_ignored())
		sampling_default((void *)SIG_IGN);
	else
		signals_install();
	if (signals_held())
		sampling_block(true);
}

void sampling_resume(void)
{
	if (!sampling_signal || sampling_stopped)
		return;
	struct guest *g = own_guest();
	signals_install();
	if (signals_held())
		sampling_block(false);
	if (!g)
		return;
	make_timer(g);
	if (!guest_header->sample_timers &&
	    __atomic_load_n(&g->slot->sampling, __ATOMIC_ACQUIRE) == RING_SAMPLING_OFF) {
		__atomic_store_n(&g->slot->sampling, RING_SAMPLING_WANTED, __ATOMIC_RELEASE);
		guest_wake_recorder();
	}
}

static void begin_to_stop(struct ring_slot *slot)
{
	delete_timer(ring_slot_scratch(slot));
	ask_to_stop(slot);
}

static void finish_to_stop(struct ring_slot *slot)
{
	if (slot->sampling == RING_SAMPLING_STOP)
		wait_for_stop(slot);
}

void sampling_stop(void)
{
	struct timespec pause = {0, HANDLER_NS};
	if (!sampling_signal || sampling_stopped || !own_guest())
		return;
	sampling_stopped = true;
	guest_each_slot(begin_to_stop);
	guest_each_slot(finish_to_stop);
	if (!__libc_single_threaded)
		sys_call3(SYS_nanosleep, &pause, NULL, 0);
}
