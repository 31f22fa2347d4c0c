/* A plugin is loaded, used and unloaded three times; its functions keep their names after it is gone.
 *
 * Each time its constructor makes 3 blocks of 100 bytes, which its destructor frees, and plugin_work() makes
 * 7 of 50 bytes and leaks the last of them. What dlopen() allocates for itself is not counted here. The most
 * is live in the last round: 3 × 100 + 7 × 50 bytes, and the 2 × 50 that leaked before.
 *
 * expect summary --filter=^plugin_: allocations=30 frees=27 allocated_bytes=1950 peak_bytes=750
 * peak_blocks=12 expect summary --filter=^plugin_: leaked_bytes=150 leaked_blocks=3 temporary=0 lost_events=0
 * expect function plugin_setup: allocations=9 allocated_bytes=900 leaked_bytes=0
 * expect function plugin_work: allocations=21 allocated_bytes=1050 leaked_bytes=150 leaked_blocks=3
 */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	char path[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);

	if (n <= 0)
		return 1;
	path[n] = '\0';
	strcpy(strrchr(path, '/') + 1, "plugin.so");
	for (int i = 0; i < 3; i++) {
		void *plugin = dlopen(path, RTLD_NOW);
		void (*work)(void);

		if (plugin == NULL) {
			fprintf(stderr, "%s\n", dlerror());
			return 1;
		}
		*(void **)&work = dlsym(plugin, "plugin_work");
		work();
		dlclose(plugin);
	}
	return 0;
}
