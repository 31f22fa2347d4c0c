/* libelf maps files. A library that is overwritten in place while it is mapped gives SIGBUS where it was cut
 * off; that must cost its symbols, not the recording. The guard marks the thread that reads mapped files; the
 * handler leaves the read by a jump. What libdw was doing is then left as it is, and never touched again. */
#include <setjmp.h>
#include <signal.h>

#include "record/symbolizer_parts.h"

static _Thread_local sigjmp_buf *volatile guard;
static struct sigaction previous;

static void handle_bus(int signal_number, siginfo_t *info, void *context)
{
	(void)context;
	if (guard != NULL && info->si_code > 0)
		siglongjmp(*guard, 1);
	/* The faulting instruction runs again, now with the handling that it had before. */
	sigaction(signal_number, &previous, NULL);
	if (info->si_code <= 0)
		raise(signal_number);
}

/* Each time, because others may have handlers for it as well: they come and go. */
static void install(void)
{
	struct sigaction action = {.sa_sigaction = handle_bus, .sa_flags = SA_SIGINFO | SA_NODEFER}, now;

	if (sigaction(SIGBUS, NULL, &now) != 0 || now.sa_sigaction == handle_bus)
		return;
	previous = now;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}

bool symbol_guard_run(void (*work)(void *), void *arg)
{
	sigjmp_buf here;

	install();
	if (sigsetjmp(here, 0) != 0) {
		guard = NULL;
		return false;
	}
	guard = &here;
	work(arg);
	guard = NULL;
	return true;
}
