/* Makes 200 000 allocations of which half are freed, says "ready", waits for a line, makes as many again,
 * says "done". */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *volatile lost;

static void allocate(void)
{
	for (int i = 0; i < 100000; i++) {
		char *block = malloc(24);

		lost = malloc(8);
		free(block);
	}
}

static void say(const char *word)
{
	if (write(1, word, strlen(word)) < 0)
		_exit(1);
}

int main(void)
{
	char c;

	allocate();
	say("ready\n");
	while (read(0, &c, 1) == 1 && c != '\n')
		continue;
	allocate();
	say("done\n");
	return 0;
}
