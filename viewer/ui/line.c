/* See line.h. */
#include "viewer/ui/line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void line_add(char *out, size_t size, const char *format, ...)
{
	size_t used = strnlen(out, size);
	va_list args;

	va_start(args, format);
	if (used < size)
		vsnprintf(out + used, size - used, format, args);
	va_end(args);
}
