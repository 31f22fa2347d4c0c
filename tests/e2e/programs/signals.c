/* A program that does all it can with signals, while it works: what it does is said, and must be the same
 * whoever watches. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { WORK_NS = 5000000, PROFS = 5, TIMERS = 5, OWN = SIGSTKFLT };

static volatile sig_atomic_t counts[NSIG];

static void on_signal(int number)
{
	counts[number]++;
}

static void work(void)
{
	struct timespec from, now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000L + now.tv_nsec - from.tv_nsec < WORK_NS);
}

static const char *name(__sighandler_t handler)
{
	return handler == SIG_DFL     ? "default"
	       : handler == SIG_IGN   ? "ignored"
	       : handler == on_signal ? "own"
				      : "foreign";
}

static void show_dispositions(const char *when)
{
	int n[4] = {0};
	static const char *const names[] = {"default", "ignored", "own", "foreign"};
	for (int i = 1; i < NSIG; i++) {
		struct sigaction action;
		if (sigaction(i, NULL, &action) != 0)
			continue;
		for (int k = 0; k < 4; k++)
			n[k] += strcmp(name(action.sa_handler), names[k]) == 0;
	}
	printf("%s: %d default, %d ignored, %d own, %d foreign\n", when, n[0], n[1], n[2], n[3]);
}

static int can_change(int number)
{
	return number != SIGKILL && number != SIGSTOP && (number < 32 || number >= SIGRTMIN);
}

static void set_all(const char *what, __sighandler_t handler)
{
	int foreign = 0;
	for (int i = 1; i < NSIG; i++) {
		if (!can_change(i))
			continue;
		const char *old = name(signal(i, handler));
		foreign += strcmp(old, "foreign") == 0;
	}
	work();
	printf("%d foreign handlers before\n", foreign);
	show_dispositions(what);
}

static void show_mask(const char *when)
{
	sigset_t now;
	int n = 0;
	pthread_sigmask(SIG_SETMASK, NULL, &now);
	for (int i = 1; i < NSIG; i++)
		n += sigismember(&now, i) == 1;
	printf("%s: %d blocked\n", when, n);
}

static void *in_thread(void *unused)
{
	(void)unused;
	work();
	show_mask("in a thread");
	return NULL;
}

static void block_all(void)
{
	sigset_t all, none, pending, some;
	siginfo_t info;
	pthread_t thread;
	struct timespec now = {0};
	int number = 0;
	sigfillset(&all);
	sigemptyset(&none);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	show_mask("all");
	work();
	pthread_create(&thread, NULL, in_thread, NULL);
	pthread_join(thread, NULL);
	printf("nothing waits: %d\n", sigtimedwait(&all, &info, &now) == -1 && errno == EAGAIN);
	kill(getpid(), SIGUSR1);
	work();
	sigpending(&pending);
	for (int i = 1; i < NSIG; i++)
		if (sigismember(&pending, i) == 1)
			printf("pending: %s\n", strsignal(i));
	sigwait(&all, &number);
	printf("came: %s\n", strsignal(number));
	raise(OWN);
	work();
	sigwait(&all, &number);
	printf("came: %s\n", strsignal(number));
	kill(getpid(), OWN);
	work();
	printf("came: %s\n", strsignal(sigwaitinfo(&all, &info)));
	printf("from us: %d\n", info.si_pid == getpid());
	signal(SIGUSR2, on_signal);
	kill(getpid(), SIGUSR2);
	sigsuspend(&none);
	printf("suspended until: %d\n", (int)counts[SIGUSR2]);
	int fd = signalfd(-1, &all, SFD_NONBLOCK);
	struct signalfd_siginfo read_info;
	work();
	printf("nothing to read: %d\n", read(fd, &read_info, sizeof(read_info)) < 0 && errno == EAGAIN);
	close(fd);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &some, NULL);
	show_mask("but one");
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	show_mask("none");
	work();
}

static void own_signal(void)
{
	struct sigaction action = {.sa_handler = on_signal}, old;
	sigaction(OWN, &action, &old);
	printf("%s before\n", name(old.sa_handler));
	work();
	raise(OWN);
	kill(getpid(), OWN);
	printf("own: %d\n", (int)counts[OWN]);
	action.sa_flags = (int)SA_RESETHAND;
	sigaction(OWN, &action, NULL);
	raise(OWN);
	work();
	sigaction(OWN, NULL, &old);
	printf("once more: %d, then %s\n", (int)counts[OWN], name(old.sa_handler));
	signal(OWN, SIG_IGN);
	raise(OWN);
	work();
	signal(OWN, SIG_DFL);
}

static void own_timers(void)
{
	struct itimerval prof = {{0, 10000}, {0, 10000}}, none = {{0, 0}, {0, 0}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3};
	struct itimerspec period = {{0, 4000000}, {0, 4000000}};
	timer_t timer;
	signal(SIGPROF, on_signal);
	setitimer(ITIMER_PROF, &prof, NULL);
	while (counts[SIGPROF] < PROFS)
		;
	setitimer(ITIMER_PROF, &none, NULL);
	signal(SIGRTMIN + 3, on_signal);
	if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0)
		return;
	timer_settime(timer, 0, &period, NULL);
	while (counts[SIGRTMIN + 3] < TIMERS)
		;
	timer_delete(timer);
	int others = 0;
	for (int i = SIGRTMIN; i < NSIG; i++)
		others += i != SIGRTMIN + 3 ? counts[i] : 0;
	printf("timers: %d %d, others: %d\n", counts[SIGPROF] >= PROFS, counts[SIGRTMIN + 3] >= TIMERS,
	       others);
}

int main(void)
{
	show_dispositions("at first");
	show_mask("at first");
	work();
	own_timers();
	set_all("ignored", SIG_IGN);
	set_all("default", SIG_DFL);
	set_all("own", on_signal);
	set_all("default again", SIG_DFL);
	own_signal();
	block_all();
	own_signal();
	fflush(stdout);
	work();
	raise(OWN);
	return 0;
}
