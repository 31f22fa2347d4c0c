/* What is put into a Python program, once: the interpreter calls install() in its main thread, with its lock
 * held, between two of its instructions. Each thing installed is silent where it can't be.
 *
 * The first call comes while the interpreter is still making its own import machinery; install() asks to be
 * called again until that is there. Nothing of ours is on before: until 3.11 a traced thread does nothing but
 * such calls as long as there is one. */
#include "record/preload/python_calls.h"
#include "record/preload/python_lines.h"

static void (*const things[])(void) = {
	python_calls_install,
	lines_install,
	python_thread_install,
};

enum { TRIES = 1 << 20 /* some 20,000 are usual, a millisecond; an interpreter may go without imports */ };

static bool is_ready(void)
{
	void *modules = python_api.PySys_GetObject("modules");
	return modules && python_api.PyDict_GetItemString(modules, "_imp") &&
	       python_api.PyDict_GetItemString(modules, "_thread");
}

static int install(void *unused)
{
	static u32 tries;
	guest_inside++;
	if (!is_ready() && ++tries < TRIES && python_api.Py_AddPendingCall(install, unused) == 0) {
		guest_inside--;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(things); i++) {
		things[i]();
		python_api.PyErr_Clear();
	}
	guest_inside--;
	return 0;
}

void python_inject(void)
{
	static u32 asked;
	if (python_api.Py_AddPendingCall && !__atomic_exchange_n(&asked, 1, __ATOMIC_RELAXED))
		python_api.Py_AddPendingCall(install, NULL);
}
