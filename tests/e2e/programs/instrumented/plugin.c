/* A library with instrumented functions, for plugged.c. */
__attribute__((visibility("default"))) int plugin_work(int n, int (*back)(int));

static int plugin_step(int n, int (*back)(int))
{
	return back(n) + 1;
}

int plugin_work(int n, int (*back)(int))
{
	int sum = 0;
	for (int i = 0; i < n; i++)
		sum += plugin_step(i, back);
	return sum;
}
