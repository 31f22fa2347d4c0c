/* Samples: the handler of the signal by which a thread is told that a piece of its time has passed. It walks
 * the stack from where the thread was, and tells of it through the thread's ring.
 *
 * The kernel sends the signal, from two sources. An event of the thread that the recorder has opened counts
 * its time in user mode only, so that no system call of the program is ever interrupted by it. What the
 * thread spends in the kernel a timer on its CPU clock tells of, which sampling_clock.c makes: by the
 * kernel's tick, and on the way back to user mode; it knows of all that has passed, and is told as far as the
 * event has not come for it, so it need not come often where that is next to nothing. Where the recorder may
 * not open events, the timer does all. Either goes with the thread's image, since the signal's default is to
 * end a process.
 *
 * SIGSTKFLT, which no kernel sends on this machine, and not a real-time signal: those queue up in a thread
 * that blocks them, count against the user's limit, and where that is reached SIGIO comes instead, which
 * nobody expects. Of this one there is one at a time at most. */
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#include "common/sys.h"
#include "record/preload/eh_frame.h"
#include "record/preload/guest.h"

enum {
	ROOM_WORDS = 2048,    /* free in the ring, for a sample not to wait: a deep stack has many nodes */
	HOOK_BYTES = 1 << 14, /* of stack, of the library's own functions */
	HOOK_FRAMES = 64,
	SLOW = 1000, /* a walk that takes this part of flush_ticks: 0.1 ms */
	REST = 9,    /* times what a slow walk took, until the next one */
};

u32 sampling_signal;
bool sampling_traced;

/* The library's own code, from one end to the other. */
extern const char __ehdr_start[] HIDDEN, etext[] HIDDEN;

static bool is_own_code(uintptr_t pc)
{
	return pc - (uintptr_t)__ehdr_start < (uintptr_t)etext - (uintptr_t)__ehdr_start;
}

/* The state of the function that called into the library, where the thread is at work: its own functions keep
 * a chain of frames, from the one that is at work outwards. */
static struct unwind_regs find_caller(const struct guest *g, const greg_t *r)
{
	uintptr_t sp = (uintptr_t)r[REG_RSP], fp = g->busy;
	for (int i = 0; i < HOOK_FRAMES && fp - sp < HOOK_BYTES && !(fp & 7); i++) {
		const uintptr_t *frame = (const uintptr_t *)fp;
		if (!is_own_code(frame[1]))
			return (struct unwind_regs){.pc = frame[1], .sp = fp + 16, .fp = frame[0]};
		sp = fp;
		fp = frame[0];
	}
	return (struct unwind_regs){.pc = (uintptr_t)r[REG_RIP] + 1};
}

static void put_sample(struct guest *g, u32 node, u32 count, uintptr_t sp)
{
	u32 ns = guest_header->sample_ns;
	u64 told = 0;
	guest_open(g);
	/* A record has 32 bits for the time. */
	for (u32 most = UINT32_MAX / ns, n; count; count -= n) {
		n = MIN(count, most);
		if (!guest_room(g, 2))
			break;
		guest_put_record(g, RING_SAMPLE, n, guest_clock(), 1, (u64)n * ns << 32 | node, 0);
		told += (u64)n * ns;
	}
	waits_sampled(g, node, told, sp);
	guest_publish(g);
}

