/* A module for plugins.c. PLUGIN_FRAME: bytes of its frames. */
#include <stdlib.h>

void plugin_enter(int depth, void (*call)(void *), void *argument);

static void *kept;

__attribute__((constructor)) static void come(void)
{
	kept = malloc(PLUGIN_FRAME);
}

__attribute__((destructor)) static void go(void)
{
	free(kept);
	kept = malloc(1);
	free(kept);
}

__attribute__((visibility("default"))) void plugin_enter(int depth, void (*call)(void *), void *argument)
{
	volatile char room[PLUGIN_FRAME];
	room[depth] = 0;
	if (depth > 0)
		plugin_enter(depth - 1, call, argument);
	call(argument);
	room[0] = room[depth];
}
