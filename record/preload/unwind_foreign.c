/* libunwind: walks stacks where the C library can't say lock-free which module a pc is in (glibc
 * before 2.35), and is the reference that the unwinder is tested against. It is loaded where it is needed,
 * and for this library alone: it defines the functions that C++ exceptions are thrown by, and linked to a
 * preloaded library it would come before the program's own. */
#define UNW_LOCAL_ONLY
#include <dlfcn.h>
#include <libunwind.h>

#include "record/preload/unwind_state.h"

enum {
	OWN_FRAMES_MAX = 64,
	TRAMPOLINE_SECOND = 7, /* where the second instruction of a trampoline lies */
};

#define LIBRARY           "libunwind.so.8"
#define NAME_OF(function) NAME(function)
#define NAME(function)    #function

/* Its functions that are used here. */
static struct {
	__typeof__(&unw_tdep_getcontext) getcontext;
	__typeof__(&unw_init_local) init_local;
	__typeof__(&unw_step) step;
	__typeof__(&unw_get_reg) get_reg;
	__typeof__(&unw_is_signal_frame) is_signal_frame;
	__typeof__(&unw_set_caching_policy) set_caching_policy;
	unw_addr_space_t *local_addr_space;
} foreign;
static enum { UNTRIED, LOADING, LOADED, ABSENT } foreign_state;

struct walker {
	unw_context_t context;
	unw_cursor_t cursor;
	bool interrupted; /* the frame was not left by a call */
};

/* The pc as unwind.h has it: of an interrupted frame, one more. */
static uintptr_t foreign_pc(struct walker *f)
{
	unw_word_t pc = 0;
	foreign.get_reg(&f->cursor, UNW_REG_IP, &pc);
	return pc ? pc + f->interrupted : 0;
}

/* A replaced return address is a frame of no size to libunwind, whose caller is the original. */
static uintptr_t foreign_original(struct walker *f, uintptr_t pc)
{
	uintptr_t original = unwind_original(pc);
	if (original != pc)
		foreign.step(&f->cursor);
	return original;
}

/* Versions of libunwind differ in which of the two frames they call the signal's; the trampoline's code
 * decides. It may itself have been interrupted, before either of its two instructions. */
static bool foreign_step(struct walker *f)
{
	unw_word_t pc = 0;
	bool signal = foreign.is_signal_frame(&f->cursor) > 0;
	foreign.get_reg(&f->cursor, UNW_REG_IP, &pc);
	if (foreign.step(&f->cursor) <= 0)
		return false;
	f->interrupted = (signal || foreign.is_signal_frame(&f->cursor) > 0) &&
			 (unwind_signal_return(pc) || unwind_signal_return(pc - TRAMPOLINE_SECOND) ||
			  unwind_signal_return(pc + 1)); /* come to by way of a replaced return address */
	return true;
}

/* From the frame of the context to that of regs. */
static bool foreign_seek(struct walker *f, const struct unwind_regs *regs)
{
	f->interrupted = false;
	if (foreign.init_local(&f->cursor, &f->context) != 0)
		return false;
	for (u32 i = 0; i < OWN_FRAMES_MAX; i++) {
		unw_word_t sp = 0;
		foreign.get_reg(&f->cursor, UNW_REG_SP, &sp);
		if (sp == regs->sp && foreign_pc(f) == regs->pc)
			return true;
		if (!foreign_step(f))
			return false;
	}
	return false;
}

static bool load(void)
{
	static const struct {
		const char *name;
		void **place;
	} functions[] = {
		{NAME_OF(unw_tdep_getcontext), (void **)&foreign.getcontext},
		{NAME_OF(unw_init_local), (void **)&foreign.init_local},
		{NAME_OF(unw_step), (void **)&foreign.step},
		{NAME_OF(unw_get_reg), (void **)&foreign.get_reg},
		{NAME_OF(unw_is_signal_frame), (void **)&foreign.is_signal_frame},
		{NAME_OF(unw_set_caching_policy), (void **)&foreign.set_caching_policy},
		{NAME_OF(unw_local_addr_space), (void **)&foreign.local_addr_space},
	};
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		*functions[i].place = dlsym(library, functions[i].name);
		if (!*functions[i].place)
			return false;
	}
	/* Its cache has a mutex (the one "per thread" too, in builds without thread-local storage), which it
	 * holds while it waits for the loader's: a deadlock where a program allocates under that one, or
	 * forks. */
	foreign.set_caching_policy(*foreign.local_addr_space, UNW_CACHE_NONE);
	return true;
}

static bool is_loaded(void)
{
	return __atomic_load_n(&foreign_state, __ATOMIC_ACQUIRE) == LOADED;
}

/* By the first thread that comes; others wait. */
static bool load_once(void)
{
	__typeof__(foreign_state) untried = UNTRIED;
	if (__atomic_compare_exchange_n(&foreign_state, &untried, LOADING, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		__atomic_store_n(&foreign_state, load() ? LOADED : ABSENT, __ATOMIC_RELEASE);
	while (__atomic_load_n(&foreign_state, __ATOMIC_ACQUIRE) == LOADING)
		sys_call3(SYS_sched_yield, 0, 0, 0);
	return is_loaded();
}

/* Not in the middle of an allocation, but before the program begins; what is allocated even earlier has a cut
 * stack. */
__attribute__((constructor)) static void prepare(void)
{
	if (!eh_frame_usable())
		load_once();
}

u32 unwind_foreign(struct unwind *u, const struct unwind_regs *regs, bool *cut)
{
	_Static_assert(sizeof(struct walker) <= sizeof(u->work),
		       "libunwind's state fits the place to work in");
	struct walker *f = (struct walker *)&u->work;
	u32 n = 0;
	*cut = true;
	u->steps[n++].pc = regs->pc;
	if (!is_loaded())
		return n;
	foreign.getcontext(&f->context);
	if (!foreign_seek(f, regs))
		return n;
	*cut = false;
	while (foreign_step(f)) {
		if (!unwind_step_room(u, n)) {
			*cut = true;
			break;
		}
		uintptr_t pc = foreign_original(f, foreign_pc(f));
		if (pc == 0)
			break;
		u->steps[n++].pc = pc;
	}
	return n;
}

size_t unwind_reference(const struct unwind_regs *regs, uintptr_t *pcs, size_t max)
{
	struct walker f;
	size_t n = 0;
	if (!load_once())
		return 0;
	foreign.getcontext(&f.context);
	if (!foreign_seek(&f, regs))
		return 0;
	do {
		uintptr_t pc = foreign_original(&f, foreign_pc(&f));
		if (pc == 0 || n == max)
			break;
		pcs[n++] = pc;
	} while (foreign_step(&f));
	return n;
}
