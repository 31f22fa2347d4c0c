/* Whose child a process is. The recorder takes in what its program's processes leave behind when they end, to
 * wait for it. Without it these would be init's, and find that out by getppid(): so they do. */
#include <unistd.h>

#include "common/sys.h"
#include "record/preload/guest.h"

enum { INIT = 1 };

EXPORT pid_t getppid(void)
{
	boot();
	pid_t parent = REAL(getppid)();
	if (guest_is_recorder(parent) && (u32)sys_call3(SYS_getpid, 0, 0, 0) != guest_header->program)
		return INIT;
	return parent;
}
