/* The module memory_profiler, for programs that import it and have none: `profile` is all that it has.
 *
 * A finder of ours stands behind all others while memory_profiler is being looked for, and only then: nobody
 * else's import meets it, sys.meta_path is the program's, and calls that are counted are those that there
 * would be without it. That the search begins is learnt from the first thing that every search asks, whether
 * the module is a built-in one. */
#include "record/preload/python_lines.h"

#include <string.h>

static const char NAME[] = "memory_profiler";
static void *finder, *profile, *modules;
static bool waiting; /* the finder is in sys.meta_path */

static bool is_ours(void *name)
{
	const char *text = (uintptr_t)PYTHON_AT(void *, name, PYTHON_OBJECT_TYPE) == python.text_type
				   ? python_api.PyUnicode_AsUTF8(name)
				   : NULL;
	return text && strcmp(text, NAME) == 0;
}

static void leave(void)
{
	void *finders = python_api.PySys_GetObject("meta_path");
	void *removed = finders ? python_api.PyObject_CallMethod(finders, "remove", "O", finder) : NULL;
	if (removed)
		python_api.Py_DecRef(removed);
	waiting = false;
}

static void *(*real_is_builtin)(void *module, void *name);

static void *is_builtin(void *module, void *name)
{
	bool ours = !waiting && is_ours(name);
	/* Another interpreter has modules of its own, and no finder. */
	if (unlikely(ours || waiting) && python_api.PySys_GetObject("modules") == modules) {
		guest_inside++;
		void *finders = python_api.PySys_GetObject("meta_path");
		if (ours)
			waiting = finders && python_api.PyList_Append(finders, finder) == 0;
		else if (python_api.PyDict_GetItemString(modules, NAME))
			leave(); /* the program has one */
		python_api.PyErr_Clear();
		guest_inside--;
	}
	return real_is_builtin(module, name);
}

static void *find_spec(void *self, void *arguments, void *keywords)
{
	(void)self, (void)keywords;
	void *name = python_api.PyTuple_Size(arguments) > 0 ? python_api.PyTuple_GetItem(arguments, 0) : NULL;
	void *spec = NULL;
	guest_inside++;
	if (name && is_ours(name)) {
		leave();
		void *import = python_api.PyImport_ImportModule("_frozen_importlib");
		if (import)
			spec = python_api.PyObject_CallMethod(import, "ModuleSpec", "OO", name, finder);
		if (import)
			python_api.Py_DecRef(import);
	}
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
						  profile);
	python_api.PyErr_Clear();
	return python_none();
}

static struct python_method methods[] = {
	{"find_spec", (void *)find_spec, PYTHON_KEYWORDS, NULL},
	{"create_module", (void *)create_module, PYTHON_KEYWORDS, NULL},
	{"exec_module", (void *)exec_module, PYTHON_KEYWORDS, NULL},
};

static bool set(void *object, struct python_method *method)
{
	void *function = python_api.PyCFunction_NewEx(method, NULL, NULL);
	bool done = function && python_api.PyObject_SetAttrString(object, method->name, function) == 0;
	if (function)
		python_api.Py_DecRef(function);
	return done;
}

void python_module_install(void *profile_object)
{
	profile = profile_object;
	modules = python_api.PySys_GetObject("modules");
	void *imp = modules ? python_api.PyDict_GetItemString(modules, "_imp") : NULL;
	finder = imp ? python_api.PyModule_New("memtrace") : NULL;
	bool all = finder != NULL;
	for (size_t i = 0; all && i < ARRAY_LEN(methods); i++)
		all = set(finder, &methods[i]);
	if (all)
		python_wrap(imp, "is_builtin", PYTHON_ONE, (void *)is_builtin, (void **)&real_is_builtin);
}
