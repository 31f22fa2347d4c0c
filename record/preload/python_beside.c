/* Functions of the interpreter's own modules that are called by way of ours: the object that the program sees
 * stays the same, its entry in the module's table of methods is another function.
 *
 * So it is learnt that a program sets a trace or a profile function, or has cProfile set its. Until 3.11
 * there is room for one in each thread; the program's is called from ours then (python_trace.c,
 * python_calls_profile.c), and what it asks for, and gets told, is as without us. */
#include <string.h>

#include "record/preload/python_calls.h"
#include "record/preload/python_lines.h"

enum { FUNCTION_METHOD = 16 };

static void wrap(struct python_method *method, int flags, void *function, void **before)
{
	if (method->flags == flags && method->function != function) {
		*before = method->function;
		__atomic_store_n(&method->function, function, __ATOMIC_RELEASE);
	}
}

void python_wrap(void *module, const char *name, int flags, void *function, void **before)
{
	/* Not as an attribute: what a type has looked up it keeps, a block that nobody has seen. */
	void *dict = python_api.PyModule_GetDict(module);
	void *object = dict ? python_api.PyDict_GetItemString(dict, name) : NULL;
	if (object && PYTHON_AT(void *, object, PYTHON_OBJECT_TYPE) == python_api.function_type)
		wrap(PYTHON_AT(struct python_method *, object, FUNCTION_METHOD), flags, function, before);
}

static void *(*real_settrace)(void *module, void *function);
static void *(*real_setprofile)(void *module, void *function);

static void *settrace(void *module, void *function)
{
	void *result = real_settrace(module, function);
	guest_inside++;
	if (result && function != python_api.none)
		lines_mark_traced(function);
	if (result)
		lines_traced_beside();
	guest_inside--;
	return result;
}

static void *setprofile(void *module, void *function)
{
	bool alone = python_calls_alone();
	void *result = real_setprofile(module, function);
	guest_inside++;
	if (result)
		python_calls_beside(alone);
	guest_inside--;
	return result;
}

static void *(*real_enable)(void *profiler, void *arguments, void *keywords);
static void *(*real_disable)(void *profiler, void *none);

static void *enable(void *profiler, void *arguments, void *keywords)
{
	bool alone = python_calls_alone();
	void *result = real_enable(profiler, arguments, keywords);
	guest_inside++;
	python_calls_beside(alone);
	guest_inside--;
	return result;
}

static void *disable(void *profiler, void *none)
{
	void *result = real_disable(profiler, none);
	guest_inside++;
	python_calls_beside(false);
	guest_inside--;
	return result;
}

void python_beside_method(const char *name, const struct python_method *method)
{
	struct python_method *m = (struct python_method *)method;
	if (strcmp(name, "{method 'enable' of '_lsprof.Profiler' objects}") == 0)
		wrap(m, PYTHON_KEYWORDS, (void *)enable, (void **)&real_enable);
	else if (strcmp(name, "{method 'disable' of '_lsprof.Profiler' objects}") == 0)
		wrap(m, PYTHON_NULLARY, (void *)disable, (void **)&real_disable);
}

void python_beside_install(void)
{
	void *modules = python_api.PySys_GetObject("modules");
	void *sys = modules ? python_api.PyDict_GetItemString(modules, "sys") : NULL;
	if (!sys)
		return;
	python_wrap(sys, "settrace", PYTHON_ONE, (void *)settrace, (void **)&real_settrace);
	python_wrap(sys, "setprofile", PYTHON_ONE, (void *)setprofile, (void **)&real_setprofile);
}
