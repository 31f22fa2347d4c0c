/* What the program believes of the signal by which it is sampled. That it is handled, and let through, is
 * hidden: the program sees the disposition and the mask that it has asked for, and gets those signals of the
 * number that somebody else has sent. */
#include <errno.h>
#include <string.h>
#include <ucontext.h>

#include "common/sys.h"
#include "record/preload/guest.h"

static struct sigaction wanted; /* by the program */
static u32 wanted_lock;
static __thread bool held; /* the program thinks that this thread blocks it */

/* A vfork child has dispositions of its own, but not this memory; and no samples. */
static bool is_ours(int number)
{
	if (likely(!sampling_signal || (u32)number != sampling_signal))
		return false;
	return !guest_self || guest_self->slot->pid == (u32)sys_call3(SYS_getpid, 0, 0, 0);
}

static bool has_handler(const struct sigaction *action)
{
	return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

void signals_install(void)
{
	u64 flags = has_handler(&wanted) ? (u64)wanted.sa_flags & SA_RESTART : SA_RESTART;
	sampling_handle(flags);
}

void signals_begin(bool ignored)
{
	if (ignored)
		wanted.sa_handler = SIG_IGN;
	signals_install();
}

bool signals_ignored(void)
{
	return wanted.sa_handler == SIG_IGN;
}

bool signals_held(void)
{
	return held;
}

void signals_inherit(bool by)
{
	held = by;
}

/* All signals wait meanwhile, for their handlers may come here, too. */
static void exchange(const struct sigaction *action, struct sigaction *old)
{
	u64 all = UINT64_MAX, before;
	struct sigaction fresh = action ? *action : wanted;
	sys_call4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof(all));
	while (__atomic_exchange_n(&wanted_lock, 1, __ATOMIC_ACQUIRE))
		sys_call3(SYS_sched_yield, 0, 0, 0);
	if (old)
		*old = wanted;
	if (action) {
		wanted = fresh;
		signals_install();
	}
	__atomic_store_n(&wanted_lock, 0, __ATOMIC_RELEASE);
	sys_call4(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(all));
}

/* Sends it once more, to whom it was sent. */
static void send_again(int number, const siginfo_t *info)
{
	long pid = sys_call3(SYS_getpid, 0, 0, 0), tid = sys_call3(SYS_gettid, 0, 0, 0);
	if (info->si_code == SI_TKILL)
		sys_call4(SYS_rt_tgsigqueueinfo, pid, tid, number, info);
	else
		sys_call3(SYS_rt_sigqueueinfo, pid, number, info);
}

/* A sample that has come meanwhile is not the program's, and would stand for the signal that is sent again:
 * there is one of a number at a time. */
static void drop_sample(int number)
{
	u64 set = 1ull << (number - 1);
	struct timespec none = {0};
	siginfo_t info;
	while (sys_call4(SYS_rt_sigtimedwait, &set, &info, &none, KERNEL_SET_BYTES) == number) {
		if (!sampling_sent(&info)) {
			send_again(number, &info);
			break;
		}
	}
}

void signals_foreign(int number, siginfo_t *info, void *context)
{
	ucontext_t *interrupted = context;
	u64 bit = 1ull << (number - 1), *mask = (u64 *)&interrupted->uc_sigmask;
	struct sigaction action = wanted;
	if (held) {
		/* It waits, as the program wants it to; from now on the thread really blocks it, and has no
		 * samples. */
		*mask |= bit;
		sampling_end();
		drop_sample(number);
		send_again(number, info);
	} else if (action.sa_handler == SIG_DFL) {
		sampling_default((void *)SIG_DFL);
		send_again(number, info);
	} else if (has_handler(&action)) {
		u64 during = *mask | *(const u64 *)&action.sa_mask | (action.sa_flags & SA_NODEFER ? 0 : bit);
		if (action.sa_flags & (int)SA_RESETHAND)
			wanted.sa_handler = SIG_DFL;
		sys_call4(SYS_rt_sigprocmask, SIG_SETMASK, &during, NULL, sizeof(during));
		action.sa_sigaction(number, info, context);
	}
}

