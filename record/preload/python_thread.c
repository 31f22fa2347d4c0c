/* What Python calls its threads: the kernel does not know it before 3.14, and only 15 letters of it then. Who
 * starts a threading.Thread asks the module _thread for it with the object's own method; its name is read
 * there, by the maker, who has the interpreter's lock, and is given to the new thread with all else that it
 * is to know (births.c). */
#include "record/preload/python_api.h"

#include <string.h>

static __thread char next_name[PYTHON_THREAD_NAME];

void python_thread_name(char name[PYTHON_THREAD_NAME])
{
	memcpy(name, next_name, PYTHON_THREAD_NAME);
	next_name[0] = 0;
}

/* By a name that is there already: of another a type would keep a block that nobody has seen. */
static void *attribute(void *object, const char *name)
{
	void *text = object ? python_api.PyUnicode_InternFromString(name) : NULL;
	void *value = text ? python_api.PyObject_GetAttr(object, text) : NULL;
	if (text)
		python_api.Py_DecRef(text);
	return value;
}

static void take_text(void *object, char *to)
{
	const char *text = object && PYTHON_AT(uintptr_t, object, PYTHON_OBJECT_TYPE) == python.text_type
				   ? python_api.PyUnicode_AsUTF8(object)
				   : NULL;
	size_t n = text ? strlen(text) : 0;
	n = MIN(n, (size_t)PYTHON_THREAD_NAME - 1);
	memcpy(to, text ? text : "", n);
	to[n] = 0;
}

static void look(void *arguments)
{
	guest_inside++;
	void *function =
		python_api.PyTuple_Size(arguments) > 0 ? python_api.PyTuple_GetItem(arguments, 0) : NULL;
	void *called = attribute(function, "__name__");
	char text[PYTHON_THREAD_NAME];
	take_text(called, text);
	/* Nothing is asked of an object that may be anything. */
	void *thread = strcmp(text, "_bootstrap") == 0 ? attribute(function, "__self__") : NULL;
	void *name = attribute(thread, "_name");
	take_text(name, next_name);
	void *const objects[] = {called, thread, name};
	for (size_t i = 0; i < ARRAY_LEN(objects); i++)
		if (objects[i])
			python_api.Py_DecRef(objects[i]);
	python_api.PyErr_Clear();
	guest_inside--;
}

static void *(*real_new)(void *module, void *arguments);
static void *(*real_joinable)(void *module, void *arguments, void *keywords);

static void *start_new(void *module, void *arguments)
{
	look(arguments);
	void *result = real_new(module, arguments);
	next_name[0] = 0;
	return result;
}

static void *start_joinable(void *module, void *arguments, void *keywords)
{
	look(arguments);
	void *result = real_joinable(module, arguments, keywords);
	next_name[0] = 0;
	return result;
}

void python_thread_install(void)
{
	void *modules = python_api.PySys_GetObject("modules");
	void *module = modules ? python_api.PyDict_GetItemString(modules, "_thread") : NULL;
	if (!module)
		return;
	python_wrap(module, "start_new_thread", PYTHON_VARIABLE, (void *)start_new, (void **)&real_new);
	python_wrap(module, "start_joinable_thread", PYTHON_KEYWORDS, (void *)start_joinable,
		    (void **)&real_joinable);
}
