/* Linked statically: no library can be preloaded into it. */
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	char *volatile block = malloc(100);

	free(block);
	return write(1, "static\n", 7) == 7 ? 5 : 1;
}
