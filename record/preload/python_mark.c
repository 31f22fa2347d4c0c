/* Which functions of a Python program are measured line by line: those that its source decorates with
 * @profile, as under memory_profiler, and those that the recorder's user names.
 *
 * `profile` is put into builtins unless something of that name is there. A module memory_profiler with it is
 * found by a finder behind all others, so that only a program that has none gets ours. */
#include "record/preload/python_lines.h"

#include <string.h>

enum { DEPTH_MAX = 32 /* of wrappers around a function, of functions in each other */ };

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

static struct python_method profile_method = {"profile", (void *)profile, PYTHON_KEYWORDS,
					      "profile(function) -> function\n\nHas memtrace measure "
					      "resident memory at each line of the function."};

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

/* the module */

static void *make(struct python_method *method)
{
	return python_api.PyCFunction_NewEx(method, NULL, NULL);
}

static bool set(void *object, const char *name, struct python_method *method)
{
	void *function = make(method);
	bool done = function && python_api.PyObject_SetAttrString(object, name, function) == 0;
	if (function)
		python_api.Py_DecRef(function);
	return done;
}

static void *finder;

/* Those behind us are asked in our stead, and then stand before us: an import that they answer needs us no
 * more. NULL: an error, or, with *none, nobody knows it. */
static void *ask_behind(void *name, void *path, void *target, bool *none)
{
	void *finders = python_api.PySys_GetObject("meta_path");
	long n = finders ? python_api.PyList_Size(finders) : 0, i = 0;
	*none = true;
	while (i < n && python_api.PyList_GetItem(finders, i) != finder)
		i++;
	if (i + 1 >= n || python_api.PyList_Append(finders, finder) < 0)
		return NULL;
	void *removed = python_api.PyObject_CallMethod(finders, "remove", "O", finder);
	if (!removed)
		return NULL;
	python_api.Py_DecRef(removed);
	for (; i < python_api.PyList_Size(finders) && python_api.PyList_GetItem(finders, i) != finder; i++) {
		void *spec = python_api.PyObject_CallMethod(python_api.PyList_GetItem(finders, i),
							    "find_spec", "OOO", name, path, target);
		if (spec != python_api.none) {
			*none = false;
			return spec;
		}
		python_api.Py_DecRef(spec);
	}
	return NULL;
}

static void *find_spec(void *self, void *arguments, void *keywords)
{
	(void)self, (void)keywords;
	long n = python_api.PyTuple_Size(arguments);
	void *words[3] = {python_api.none, python_api.none, python_api.none};
	for (long i = 0; i < n && i < 3; i++)
		words[i] = python_api.PyTuple_GetItem(arguments, i);
	bool none;
	void *spec = ask_behind(words[0], words[1], words[2], &none);
	if (!none)
		return spec;
	python_api.PyErr_Clear();
	const char *text = python_api.PyUnicode_AsUTF8(words[0]);
	python_api.PyErr_Clear();
	if (!text || strcmp(text, "memory_profiler") != 0)
		return python_none();
	guest_inside++;
	void *import = python_api.PyImport_ImportModule("_frozen_importlib");
	if (import)
		spec = python_api.PyObject_CallMethod(import, "ModuleSpec", "OO", words[0], finder);
	if (import)
		python_api.Py_DecRef(import);
	python_api.PyErr_Clear();
	guest_inside--;
	return spec ? spec : python_none();
}

static void *create_module(void *self, void *arguments, void *keywords)
{
	(void)self, (void)arguments, (void)keywords;
	return python_none();
}

static void *exec_module(void *self, void *arguments, void *keywords)
{
	(void)self, (void)keywords;
	if (python_api.PyTuple_Size(arguments) > 0)
		python_api.PyObject_SetAttrString(python_api.PyTuple_GetItem(arguments, 0), "profile",
						  profile_object);
	python_api.PyErr_Clear();
	return python_none();
}

static struct python_method find_method = {"find_spec", (void *)find_spec, PYTHON_KEYWORDS, NULL};
static struct python_method create_method = {"create_module", (void *)create_module, PYTHON_KEYWORDS, NULL};
static struct python_method exec_method = {"exec_module", (void *)exec_module, PYTHON_KEYWORDS, NULL};

static void add_finder(void)
{
	void *finders = python_api.PySys_GetObject("meta_path");
	finder = finders ? python_api.PyModule_New("memtrace") : NULL;
	if (finder && set(finder, "find_spec", &find_method) &&
	    set(finder, "create_module", &create_method) && set(finder, "exec_module", &exec_method))
		python_api.PyList_Append(finders, finder);
}

void lines_install(void)
{
	void *builtins = python_api.PyEval_GetBuiltins();
	profile_object = make(&profile_method);
	if (!builtins || !profile_object)
		return;
	if (!python_api.PyDict_GetItemString(builtins, "profile"))
		python_api.PyDict_SetItemString(builtins, "profile", profile_object);
	/* It would be counted at each import that fails. */
	if (!(guest_header->flags & RING_EXACT))
		add_finder();
	python_api.PyErr_Clear();
	if (lines_named())
		events_begin();
}
