/* Calls in all the ways that functions are entered and left, built with each kind of instrumentation. How
 * often each function is called is known: cases_calls.py has the numbers. Prints what functions of all kinds
 * of results returned. With an argument: one part alone. */
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static volatile int sink;
static jmp_buf back;
static sigjmp_buf back_from_handler;
static ucontext_t main_context, coroutine_context;
static int pipe_ends[2];

static int leaf(int x)
{
	sink += x;
	return x + 1;
}

static int deep(int n)
{
	int below = n ? deep(n - 1) : leaf(0);
	sink++;
	return below;
}

static int fibonacci(int n)
{
	return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static void jump(int n)
{
	if (n > 0)
		jump(n - 1);
	if (sink != n)
		longjmp(back, 1);
}

static void jumper(void)
{
	if (setjmp(back) == 0)
		jump(5);
	leaf(1);
}

static void handler(int signal)
{
	leaf(signal);
}

static void leaving_handler(int signal)
{
	leaf(signal);
	siglongjmp(back_from_handler, 1);
}

static void signals(void)
{
	static char stack[65536];
	stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction on_other = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	signal(SIGUSR1, handler);
	for (int i = 0; i < 100; i++)
		raise(SIGUSR1);
	signal(SIGUSR2, leaving_handler);
	for (int i = 0; i < 10; i++)
		if (sigsetjmp(back_from_handler, 1) == 0)
			raise(SIGUSR2);
	sigaltstack(&other, NULL);
	sigaction(SIGUSR1, &on_other, NULL);
	for (int i = 0; i < 50; i++)
		raise(SIGUSR1);
}

static int grow(int n)
{
	char *small = alloca(n);
	memset(small, 1, n);
	leaf(small[n / 2]);
	char *large = alloca(2 * n);
	memset(large, 2, 2 * n);
	leaf(large[n]);
	return large[1];
}

static void *work(void *argument)
{
	for (int i = 0; i < 1000; i++)
		leaf(i);
	if (argument)
		pthread_exit(NULL);
	deep(10);
	return NULL;
}

static void wait_for_end(void)
{
	leaf(1);
	if (write(pipe_ends[1], "x", 1) < 0)
		abort();
	for (;;)
		pause();
}

static void *cancelled(void *argument)
{
	wait_for_end();
	return argument;
}

static void threads(void)
{
	pthread_t all[4], waiting;
	char byte;
	if (pipe(pipe_ends) < 0)
		abort();
	for (size_t i = 0; i < 4; i++)
		pthread_create(&all[i], NULL, work, i == 3 ? all : NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(all[i], NULL);
	for (int i = 0; i < 2; i++) { /* the second one is there to the end */
		pthread_create(&waiting, NULL, cancelled, NULL);
		if (read(pipe_ends[0], &byte, 1) != 1)
			abort();
		if (i == 0) {
			pthread_cancel(waiting);
			pthread_join(waiting, NULL);
		}
	}
}

static int n_compared;
static int compare(const void *a, const void *b)
{
	n_compared++;
	return *(const int *)a - *(const int *)b;
}

static void sort(void)
{
	int numbers[64];
	for (int i = 0; i < 64; i++)
		numbers[i] = i * 37 % 101;
	qsort(numbers, 64, sizeof(int), compare);
}

static void coroutine(void)
{
	for (int i = 0; i < 10; i++) {
		leaf(i);
		swapcontext(&coroutine_context, &main_context);
	}
}

static void contexts(void)
{
	char *stack = malloc(65536);
	getcontext(&coroutine_context);
	coroutine_context.uc_stack.ss_sp = stack;
	coroutine_context.uc_stack.ss_size = 65536;
	coroutine_context.uc_link = &main_context;
	makecontext(&coroutine_context, coroutine, 0);
	for (int i = 0; i < 11; i++) {
		swapcontext(&main_context, &coroutine_context);
		leaf(3);
	}
	free(stack);
}

static void child(void)
{
	for (int i = 0; i < 77; i++)
		leaf(i);
}

static void forks(void)
{
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			child();
			if (i)
				_exit(0);
			exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	pid_t pid = vfork();
	if (pid == 0) {
		leaf(1);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

struct large {
	long at[6];
};
struct pair {
	double a;
	long b;
};

static double of_doubles(double a, double b, float c, long double d)
{
	leaf(1);
	return a * b + c + (double)d;
}

static struct large to_large(int x)
{
	leaf(x);
	return (struct large){{x, 2, 3, 4, 5, 6}};
}

static struct pair to_pair(int x)
{
	leaf(x);
	return (struct pair){x * 1.5, x};
}

static long double to_long_double(int x)
{
	leaf(x);
	return x * 1.25L;
}

static void results(void)
{
	double sum = 0;
	for (int i = 0; i < 10; i++) {
		struct pair p = to_pair(i);
		sum += of_doubles(i, 2.5, 1.5f, 0.25L) + (double)to_large(i).at[0] + p.a + (double)p.b;
		sum += (double)to_long_double(i);
	}
	printf("%.3f\n", sum);
}

static void *allocate(int n)
{
	return malloc((size_t)n);
}

static void blocks(void)
{
	void *all[10];
	for (int i = 0; i < 10; i++)
		all[i] = allocate(100 + i);
	for (int i = 0; i < 10; i++)
		free(all[i]);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		fibonacci(atoi(argv[1]));
		return 0;
	}
	fibonacci(15);
	deep(2000);
	for (int i = 0; i < 20; i++)
		jumper();
	signals();
	for (int i = 0; i < 30; i++)
		grow(100 + i * 16);
	sort();
	contexts();
	forks();
	results();
	blocks();
	threads();
	printf("%d\n", n_compared);
	return 0;
}
