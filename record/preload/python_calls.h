/* Exact calls of Python functions, and of C functions that Python calls, as cProfile counts them: from the
 * start of the script's own code to its end, in other threads until these end. The interpreter tells of calls: by a profile
 * function in each thread until 3.11 (python_calls_profile.c), by sys.monitoring from 3.12 on
 * (python_calls_monitor.c); they are counted in the thread's tree of calling contexts (calls.h).
 *
 * What is called is known by a key: the address of its code object, which is kept alive, or the address of a
 * C function's PyMethodDef with the lowest bit set. All of it runs with the interpreter's lock held. */
#ifndef RECORD_PRELOAD_PYTHON_CALLS_H
#define RECORD_PRELOAD_PYTHON_CALLS_H

#include "record/preload/calls.h"
#include "record/preload/python_api.h"

/* From python_inject.c; does nothing where calls are not told of. */
void python_calls_install(void) HIDDEN;
/* A thread is about to be made: its state, if it is Python's, is there already. */
void python_calls_thread_starting(void) HIDDEN;

/* A frame begins to run its code, or goes on; it stops. */
void python_calls_enter(uintptr_t code) HIDDEN;
void python_calls_leave(uintptr_t code) HIDDEN;
/* The same of a C function, or what else can be called: function is an object; self: the first argument, or
 * NULL. */
void python_calls_enter_c(void *function, void *self) HIDDEN;
void python_calls_leave_c(void *function, void *self) HIDDEN;

/* How calls are heard of. False: they can't be. */
bool python_calls_by_profile(void) HIDDEN;
bool python_calls_by_monitoring(void) HIDDEN;

/* Where the program sets a profile function of its own: whether it has none in this thread; to be called when
 * it was set, or taken away, with what that was before. */
bool python_calls_alone(void) HIDDEN;
void python_calls_beside(bool alone) HIDDEN;
/* python_beside.c: a C function that is about to be called for the first time, by its whole name. */
void python_beside_method(const char *name, const struct python_method *method) HIDDEN;

#endif
