/* Threads of Python begin with what their maker wants to see of them. */
#include "record/preload/python.h"

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
			  void *argument)
{
	boot();
	lines_thread_starting();
	return REAL(pthread_create)(thread, attributes, start, argument);
}
