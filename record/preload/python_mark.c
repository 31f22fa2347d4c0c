/* Which functions of a Python program are measured line by line: those that its source decorates with
 * @profile, as under memory_profiler, and those that the recorder's user names.
 *
 * `profile` is put into builtins unless something of that name is there, and python_module.c has it for those
 * who import it. What memory_profiler itself is about to trace, where a program has it, is marked, too. */
#include "record/preload/python_lines.h"

#include <string.h>

enum {
	DEPTH_MAX = 32, /* of wrappers around a function, of functions in each other */
	TYPE_NAME = 24,
};

static const struct line_events *events; /* NULL: not chosen yet */
static bool events_failed;
static void *profile_object;

static bool events_begin(void)
{
	if (!events && !events_failed) {
		const struct line_events *chosen =
			python.layout.minor >= 12 ? &lines_by_monitoring : &lines_by_trace;
		if (chosen->start())
			events = chosen;
		else
			events_failed = true;
		python_api.PyErr_Clear();
		if (events_failed)
			guest_note(RING_NOTE_PYTHON_OFF, RING_PYTHON_TRACED);
	}
	return events != NULL;
}

/* code objects */

static bool is_code(const void *object)
{
	return PYTHON_AT(uintptr_t, object, PYTHON_OBJECT_TYPE) == python.code_type;
}

static void mark_all(void *code, struct line_table *table, bool outermost, int depth)
{
	if (!lines_add((uintptr_t)code, table, outermost))
		return;
	events->code(code);
	python_api.PyErr_Clear();
	void *constants = python_attribute(code, "co_consts");
	long n = constants ? python_api.PyTuple_Size(constants) : 0;
	for (long i = 0; i < n && depth < DEPTH_MAX; i++) {
		void *constant = python_api.PyTuple_GetItem(constants, i);
		if (constant && is_code(constant))
			mark_all(constant, table, false, depth + 1);
	}
	if (constants)
		python_api.Py_DecRef(constants);
}

void lines_mark(void *code)
{
	if (lines_code((uintptr_t)code) || !events_begin())
		return;
	u32 first_line = PYTHON_AT(u32, code, python.layout.code_first_line);
	mark_all(code, lines_table((uintptr_t)code, first_line), true, 0);
}

static void mark_object(void *object, int depth);

/* What a wrapper is around. */
static bool mark_inside(void *object, const char *name, int depth)
{
	void *inside = python_attribute(object, name);
	if (!inside)
		return false;
	bool other = inside != object && inside != python_api.none;
	if (other)
		mark_object(inside, depth + 1);
	python_api.Py_DecRef(inside);
	return other;
}

/* The functions of a class. */
static void mark_class(void *class, int depth)
{
	void *names = python_attribute(class, "__dict__");
	void *values = names ? python_api.PyMapping_Values(names) : NULL;
	long n = values ? python_api.PyList_Size(values) : 0;
	for (long i = 0; i < n; i++)
		mark_object(python_api.PyList_GetItem(values, i), depth + 1);
	if (values)
		python_api.Py_DecRef(values);
	if (names)
		python_api.Py_DecRef(names);
	python_api.PyErr_Clear();
}

/* A function; a method of any kind, a property, a partial; a class, unless we came from one. */
static void mark_object(void *object, int depth)
{
	/* What a decorator has around a function is not what the user means. */
	static const char *const inside[] = {"__wrapped__", "__func__", "fget", "func"};
	if (!object || depth > DEPTH_MAX)
		return;
	for (size_t i = 0; i < ARRAY_LEN(inside); i++)
		if (mark_inside(object, inside[i], depth))
			return;
	void *code = python_attribute(object, "__code__");
	if (code) {
		if (is_code(code))
			lines_mark(code);
		python_api.Py_DecRef(code);
		return;
	}
	void *bases = depth == 0 ? python_attribute(object, "__mro__") : NULL;
	if (bases) {
		mark_class(object, depth);
		python_api.Py_DecRef(bases);
	}
}

