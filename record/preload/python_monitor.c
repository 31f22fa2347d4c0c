/* Events of lines from 3.12 on: sys.monitoring calls us for marked code objects alone. That a frame is left
 * by an exception, or goes on with one thrown in, is told for all code; both are rare. */
#include "record/preload/python_lines.h"

#include <string.h>

static void *monitoring, *disable;
static int tool;
static long code_events, all_events;

/* The frame that the event is of, the thread's innermost one. */
static uintptr_t frame_of(uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	uintptr_t frame = python_frame_here();
	while (frame && PYTHON_AT(u8, frame, l->frame_owner) >= PYTHON_NO_FRAME)
		frame = PYTHON_AT(uintptr_t, frame, l->frame_back);
	return frame && python_pointer(PYTHON_AT(uintptr_t, frame, l->frame_code)) == code ? frame : 0;
}

static void dispatch(void *const *arguments, long n,
		     void (*event)(const struct line_code *code, uintptr_t frame))
{
	const struct line_code *marked = n > 0 ? lines_code((uintptr_t)arguments[0]) : NULL;
	uintptr_t frame = marked ? frame_of((uintptr_t)arguments[0]) : 0;
	if (frame)
		event(marked, frame);
}

static void *on_start(void *self, void *const *arguments, long n)
{
	(void)self;
	if (n > 0 && !lines_code((uintptr_t)arguments[0])) {
		if (lines_named() && lines_is_named((uintptr_t)arguments[0])) {
			guest_inside++;
			lines_mark(arguments[0]);
			guest_inside--;
		} else {
			python_api.Py_IncRef(disable);
			return disable;
		}
	}
	dispatch(arguments, n, lines_start);
	return python_none();
}

#define ON(name, event)                                                                                      \
	static void *name(void *self, void *const *arguments, long n)                                        \
	{                                                                                                    \
		(void)self;                                                                                  \
		dispatch(arguments, n, event);                                                               \
		return python_none();                                                                        \
	}
ON(on_resume, lines_resume)
ON(on_return, lines_return)
ON(on_yield, lines_yield)
#undef ON

static void *on_line(void *self, void *const *arguments, long n)
{
	(void)self;
	const struct line_code *marked = n > 1 ? lines_code((uintptr_t)arguments[0]) : NULL;
	uintptr_t frame = marked ? frame_of((uintptr_t)arguments[0]) : 0;
	if (frame)
		lines_line(marked, frame, (u32)python_api.PyLong_AsLong(arguments[1]));
	return python_none();
}

static const struct {
	const char *name;
	struct python_method method;
	bool of_all; /* can't be had for single code objects */
} kinds[] = {
	{"PY_START", {"start", (void *)on_start, PYTHON_FAST, NULL}, false},
	{"PY_RESUME", {"resume", (void *)on_resume, PYTHON_FAST, NULL}, false},
	{"PY_RETURN", {"return", (void *)on_return, PYTHON_FAST, NULL}, false},
	{"PY_YIELD", {"yield", (void *)on_yield, PYTHON_FAST, NULL}, false},
	{"LINE", {"line", (void *)on_line, PYTHON_FAST, NULL}, false},
	{"PY_UNWIND", {"unwind", (void *)on_return, PYTHON_FAST, NULL}, true},
	{"PY_THROW", {"throw", (void *)on_resume, PYTHON_FAST, NULL}, true},
};

/* Ids 0 to 2 are those of debuggers, coverage and profilers, by the documentation. */
static bool take_tool(void)
{
	static const int ids[] = {3, 4, 5, 2};
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		if (python_done(python_api.PyObject_CallMethod(monitoring, "use_tool_id", "is", ids[i],
							       "memtrace"))) {
			tool = ids[i];
			return true;
		}
	}
	return false;
}

static bool watch(void *events, size_t kind)
{
	void *number = python_attribute(events, kinds[kind].name);
	void *function =
		python_api.PyCFunction_NewEx((struct python_method *)&kinds[kind].method, NULL, NULL);
	long event = number ? python_api.PyLong_AsLong(number) : 0;
	bool taken = number && function &&
		     python_done(python_api.PyObject_CallMethod(monitoring, "register_callback", "iiO", tool,
								(int)event, function));
	if (number)
		python_api.Py_DecRef(number);
	if (function)
		python_api.Py_DecRef(function);
	if (kinds[kind].of_all)
		all_events |= event;
	else
		code_events |= event;
	if (kind == 0 && lines_named())
		all_events |= event;
	return taken;
}

static bool start(void)
{
	monitoring = python_api.PySys_GetObject("monitoring");
	disable = monitoring ? python_attribute(monitoring, "DISABLE") : NULL;
	void *events = disable ? python_attribute(monitoring, "events") : NULL;
	if (!events || !take_tool())
		return false;
	python_api.Py_IncRef(monitoring);
	bool all = true;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		all &= watch(events, i);
	python_api.Py_DecRef(events);
	return all && python_done(python_api.PyObject_CallMethod(monitoring, "set_events", "ii", tool,
								 (int)all_events));
}

static void code(void *object)
{
	python_done(python_api.PyObject_CallMethod(monitoring, "set_local_events", "iOi", tool, object,
						   (int)code_events));
	/* Its start may have been seen, and not be told of again. */
	if (lines_named())
		python_done(python_api.PyObject_CallMethod(monitoring, "restart_events", NULL));
}

const struct line_events lines_by_monitoring = {start, code, NULL};