EXPORT int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
	boot();
	if (!is_ours(number))
		return REAL(sigaction)(number, action, old);
	exchange(action, old);
	return 0;
}

static __sighandler_t take_handler(int number, __sighandler_t handler, int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;
	sigemptyset(&action.sa_mask);
	if (!(flags & SA_NODEFER))
		sigaddset(&action.sa_mask, number);
	exchange(&action, &old);
	return old.sa_handler;
}

EXPORT __sighandler_t signal(int number, __sighandler_t handler)
{
	boot();
	return is_ours(number) ? take_handler(number, handler, SA_RESTART) : REAL(signal)(number, handler);
}

EXPORT __sighandler_t bsd_signal(int number, __sighandler_t handler)
{
	boot();
	return is_ours(number) ? take_handler(number, handler, SA_RESTART)
			       : REAL(bsd_signal)(number, handler);
}

EXPORT __sighandler_t ssignal(int number, __sighandler_t handler)
{
	return signal(number, handler);
}

EXPORT __sighandler_t sysv_signal(int number, __sighandler_t handler)
{
	boot();
	return is_ours(number) ? take_handler(number, handler, (int)SA_RESETHAND | SA_NODEFER)
			       : REAL(sysv_signal)(number, handler);
}

EXPORT __sighandler_t __sysv_signal(int number, __sighandler_t handler) __attribute__((alias("sysv_signal")));

EXPORT int sigignore(int number)
{
	boot();
	if (!is_ours(number))
		return ((int (*)(int))real.sigignore)(number);
	take_handler(number, SIG_IGN, 0);
	return 0;
}

EXPORT int siginterrupt(int number, int interrupt)
{
	struct sigaction action;
	boot();
	if (!is_ours(number))
		return ((int (*)(int, int))real.siginterrupt)(number, interrupt);
	exchange(NULL, &action);
	action.sa_flags = interrupt ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
	exchange(&action, NULL);
	return 0;
}

/* A thread that blocks everything is sampled all the same. What it blocks is let through to our handler
 * alone. */
static int change_mask(int (*real_mask)(int, const sigset_t *, sigset_t *), int how, const sigset_t *set,
		       sigset_t *old)
{
	sigset_t others;
	int number = (int)sampling_signal;
	bool was_held = held, named = set && sigismember(set, number) == 1;
	if (named && how != SIG_UNBLOCK) {
		others = *set;
		sigdelset(&others, number);
	}
	/* Before the real call: what waited comes in it. */
	if (set && (named || how == SIG_SETMASK))
		held = named && how != SIG_UNBLOCK;
	int result = real_mask(how, named && how != SIG_UNBLOCK ? &others : set, old);
	if (result != 0)
		held = was_held;
	else if (old && was_held)
		sigaddset(old, number);
	return result;
}

EXPORT int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	boot();
	return sampling_signal ? change_mask(REAL(pthread_sigmask), how, set, old)
			       : REAL(pthread_sigmask)(how, set, old);
}

EXPORT int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	boot();
	return sampling_signal ? change_mask(REAL(sigprocmask), how, set, old)
			       : REAL(sigprocmask)(how, set, old);
}

EXPORT __sighandler_t sigset(int number, __sighandler_t handler)
{
	sigset_t one, before;
	boot();
	if (!is_ours(number))
		return ((__sighandler_t(*)(int, __sighandler_t))real.sigset)(number, handler);
	sigemptyset(&one);
	sigaddset(&one, number);
	bool hold = handler == SIG_HOLD;
	pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &one, &before);
	struct sigaction old;
	if (hold)
		exchange(NULL, &old);
	else
		old.sa_handler = take_handler(number, handler, 0);
	return sigismember(&before, number) == 1 ? SIG_HOLD : old.sa_handler;
}
