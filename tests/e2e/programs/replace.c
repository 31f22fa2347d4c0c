/* Loads a module in the place of another of the same size, past all hooks; allocates through both. usage:
 * replace MODULE MODULE, each with a function work(). Ends with 77 if the second came to another place. */
#include <dlfcn.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	void *(*load)(const char *, int) = (void *(*)(const char *, int))dlsym(libc, "dlopen");
	int (*unload)(void *) = (int (*)(void *))dlsym(libc, "dlclose");
	void *module = argc > 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
	void (*work)(void) = (void (*)(void))dlsym(module, "work"), (*first)(void) = work;
	work();
	unload(module);
	module = load(argv[2], RTLD_NOW);
	work = (void (*)(void))dlsym(module, "work");
	dlopen(NULL, RTLD_NOW);
	work();
	return work == first ? 0 : 77;
}
