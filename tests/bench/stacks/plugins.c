/* Modules that come and go, at the same addresses, with frames of different shapes: four threads allocate
 * through each other's and their own. usage: plugins COUNT PLUGIN... */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4 };

static long rounds;
static int n_files;
static char **files;

static void allocate(void *unused)
{
	void *volatile block = malloc(24);
	free(block);
	(void)unused;
}

static void *use(void *argument)
{
	unsigned random_state = (unsigned)(size_t)argument;
	for (long i = 0; i < rounds; i++) {
		random_state = random_state * 1103515245 + 12345;
		void *module =
			dlopen(files[(random_state >> 16) % (unsigned)n_files], i & 1 ? RTLD_NOW : RTLD_LAZY);
		if (!module)
			abort();
		void (*enter)(int, void (*)(void *), void *);
		*(void **)&enter = dlsym(module, "plugin_enter");
		for (int k = 0; k < 20; k++)
			enter((int)(random_state >> 20) % 12 + k % 3, allocate, NULL);
		dlclose(module);
		allocate(NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];
	if (argc < 3) {
		fprintf(stderr, "usage: plugins COUNT PLUGIN...\n");
		return 2;
	}
	rounds = atol(argv[1]) / 260 + 1;
	files = argv + 2;
	n_files = argc - 2;
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, use, (void *)(i + 1));
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
