/* write_trace TEXT TRACE: the trace of a text (tests/unit/tracegen.h says what stands in it). */
#include <stdio.h>

#include "tests/unit/tracegen.h"

int main(int argc, char **argv)
{
	static char text[1 << 20];
	FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL;
	size_t n;

	if (!in) {
		fprintf(stderr, "usage: write_trace TEXT TRACE\n");
		return 2;
	}
	n = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[n] = '\0';
	tracegen_write(argv[2], text);
	return 0;
}
