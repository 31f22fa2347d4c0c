/* Threads that are named in all the ways there are, after they were born and have allocated. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static pthread_barrier_t born, named;

static void *work(void *argument)
{
	const char *way = argument;
	free(malloc(100));
	pthread_barrier_wait(&born);
	if (strcmp(way, "self") == 0)
		pthread_setname_np(pthread_self(), "by-itself");
	else if (strcmp(way, "prctl") == 0)
		prctl(PR_SET_NAME, "longer than there is room");
	pthread_barrier_wait(&named);
	return NULL;
}

int main(void)
{
	static char *const ways[] = {"self", "prctl", "other", "none"};
	enum { COUNT = sizeof(ways) / sizeof(*ways) };
	pthread_t threads[COUNT];
	pthread_barrier_init(&born, NULL, COUNT + 1);
	pthread_barrier_init(&named, NULL, COUNT + 1);
	for (int i = 0; i < COUNT; i++)
		pthread_create(&threads[i], NULL, work, ways[i]);
	pthread_barrier_wait(&born);
	pthread_setname_np(threads[2], "by-another");
	pthread_setname_np(threads[3], "a name that is too long");
	pthread_barrier_wait(&named);
	for (int i = 0; i < COUNT; i++)
		pthread_join(threads[i], NULL);
	puts("named");
	return 0;
}
