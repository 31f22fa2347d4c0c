/* Events of lines until 3.11: a trace function of ours in each thread, as debuggers have theirs. It comes
 * when something is marked; what a program sets itself by sys.settrace is called from ours. Frames that are
 * not marked are not muted, as a debugger that comes later would find them so. */
#include "record/preload/python_lines.h"

enum {
	FRAME_OF_OBJECT = 24, /* 3.11: PyFrameObject.f_frame */
	CODE_BYTES = 48,      /* until 3.10: PyCodeObject.co_code, and a bytes object's start */
	BYTES_START = 32,
	OP_RETURN_VALUE = 83, /* in 3.8 to 3.11 */
	OP_YIELD_VALUE = 86,  /* the same; a frame that goes on with an exception is still there */
	RESUME_REASON = 3,    /* 3.11: of a RESUME's argument; 0: the function begins */
	SEEN_CODES = 1 << 12,
};

/* Of a thread state: c_tracefunc, and in 3.8 use_tracing. */
enum {
	TRACE_FUNCTION = 64,
	TRACE_FUNCTION_311 = 72,
	OBJECT_FROM_FUNCTION = 2, /* words: c_traceobj */
	USE_TRACING_38 = 48,
};

static bool started;

static uintptr_t inner_frame(void *frame)
{
	return python.layout.place == PLACE_POINTER ? PYTHON_AT(uintptr_t, frame, FRAME_OF_OBJECT)
						    : (uintptr_t)frame;
}

/* The instruction that the frame is at. */
static const u8 *instruction(uintptr_t frame, uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	if (l->place == PLACE_POINTER)
		return (const u8 *)PYTHON_AT(uintptr_t, frame, l->frame_place);
	i64 last = PYTHON_AT(i32, frame, l->frame_place);
	if (last < 0)
		return NULL;
	return (const u8 *)PYTHON_AT(uintptr_t, code, CODE_BYTES) + BYTES_START +
	       (l->place == PLACE_UNITS ? last * 2 : last);
}

static bool begins(const u8 *at)
{
	return !at || (python.layout.place == PLACE_POINTER && *at != OP_YIELD_VALUE &&
		       (at[1] & RESUME_REASON) == 0);
}

/* Names are compared once for a code object, or nearly so; another one of that name may come to its address.
 */
static const struct line_code *named_code(uintptr_t code)
{
	static struct {
		uintptr_t code, name;
	} seen[SEEN_CODES], *place;
	if (!lines_named())
		return NULL;
	uintptr_t name = PYTHON_AT(uintptr_t, code, python.layout.code_name);
	place = &seen[((code >> 4) * 0x9e3779b97f4a7c15 >> 32) % SEEN_CODES];
	if (place->code == code && place->name == name)
		return NULL;
	place->code = code;
	place->name = name;
	if (!lines_is_named(code))
		return NULL;
	guest_inside++;
	lines_mark((void *)code);
	guest_inside--;
	return lines_code(code);
}

/* The function that the interpreter calls the program's by. */
static __thread python_trace_function *beneath;

/* False: the frame's code is not marked. */
static bool measure(void *frame_object, int what, void *argument)
{
	uintptr_t frame = inner_frame(frame_object);
	uintptr_t code = PYTHON_AT(uintptr_t, frame, python.layout.frame_code);
	const struct line_code *marked = lines_code(code);
	if (!marked && what == PYTHON_TRACE_CALL)
		marked = named_code(code);
	if (!marked)
		return false;
	uintptr_t key = (uintptr_t)frame_object;
	const u8 *at = instruction(frame, code);
	switch (what) {
	case PYTHON_TRACE_CALL:
		if (begins(at))
			lines_start(marked, key);
		else
			lines_resume(marked, key);
		break;
	case PYTHON_TRACE_LINE:
		lines_line(marked, key, (u32)python_api.PyFrame_GetLineNumber(frame_object));
		break;
	case PYTHON_TRACE_RETURN:
		if (!argument || !at || *at == OP_RETURN_VALUE)
			lines_return(marked, key);
		else
			lines_yield(marked, key);
		break;
	}
	return true;
}

static int on_event(void *object, void *frame, int what, void *argument)
{
	bool measured = measure(frame, what, argument);
	if (!object || !beneath)
		return 0;
	u64 aside = measured ? lines_aside() : 0;
	int result = beneath(object, frame, what, argument);
	if (measured)
		lines_back(aside);
	return result;
}

static python_trace_function **function_of(void *thread)
{
	return (python_trace_function **)((uintptr_t)thread +
					  (python.layout.minor == 11 ? TRACE_FUNCTION_311 : TRACE_FUNCTION));
}

/* True: events of the thread come to us. */
static bool watch_thread(void *thread, const void *here)
{
	python_trace_function **function = function_of(thread);
	if (*function == on_event)
		return true;
	if (*function && (thread != here || !function[OBJECT_FROM_FUNCTION]))
		return false;
	if (*function) {
		beneath = *function;
		*function = on_event;
	} else if (thread == here) {
		python_api.PyEval_SetTrace(on_event, NULL);
	} else if (python_api._PyEval_SetTrace) {
		if (python_api._PyEval_SetTrace(thread, on_event, NULL) < 0)
			python_api.PyErr_Clear();
	} else {
		*function = on_event;
		*(int *)((uintptr_t)thread + USE_TRACING_38) = 1;
	}
	return *function == on_event;
}

static bool watch_threads(void)
{
	void *here = python.thread_state(), *thread;
	bool watched = false;
	thread = python_api.PyInterpreterState_ThreadHead(python_api.PyInterpreterState_Main());
	for (; thread; thread = python_api.PyThreadState_Next(thread)) {
		bool done = watch_thread(thread, here);
		if (thread == here)
			watched = done;
	}
	return watched;
}

/* At the program's end: whether its main thread still has our function. */
static void *at_exit(void *self, void *arguments, void *keywords)
{
	(void)self, (void)arguments, (void)keywords;
	if (*function_of(python.thread_state()) != on_event)
		guest_note(RING_NOTE_PYTHON_OFF, RING_PYTHON_TRACED);
	return python_none();
}

static struct python_method at_exit_method = {"lines", (void *)at_exit, PYTHON_KEYWORDS, NULL};

static bool start(void)
{
	started = watch_threads();
	void *module = started ? python_api.PyImport_ImportModule("atexit") : NULL;
	void *function = module ? python_api.PyCFunction_NewEx(&at_exit_method, NULL, NULL) : NULL;
	void *result = function ? python_api.PyObject_CallMethod(module, "register", "O", function) : NULL;
	if (result)
		python_api.Py_DecRef(result);
	if (function)
		python_api.Py_DecRef(function);
	if (module)
		python_api.Py_DecRef(module);
	return started;
}

static void code(void *unused)
{
	(void)unused;
	watch_threads();
}

static void beside(void)
{
	void *here = python.thread_state();
	if (here)
		watch_thread(here, here);
}

const struct line_events lines_by_trace = {start, code, beside};

/* Its state is there already when its maker asks for the thread, with the interpreter's lock held. */
void lines_thread_starting(void)
{
	if (!started || !python_api.PyGILState_Check() || !python.thread_state())
		return;
	guest_inside++;
	watch_threads();
	guest_inside--;
}