static u64 thread_cpu_ns(void)
{
	return sys_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* A walk through tens of thousands of frames takes longer than the time that it stands for: the thread would
 * come to nothing else. So it rests then; what is due meanwhile is told with the next sample. The thread's
 * own clock is asked only once a walk was long, which may be as the thread had to wait. */
static u32 walk(struct guest *g, const struct unwind_regs *regs)
{
	u64 start = __builtin_ia32_rdtsc(), cpu = g->sample_slow ? thread_cpu_ns() : 0;
	u32 node = guest_stack(g, regs);
	bool slow = __builtin_ia32_rdtsc() - start > guest_header->flush_ticks / SLOW;
	g->sample_rest = 0;
	if (slow && g->sample_slow) {
		u64 end = thread_cpu_ns();
		g->sample_rest = end + (end - cpu) * REST;
	}
	g->sample_slow = slow;
	return node;
}

static bool is_resting(const struct guest *g)
{
	return unlikely(g->sample_rest) && thread_cpu_ns() < g->sample_rest;
}

void sampling_late(struct guest *g)
{
	u32 count;
	while ((count = __atomic_load_n(&g->late_count, __ATOMIC_RELAXED)) != 0) {
		struct unwind_regs regs = g->late;
		if (!guest_clear(&g->late_count, count))
			continue;
		if (regs.sp - (uintptr_t)__builtin_frame_address(0) >= HOOK_BYTES)
			regs.sp = 0; /* the hook has returned, and who knows what lies there now */
		u32 node = walk(g, &regs);
		if (!g->tree_lost)
			put_sample(g, node, count, regs.sp);
	}
}

/* Unlike an allocation, a sample is not worth waiting for. */
static bool has_room(struct guest *g)
{
	u64 tail = __atomic_load_n(&g->slot->tail, __ATOMIC_ACQUIRE);
	if (tail <= g->head)
		g->tail = tail;
	return g->head + ROOM_WORDS - g->tail <= RING_WORDS;
}

/* The thread's own state, when samples of it can be told. */
static struct guest *sampled_guest(void)
{
	struct guest *g = guest_attaching || !guest_recording || *guest_alive != 1 ? NULL : guest_enter();
	/* A thread that was made without a place of its own for its variables has those of another. */
	return g && g->slot->tid == (u32)sys_call3(SYS_gettid, 0, 0, 0) ? g : NULL;
}

static void take_sample(struct guest *g, const greg_t *r, u32 count)
{
	struct unwind_regs regs = {
		.pc = (uintptr_t)r[REG_RIP] + 1, .sp = (uintptr_t)r[REG_RSP], .fp = (uintptr_t)r[REG_RBP]};
	if (is_resting(g)) {
		g->sample_missed += count;
		return;
	}
	if (!guest_begin(g)) {
		if (!g->late_count)
			g->late = find_caller(g, r);
		g->late_count += count;
		return;
	}
	if (!has_room(g)) {
		g->sample_missed += count;
	} else {
		if (!eh_frame_usable())
			regs.sp = 0; /* libunwind goes through the loader's list, which may be half changed */
		g->interrupted = true;
		u32 node = walk(g, &regs);
		g->interrupted = false;
		if (!g->tree_lost) {
			put_sample(g, node, count + g->sample_missed, (uintptr_t)r[REG_RSP]);
			g->sample_missed = 0;
		}
	}
	guest_end(g);
}

static bool sent_by_timer(const siginfo_t *info)
{
	return info->si_code == SI_TIMER && info->si_value.sival_ptr == &sampling_signal;
}

bool sampling_sent(const siginfo_t *info)
{
	/* Of the kernel's events, or one that it had no memory to say anything of. */
	bool event = info->si_code > 0 || (info->si_code == SI_USER && info->si_pid == 0);
	return event || sent_by_timer(info);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	const greg_t *r = ((const ucontext_t *)context)->uc_mcontext.gregs;
	bool timer = sent_by_timer(info);
	if (!sampling_sent(info)) {
		signals_foreign(number, info, context);
		return;
	}
	struct guest *g = sampling_stopped ? NULL : sampled_guest();
	u32 due = 1;
	if (g && timer)
		due = sampling_due(g, (const u8 *)r[REG_RIP]);
	else if (g)
		sampling_told(g);
	if (g && due)
		take_sample(g, r, due);
}

/* As the kernel's table of signals has it. */
struct kernel_action {
	void (*handler)(int, siginfo_t *, void *);
	u64 flags;
	void (*restorer)(void);
	u64 mask;
};
enum { KERNEL_RESTORER = 0x04000000 };

/* Where a handler returns to. Walkers of stacks know it by its code; what lies before must have no table. */
void sampling_return(void) HIDDEN;
__asm__(".pushsection .text\n"
	".p2align 4\n"
	"nop\n"
	".p2align 4\n"
	".globl sampling_return\n"
	".hidden sampling_return\n"
	".type sampling_return, @function\n"
	"sampling_return:\n"
	"movq $15, %rax\n"
	"syscall\n"
	".size sampling_return, . - sampling_return\n"
	".popsection\n");

static void set_action(void *handler, u64 flags)
{
	struct kernel_action action = {
		.handler = handler,
		.flags = flags | KERNEL_RESTORER,
		.restorer = sampling_return,
		.mask = UINT64_MAX, /* nobody leaves our handler by a jump out of another */
	};
	sys_call4(SYS_rt_sigaction, sampling_signal, &action, NULL, KERNEL_SET_BYTES);
}

void sampling_handle(u64 flags)
{
	set_action((void *)on_signal, flags | SA_SIGINFO | SA_ONSTACK);
}

void sampling_default(void *disposition)
{
	set_action(disposition, 0);
}

void sampling_block(bool block)
{
	u64 set = 1ull << (sampling_signal - 1);
	sys_call4(SYS_rt_sigprocmask, block ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL, KERNEL_SET_BYTES);
}

/* A debugger would stop at each sample, and strace tell of it. */
static bool is_traced(void)
{
	static const char key[] = "\nTracerPid:\t";
	char text[2048];
	long fd = sys_call3(SYS_open, "/proc/self/status", O_RDONLY | O_CLOEXEC, 0), n = 0;
	if (fd >= 0) {
		n = sys_call3(SYS_read, fd, text, sizeof(text) - 1);
		sys_call3(SYS_close, fd, 0, 0);
	}
	text[n > 0 ? n : 0] = 0;
	const char *found = strstr(text, key);
	return found && found[sizeof(key) - 1] != '0';
}

void sampling_begin(void)
{
	u32 number = guest_header->sample_signal;
	struct kernel_action old = {0};
	u64 blocked = 0;
	if (!(guest_header->flags & RING_SAMPLES) || number < 1 || number > 64 || !guest_header->sample_ns ||
	    sys_call4(SYS_rt_sigaction, number, NULL, &old, KERNEL_SET_BYTES) != 0)
		return;
	sampling_traced = is_traced();
	if (sampling_traced)
		return;
	sampling_signal = number;
	signals_begin(old.handler == (void *)SIG_IGN);
	sys_call4(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, KERNEL_SET_BYTES);
	if (blocked >> (number - 1) & 1) {
		signals_inherit(true);
		sampling_block(false);
	}
}
