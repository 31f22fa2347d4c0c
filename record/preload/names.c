/* What the program calls its threads. The recorder asks the kernel for a thread's name when it comes, which
 * is its maker's then: nearly all have their own only after that. Python's names are longer than the kernel
 * has room for, and stand. */
#include <string.h>

#include "common/sys.h"
#include "record/preload/guest.h"

enum {
	NAME_ROOM = 15, /* letters, in the kernel */
	TID_AT = 720,   /* in the thread library's record of a thread */
};

static __thread bool fixed;

/* A vfork child names itself, not the thread whose memory it shares. */
static bool may_tell(void)
{
	const struct guest *g = guest_self;
	return g && g->slot->pid == (u32)sys_call3(SYS_getpid, 0, 0, 0);
}

void names_fix(const char *name)
{
	fixed = true;
	guest_text(RING_TEXT_THREAD, NULL, 0, name, strlen(name));
}

void names_tell(const char *name)
{
	if (!fixed && may_tell())
		guest_text(RING_TEXT_THREAD, NULL, 0, name, strnlen(name, NAME_ROOM));
}

static u32 tid_of(pthread_t thread)
{
	return *(const volatile u32 *)((uintptr_t)thread + TID_AT);
}

/* One that has no ring yet has this name when it gets one. */
static void tell_of_other(pthread_t thread, const char *name)
{
	if (!may_tell() || tid_of(pthread_self()) != (u32)sys_call3(SYS_gettid, 0, 0, 0))
		return;
	guest_note(RING_NOTE_THREAD, tid_of(thread));
	guest_text(RING_TEXT_THREAD, NULL, 0, name, strnlen(name, NAME_ROOM));
	guest_note(RING_NOTE_THREAD, 0);
}

EXPORT int pthread_setname_np(pthread_t thread, const char *name)
{
	boot();
	int error = REAL(pthread_setname_np)(thread, name);
	if (error)
		return error;
	if (pthread_equal(thread, pthread_self()))
		names_tell(name);
	else
		tell_of_other(thread, name);
	return 0;
}
