/* See stream.h. */
#include "common/stream.h"

#include <errno.h>
#include <string.h>

#include "common/err.h"

int stream_close(FILE *stream, const char *name, bool may_go)
{
	int saved = 0;

	errno = 0;
	if (fflush(stream) != 0 || ferror(stream))
		saved = errno ? errno : EIO;
	if (fclose(stream) != 0 && !saved)
		saved = errno;
	if (!saved || (saved == EPIPE && may_go))
		return 0;
	warn("%s: %s", name, strerror(saved));
	return -1;
}

int stream_close_output(void)
{
	return stream_close(stdout, "standard output", true);
}
