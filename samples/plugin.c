/* The plugin that dlopen.c loads: it allocates in its constructor as well as when it is called. */
#include <stdlib.h>

void plugin_work(void); /* found by its name, so no header declares it */

static char *plugin_table[3];

__attribute__((constructor)) static void plugin_setup(void)
{
	for (int i = 0; i < 3; i++)
		plugin_table[i] = malloc(100);
}

__attribute__((destructor)) static void plugin_teardown(void)
{
	for (int i = 0; i < 3; i++)
		free(plugin_table[i]);
}

void plugin_work(void)
{
	char *blocks[7];

	for (int i = 0; i < 7; i++)
		blocks[i] = malloc(50);
	for (int i = 0; i < 6; i++)
		free(blocks[i]);
}
