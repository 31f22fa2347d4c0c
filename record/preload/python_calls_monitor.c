/* Calls from 3.12 on: sys.monitoring tells of them in all threads. Which of its events are calls of C
 * functions is decided as cProfile does (Modules/_lsprof.c, get_cfunc_from_callable). */
#include "record/preload/python_calls.h"

static void *missing; /* where there is no first argument */

#define ON(name, least, call)                                                                                \
	static void *name(void *module, void *const *arguments, long n)                                      \
	{                                                                                                    \
		(void)module;                                                                                \
		if (n >= (least))                                                                            \
			call;                                                                                \
		return python_none();                                                                        \
	}
/* code, place in it, … */
ON(on_enter, 1, python_calls_enter((uintptr_t)arguments[0]))
ON(on_leave, 1, python_calls_leave((uintptr_t)arguments[0]))
/* code, place in it, what is called, its first argument */
#define SELF (arguments[3] == missing ? NULL : arguments[3])
ON(on_call, 4, python_calls_enter_c(arguments[2], SELF))
ON(on_returned, 4, python_calls_leave_c(arguments[2], SELF))
#undef ON

static struct python_method enter = {"enter", (void *)on_enter, PYTHON_FAST, NULL},
			    leave = {"leave", (void *)on_leave, PYTHON_FAST, NULL},
			    call = {"call", (void *)on_call, PYTHON_FAST, NULL},
			    returned = {"returned", (void *)on_returned, PYTHON_FAST, NULL};

static const struct {
	const char *name;
	struct python_method *method;
	bool asked; /* else it comes with CALL */
} kinds[] = {
	{"PY_START", &enter, true},  {"PY_RESUME", &enter, true},    {"PY_THROW", &enter, true},
	{"PY_RETURN", &leave, true}, {"PY_YIELD", &leave, true},     {"PY_UNWIND", &leave, true},
	{"CALL", &call, true},       {"C_RETURN", &returned, false}, {"C_RAISE", &returned, false},
};

/* 0 to 2 are those of debuggers, coverage and profilers. */
static int take_tool(void *monitoring)
{
	static const int ids[] = {4, 3, 5};
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		if (python_done(python_api.PyObject_CallMethod(monitoring, "use_tool_id", "is", ids[i],
							       "memtrace calls")))
			return ids[i];
	return -1;
}

static bool watch(void *monitoring, void *events, int tool, size_t kind, long *all)
{
	void *number = python_attribute(events, kinds[kind].name);
	void *function = python_api.PyCFunction_NewEx(kinds[kind].method, NULL, NULL);
	bool taken = false;
	if (number && function) {
		long event = python_api.PyLong_AsLong(number);
		taken = python_done(python_api.PyObject_CallMethod(monitoring, "register_callback", "iiO",
								   tool, (int)event, function));
		*all |= kinds[kind].asked ? event : 0;
	}
	if (number)
		python_api.Py_DecRef(number);
	if (function)
		python_api.Py_DecRef(function);
	return taken;
}

bool python_calls_by_monitoring(void)
{
	void *monitoring = python_api.PySys_GetObject("monitoring");
	void *events = monitoring ? python_attribute(monitoring, "events") : NULL;
	missing = monitoring ? python_attribute(monitoring, "MISSING") : NULL;
	int tool = events && missing ? take_tool(monitoring) : -1;
	long all = 0;
	bool taken = tool >= 0;
	for (size_t i = 0; taken && i < ARRAY_LEN(kinds); i++)
		taken = watch(monitoring, events, tool, i, &all);
	if (events)
		python_api.Py_DecRef(events);
	return taken &&
	       python_done(python_api.PyObject_CallMethod(monitoring, "set_events", "ii", tool, (int)all));
}
