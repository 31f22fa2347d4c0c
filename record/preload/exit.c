/* How the program means to end, and when; its status and CPU time, for processes that the recorder can't wait
 * for (somebody else's children), where the kernel doesn't tell. What ends by a signal, or past these
 * functions, only the kernel knows of. */
#include "record/preload/calls.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/sys.h"
#include "record/preload/python.h"

static void tell_exit(int status)
{
	/* A vfork child's end is not that of the process whose memory it shares. */
	struct guest *g = guest_self;
	if (!g || (!guest_filtered && g->slot->pid != (u32)sys_call3(SYS_getpid, 0, 0, 0)))
		return;
	lines_exit();
	calls_flush_all();
	if (!guest_filtered) {
		guest_note(RING_NOTE_CPU, sys_clock_ns(CLOCK_PROCESS_CPUTIME_ID));
		guest_note(RING_NOTE_EXIT, (u64)(status & 0xff));
	}
}

static void at_exit(int status, void *unused)
{
	(void)unused;
	tell_exit(status);
}

void exit_watch(void)
{
	guest_inside++;
	on_exit(at_exit, NULL);
	guest_inside--;
}

EXPORT void _exit(int status)
{
	tell_exit(status);
	for (;;)
		sys_call3(SYS_exit_group, status, 0, 0);
}

EXPORT void _Exit(int status) __attribute__((alias("_exit")));

EXPORT void quick_exit(int status)
{
	boot();
	tell_exit(status);
	REAL(quick_exit)(status);
	__builtin_unreachable();
}
