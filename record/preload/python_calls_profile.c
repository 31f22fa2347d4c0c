/* Calls until 3.11: a profile function in each thread. A thread's maker puts it into the new thread's state,
 * as the interpreter gives it to nobody. */
#include "record/preload/python_calls.h"

/* Of a thread state in 3.8: use_tracing, c_profilefunc. */
enum { USE_TRACING_38 = 48, PROFILE_FUNCTION_38 = 56 };

static bool started;

static int on_event(void *object, void *frame, int what, void *argument)
{
	(void)object;
	const struct python_layout *l = &python.layout;
	switch (what) {
	case PYTHON_TRACE_CALL:
	case PYTHON_TRACE_RETURN:
		/* Until 3.10 the object is the frame. */
		frame = l->place == PLACE_POINTER ? (void *)python_frame() : frame;
		if (frame && what == PYTHON_TRACE_CALL)
			python_calls_enter(PYTHON_AT(uintptr_t, frame, l->frame_code));
		else if (frame)
			python_calls_leave(PYTHON_AT(uintptr_t, frame, l->frame_code));
		break;
	case PYTHON_TRACE_C_CALL:
		python_calls_enter_c(argument, NULL);
		break;
	case PYTHON_TRACE_C_EXCEPTION:
	case PYTHON_TRACE_C_RETURN:
		python_calls_leave_c(argument, NULL);
		break;
	}
	return 0;
}

bool python_calls_by_profile(void)
{
	python_api.PyEval_SetProfile(on_event, NULL);
	started = true;
	return true;
}

static void watch(void *thread)
{
	python_trace_function **function =
		(python_trace_function **)((uintptr_t)thread + PROFILE_FUNCTION_38);
	if (python_api._PyEval_SetProfile) {
		python_api._PyEval_SetProfile(thread, on_event, NULL);
	} else if (python.layout.minor == 8 && !*function) {
		*function = on_event;
		*(int *)((uintptr_t)thread + USE_TRACING_38) = 1;
	}
}

void python_calls_thread_starting(void)
{
	static const u16 profile_function[] = {[8] = 56, [9] = 56, [10] = 56, [11] = 64};
	if (!started || !python_api.PyGILState_Check())
		return;
	void *threads = python_api.PyInterpreterState_ThreadHead(python_api.PyInterpreterState_Main());
	guest_inside++;
	for (; threads; threads = python_api.PyThreadState_Next(threads))
		if (!PYTHON_AT(void *, threads, profile_function[python.layout.minor]))
			watch(threads);
	guest_inside--;
}
