/* Has a second C library, in a namespace of its own, allocate 10 blocks, and sort by a function that
 * allocates from the first one. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static void *volatile kept;

static int compare(const void *a, const void *b)
{
	kept = malloc(33);
	return *(const int *)a - *(const int *)b;
}

typedef void sort_function(void *, size_t, size_t, int (*)(const void *, const void *));

int main(void)
{
	int numbers[] = {2, 1};
	void *space = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
	if (!space)
		return 77;
	char *(*copy)(const char *) = (char *(*)(const char *))dlsym(space, "strdup");
	sort_function *sort = (sort_function *)dlsym(space, "qsort");
	if (!copy || !sort)
		return 1;
	for (int i = 0; i < 10; i++)
		kept = copy("seventeen letters");
	sort(numbers, 2, sizeof(numbers[0]), compare);
	printf("%d %d\n", numbers[0], numbers[1]);
	return dlclose(space);
}
