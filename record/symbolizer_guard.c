/* libelf maps files. A library that is overwritten in place while it is mapped gives SIGBUS where it was cut
 * off; that must cost its symbols, not the recording. While the guard stands, such a page is replaced by one
 * of zeros: libdw goes on, with a file that is no worse than a damaged one, and what it found is thrown away
 * afterwards. */
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/symbolizer_parts.h"

static _Thread_local volatile sig_atomic_t guarded, struck;
static struct sigaction previous;

static bool replace_page(void *address)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = (void *)((uintptr_t)address & ~(uintptr_t)(size - 1));

	return mmap(page, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	       page;
}

static void handle_bus(int signal_number, siginfo_t *info, void *context)
{
	(void)context;
	if (guarded && info->si_code == BUS_ADRERR && replace_page(info->si_addr)) {
		struck = true;
		return;
	}
	/* The faulting instruction runs again, now with the handling that it had before. */
	sigaction(signal_number, &previous, NULL);
	if (info->si_code <= 0)
		raise(signal_number);
}

void symbol_guard_install(void)
{
	struct sigaction action = {.sa_sigaction = handle_bus, .sa_flags = SA_SIGINFO | SA_RESTART}, now;

	if (sigaction(SIGBUS, NULL, &now) != 0 || now.sa_sigaction == handle_bus)
		return;
	previous = now;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}

bool symbol_guard_run(void (*work)(void *), void *arg)
{
	struck = false;
	guarded = true;
	work(arg);
	guarded = false;
	return !struck;
}
