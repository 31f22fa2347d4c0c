/* Finding the functions of CPython that python_api.h names. */
#include "record/preload/python_api.h"

#include <dlfcn.h>

struct python_api python_api;

#define X(result, name, ...) extern char name[] __attribute__((weak));
PYTHON_API(X)
#undef X
extern char _PyEval_SetTrace[] __attribute__((weak));
extern char _Py_NoneStruct[] __attribute__((weak));
extern char _PyEval_SetProfile[] __attribute__((weak));
extern char PyCFunction_Type[] __attribute__((weak));
extern char PyMethodDescr_Type[] __attribute__((weak));
extern char PyModule_Type[] __attribute__((weak));

bool python_api_find(void *handle)
{
	struct python_api found;
	bool all = true;
#define X(result, symbol, ...)                                                                               \
	found.symbol = (__typeof__(found.symbol))(handle ? dlsym(handle, #symbol) : (void *)symbol);         \
	all &= found.symbol != NULL;
	PYTHON_API(X)
#undef X
	found._PyEval_SetTrace =
		(__typeof__(found._PyEval_SetTrace))(handle ? dlsym(handle, "_PyEval_SetTrace")
							    : (void *)_PyEval_SetTrace);
	found.none = handle ? dlsym(handle, "_Py_NoneStruct") : (void *)_Py_NoneStruct;
#define SYMBOL(name) (handle ? dlsym(handle, #name) : (void *)(name))
	found._PyEval_SetProfile = (__typeof__(found._PyEval_SetProfile))SYMBOL(_PyEval_SetProfile);
	found.function_type = SYMBOL(PyCFunction_Type);
	found.method_type = SYMBOL(PyMethodDescr_Type);
	found.module_type = SYMBOL(PyModule_Type);
	if (!all || !found.none || !found.function_type || !found.method_type || !found.module_type)
		return false;
	python_api = found;
	return true;
}
