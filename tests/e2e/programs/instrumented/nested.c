/* Functions nested in others, called directly and by way of a trampoline, which GCC passes a pointer to the outer one's
 * variables: says what they made of those. */
#include <stdio.h>
#include <stdlib.h>

static int outer(int n)
{
	int calls = 0, numbers[8] = {3, 1, 4, 1, 5, 9, 2, 6};

	__attribute__((noinline)) int add(int by)
	{
		calls++;
		return n += by;
	}
	int ascending(const void *a, const void *b)
	{
		calls++;
		return *(const int *)a - *(const int *)b;
	}
	__attribute__((noinline)) int large(int by)
	{
		volatile int much[200];

		much[by] = by;
		calls++;
		return n += much[by];
	}
	for (int i = 0; i < 10; i++)
		add(i);
	large(5);
	qsort(numbers, 8, sizeof(*numbers), ascending);
	return n * 1000 + calls * 10 + numbers[7];
}

int main(void)
{
	int sum = 0;

	for (int i = 0; i < 100; i++)
		sum += outer(i);
	printf("%d\n", sum);
	return 0;
}
