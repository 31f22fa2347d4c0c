/* Functions of CPython that are called with its lock held: only by what python_inject.c installs, never on
 * the paths of malloc and free. No headers of Python: objects are void *. */
#ifndef RECORD_PRELOAD_PYTHON_API_H
#define RECORD_PRELOAD_PYTHON_API_H

#include "record/preload/python.h"

/* A type of a C function that the interpreter calls at events of a thread, and what it is told. */
typedef int python_trace_function(void *object, void *frame, int what, void *argument);
enum python_trace {
	PYTHON_TRACE_CALL,
	PYTHON_TRACE_EXCEPTION,
	PYTHON_TRACE_LINE,
	PYTHON_TRACE_RETURN,
	PYTHON_TRACE_C_CALL,
	PYTHON_TRACE_C_EXCEPTION,
	PYTHON_TRACE_C_RETURN,
};

/* PyMethodDef. */
struct python_method {
	const char *name;
	void *function;
	int flags;
	const char *doc;
};
enum {
	PYTHON_VARIABLE = 1, /* METH_VARARGS */
	PYTHON_KEYWORDS = 3, /* METH_VARARGS | METH_KEYWORDS */
	PYTHON_NULLARY = 4,  /* METH_NOARGS */
	PYTHON_ONE = 8,      /* METH_O */
	PYTHON_FAST = 0x80,  /* METH_FASTCALL */
};

/* result, name, arguments. */
#define PYTHON_API(X)                                                                                        \
	X(int, Py_AddPendingCall, int (*)(void *), void *)                                                   \
	X(int, Py_IsInitialized, void)                                                                       \
	X(int, PyGILState_Check, void)                                                                       \
	X(void, Py_IncRef, void *)                                                                           \
	X(void, Py_DecRef, void *)                                                                           \
	X(void, PyErr_Clear, void)                                                                           \
	X(void *, PyEval_GetBuiltins, void)                                                                  \
	X(void *, PyDict_GetItemString, void *, const char *)                                                \
	X(int, PyDict_SetItemString, void *, const char *, void *)                                           \
	X(void *, PyCFunction_NewEx, struct python_method *, void *, void *)                                 \
	X(void *, PyObject_GetAttrString, void *, const char *)                                              \
	X(int, PyObject_SetAttrString, void *, const char *, void *)                                         \
	X(void *, PyObject_CallMethod, void *, const char *, const char *, ...)                              \
	X(void *, PyObject_CallFunctionObjArgs, void *, ...)                                                 \
	X(void *, PyMapping_Values, void *)                                                                  \
	X(void *, PyImport_ImportModule, const char *)                                                       \
	X(void *, PyModule_New, const char *)                                                                \
	X(void *, PyModule_GetDict, void *)                                                                  \
	X(void *, PySys_GetObject, const char *)                                                             \
	X(long, PyList_Size, void *)                                                                         \
	X(void *, PyList_GetItem, void *, long)                                                              \
	X(int, PyList_Append, void *, void *)                                                                \
	X(long, PyTuple_Size, void *)                                                                        \
	X(void *, PyTuple_GetItem, void *, long)                                                             \
	X(const char *, PyUnicode_AsUTF8, void *)                                                            \
	X(long, PyLong_AsLong, void *)                                                                       \
	X(int, PyFrame_GetLineNumber, void *)                                                                \
	X(void, PyEval_SetTrace, python_trace_function *, void *)                                            \
	X(void *, PyInterpreterState_Main, void)                                                             \
	X(void *, PyInterpreterState_ThreadHead, void *)                                                     \
	X(void *, PyThreadState_Next, void *)                                                                \
	X(void, PyEval_SetProfile, python_trace_function *, void *)                                          \
	X(void *, PyObject_Repr, void *)                                                                     \
	X(void *, PyUnicode_FromString, const char *)                                                        \
	X(void *, PyUnicode_InternFromString, const char *)                                                  \
	X(void *, PyObject_GetAttr, void *, void *)                                                          \
	X(const char *, PyModule_GetName, void *)                                                            \
	X(int, PyType_IsSubtype, void *, void *)                                                             \
	X(void *, _PyType_Lookup, void *, void *)

struct python_api {
#define X(result, name, ...) result (*name)(__VA_ARGS__);
	PYTHON_API(X)
#undef X
	/* Types. */
	void *function_type, *method_type, *module_type;
	/* 3.9 to 3.11; NULL elsewhere. */
	int (*_PyEval_SetProfile)(void *thread, python_trace_function *function, void *object);
	int (*_PyEval_SetTrace)(void *thread, python_trace_function *function, void *object);
	void *none;
};
extern struct python_api python_api HIDDEN;

/* Finds them, as python_find() does. False: not all are there. */
bool python_api_find(void *handle) HIDDEN;

/* python_inject.c: has the interpreter call us once, in its main thread. On the path of malloc. */
void python_inject(void) HIDDEN;

/* python_beside.c: has a module's function, of this kind, call another one, and tells what it called so far. */
void python_wrap(void *module, const char *name, int flags, void *function, void **before) HIDDEN;
/* python_thread.c. */
void python_thread_install(void) HIDDEN;

/* A new reference to None. */
static inline void *python_none(void)
{
	python_api.Py_IncRef(python_api.none);
	return python_api.none;
}

/* Lets go of a result, if there is one, and of an error. False: it was one. */
static inline bool python_done(void *result)
{
	if (result)
		python_api.Py_DecRef(result);
	python_api.PyErr_Clear();
	return result != NULL;
}

/* An attribute, or NULL without an error. A new reference. */
static inline void *python_attribute(void *object, const char *name)
{
	void *value = python_api.PyObject_GetAttrString(object, name);
	if (!value)
		python_api.PyErr_Clear();
	return value;
}

#endif
