/* Buffers grown step by step with realloc. usage: grow BUFFERS */
#include <stdlib.h>

int main(int argc, char **argv)
{
	for (long n = argc > 1 ? atol(argv[1]) : 6000; n > 0; n--) {
		char *buffer = NULL;
		for (size_t size = 16; size <= 4096; size += 16) {
			char *more = realloc(buffer, size);
			if (!more)
				return 1;
			buffer = more;
			buffer[size - 1] = 1;
		}
		free(buffer);
	}
	return 0;
}