/* The first line of the text is a signature by CPython's own rule: inspect can tell it. */
#define PROFILE_DOC                                                                                          \
	"profile(func=None, *args, **kwargs)\n--\n\n"                                                        \
	"Has memtrace measure resident memory at each line of the function."

/* profile(f), and profile(...) without one, which gives a decorator: itself. */
static void *profile(void *self, void *arguments, void *keywords)
{
	void *function = NULL;
	(void)self;
	guest_inside++;
	if (arguments && python_api.PyTuple_Size(arguments) > 0)
		function = python_api.PyTuple_GetItem(arguments, 0);
	if (!function && keywords)
		function = python_api.PyDict_GetItemString(keywords, "func");
	if (function == python_api.none)
		function = NULL;
	if (function)
		mark_object(function, 0);
	python_api.PyErr_Clear();
	guest_inside--;
	void *result = function ? function : profile_object;
	python_api.Py_IncRef(result);
	return result;
}

static struct python_method profile_method = {"profile", (void *)profile, PYTHON_KEYWORDS, PROFILE_DOC};

/* What python_beside.c has seen the program trace by. */
void lines_mark_traced(void *function)
{
	void *profiler = python_attribute(function, "__self__");
	/* Nothing else is asked for what it may not have: it might make it. */
	bool is_theirs =
		profiler &&
		strcmp(PYTHON_AT(const char *, PYTHON_AT(uintptr_t, profiler, PYTHON_OBJECT_TYPE), TYPE_NAME),
		       "LineProfiler") == 0;
	void *map = is_theirs ? python_attribute(profiler, "code_map") : NULL;
	void *all = map ? python_attribute(map, "_toplevel") : NULL;
	long n = all ? python_api.PyList_Size(all) : 0;
	for (long i = 0; i < n; i++) {
		void *code = python_api.PyTuple_GetItem(python_api.PyList_GetItem(all, i), 1);
		if (code && is_code(code))
			lines_mark(code);
	}
	if (all)
		python_api.Py_DecRef(all);
	if (map)
		python_api.Py_DecRef(map);
	if (profiler)
		python_api.Py_DecRef(profiler);
	python_api.PyErr_Clear();
}

/* names */

bool lines_named(void)
{
	return guest_header->line_functions[0];
}

/* Before 3.11 code has no qualified name: the last part of the user's has to do. */
static bool has_name(const char *name, const char *wanted, bool qualified)
{
	const char *dot = strrchr(wanted, '.'), *last = strrchr(name, '.');
	if (strcmp(name, wanted) == 0)
		return true;
	if (!qualified && dot)
		return strcmp(name, dot + 1) == 0;
	return !dot && last && strcmp(last + 1, wanted) == 0;
}

bool lines_is_named(uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	const char *name = python_api.PyUnicode_AsUTF8(
		(void *)PYTHON_AT(uintptr_t, code, l->code_qualified ? l->code_qualified : l->code_name));
	if (!name) {
		python_api.PyErr_Clear();
		return false;
	}
	const char *end = guest_header->line_functions + RING_NAMES_BYTES - 1;
	for (const char *wanted = guest_header->line_functions; wanted < end && *wanted;
	     wanted += strlen(wanted) + 1)
		if (has_name(name, wanted, l->code_qualified != 0))
			return true;
	return false;
}

void lines_install(void)
{
	void *builtins = python_api.PyEval_GetBuiltins();
	profile_object = python_api.PyCFunction_NewEx(&profile_method, NULL, NULL);
	if (!builtins || !profile_object)
		return;
	if (!python_api.PyDict_GetItemString(builtins, "profile"))
		python_api.PyDict_SetItemString(builtins, "profile", profile_object);
	python_module_install(profile_object);
	python_beside_install();
	python_api.PyErr_Clear();
	if (lines_named())
		events_begin();
}

void lines_traced_beside(void)
{
	if (events && events->beside)
		events->beside();
}
