/* Calls malloc through a pointer. At a fixed address the executable has an entry for malloc then, which all
 * libraries find for malloc's address. */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	void *(*volatile allocate)(size_t) = malloc;
	free(allocate(100));
	puts("done");
	return 0;
}
