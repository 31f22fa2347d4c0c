/* What is put into a Python program, once: the interpreter calls install() in its main thread, with its lock
 * held, between two of its instructions. Each thing installed is silent where it can't be. */
#include "record/preload/python_calls.h"
#include "record/preload/python_lines.h"

static void (*const things[])(void) = {
	python_calls_install,
	lines_install,
};

static int install(void *unused)
{
	(void)unused;
	guest_inside++;
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
