/* Prints its effective user id; run with the set-uid bit. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	printf("%u\n", (unsigned)geteuid());
	return 6;
}
