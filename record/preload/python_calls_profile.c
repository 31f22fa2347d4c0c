/* Calls until 3.11: a profile function in each thread. A thread's maker puts it into the new thread's state,
 * as the interpreter gives it to nobody. */
#include "record/preload/python_calls.h"

enum { USE_TRACING_38 = 48, OBJECT_FROM_FUNCTION = 2 /* words: c_profileobj */ };
/* Of a thread state: c_profilefunc. */
static const u8 profile_function[] = {
	[8] = 56, [9] = 56, [10] = 56, [11] = 64, [12] = 64, [13] = 80, [14] = 80};

static bool started;
/* The function that the interpreter calls the program's by; whether it was set just now, without another one
 * before it: nobody would have told it of that call's end. */
static __thread python_trace_function *beneath;
static __thread bool just_set;

static void count(void *frame, int what, void *argument)
{
	const struct python_layout *l = &python.layout;
	switch (what) {
	case PYTHON_TRACE_CALL:
	case PYTHON_TRACE_RETURN:
		/* Until 3.10 the object is the frame. */
		frame = l->place == PLACE_POINTER ? (void *)python_frame_here() : frame;
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
}

static int on_event(void *object, void *frame, int what, void *argument)
{
	bool unheard = just_set && what == PYTHON_TRACE_C_RETURN;
	just_set = false;
	count(frame, what, argument);
	return object && beneath && !unheard ? beneath(object, frame, what, argument) : 0;
}

static python_trace_function **function_of(void *thread)
{
	return (python_trace_function **)((uintptr_t)thread + profile_function[python.layout.minor]);
}

/* From 3.12 on the program's function is its own alone, but for that end of a call. */
static int on_first_event(void *object, void *frame, int what, void *argument)
{
	*function_of(python.thread_state()) = beneath;
	return what == PYTHON_TRACE_C_RETURN ? 0 : beneath(object, frame, what, argument);
}

bool python_calls_alone(void)
{
	void *here = calls_on ? python.thread_state() : NULL;
	return here && !function_of(here)[OBJECT_FROM_FUNCTION];
}

void python_calls_beside(bool alone)
{
	void *here = calls_on ? python.thread_state() : NULL;
	python_trace_function **function = here ? function_of(here) : NULL;
	python_trace_function *ours = started ? on_event : on_first_event;
	if (!function || *function == ours)
		return;
	if (*function && function[OBJECT_FROM_FUNCTION]) {
		beneath = *function;
		just_set = alone;
		if (started || alone)
			*function = ours;
	} else if (started && !*function) {
		python_api.PyEval_SetProfile(on_event, NULL);
	}
}

bool python_calls_by_profile(void)
{
	python_api.PyEval_SetProfile(on_event, NULL);
	started = true;
	return true;
}

static void watch(void *thread)
{
	if (python_api._PyEval_SetProfile) {
		python_api._PyEval_SetProfile(thread, on_event, NULL);
	} else if (python.layout.minor == 8) {
		*function_of(thread) = on_event;
		*(int *)((uintptr_t)thread + USE_TRACING_38) = 1;
	}
}

void python_calls_thread_starting(void)
{
	if (!started || !python_api.PyGILState_Check())
		return;
	void *threads = python_api.PyInterpreterState_ThreadHead(python_api.PyInterpreterState_Main());
	guest_inside++;
	for (; threads; threads = python_api.PyThreadState_Next(threads))
		if (!*function_of(threads))
			watch(threads);
	guest_inside--;
}
