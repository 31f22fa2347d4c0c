/* libunwind: walks stacks where the C library can't say lock-free which module a pc is in (glibc
 * before 2.35), and is the reference that the unwinder is tested against. */
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "record/preload/unwind_state.h"

enum { OWN_FRAMES_MAX = 64 };

struct foreign {
	unw_context_t context;
	unw_cursor_t cursor;
	bool interrupted; /* the frame was not left by a call */
};

/* The pc as unwind.h has it: of an interrupted frame, one more. */
static uintptr_t foreign_pc(struct foreign *f)
{
	unw_word_t pc = 0;
	unw_get_reg(&f->cursor, UNW_REG_IP, &pc);
	return pc ? pc + f->interrupted : 0;
}

/* Versions of libunwind differ in which of the two frames they call the signal's; the trampoline's code
 * decides. */
static bool foreign_step(struct foreign *f)
{
	unw_word_t pc = 0;
	bool signal = unw_is_signal_frame(&f->cursor) > 0;
	unw_get_reg(&f->cursor, UNW_REG_IP, &pc);
	if (unw_step(&f->cursor) <= 0)
		return false;
	f->interrupted = (signal || unw_is_signal_frame(&f->cursor) > 0) && unwind_signal_return(pc);
	return true;
}

/* From the frame of the context to that of regs. */
static bool foreign_seek(struct foreign *f, const struct unwind_regs *regs)
{
	f->interrupted = false;
	if (unw_init_local(&f->cursor, &f->context) != 0)
		return false;
	for (u32 i = 0; i < OWN_FRAMES_MAX; i++) {
		unw_word_t sp = 0;
		unw_get_reg(&f->cursor, UNW_REG_SP, &sp);
		if (sp == regs->sp && foreign_pc(f) == regs->pc)
			return true;
		if (!foreign_step(f))
			return false;
	}
	return false;
}

void unwind_foreign_prepare(void)
{
	/* Its common cache has a mutex, which it holds while it waits for the loader's: a deadlock where a
	 * program allocates under that one. */
	unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_PER_THREAD);
}

u32 unwind_foreign(struct unwind *u, const struct unwind_regs *regs, bool *cut)
{
	_Static_assert(sizeof(struct foreign) <= sizeof(u->work),
		       "libunwind's state fits the place to work in");
	struct foreign *f = (struct foreign *)&u->work;
	u32 n = 0;
	*cut = false;
	unw_getcontext(&f->context);
	u->steps[n++].pc = regs->pc;
	if (!foreign_seek(f, regs))
		return n;
	while (foreign_step(f)) {
		if (!unwind_step_room(u, n)) {
			*cut = true;
			break;
		}
		uintptr_t pc = foreign_pc(f);
		if (pc == 0)
			break;
		u->steps[n++].pc = pc;
	}
	return n;
}

size_t unwind_reference(const struct unwind_regs *regs, uintptr_t *pcs, size_t max)
{
	struct foreign f;
	size_t n = 0;
	unw_getcontext(&f.context);
	if (!foreign_seek(&f, regs))
		return 0;
	do {
		uintptr_t pc = foreign_pc(&f);
		if (pc == 0 || n == max)
			break;
		pcs[n++] = pc;
	} while (foreign_step(&f));
	return n;
}
