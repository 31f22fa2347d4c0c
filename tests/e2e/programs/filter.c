/* Puts up filters of system calls that forbid nearly all, a signal handler's return too, while all threads
 * work; then works on with them. usage: filter prctl|seccomp|strict. Ends with 7. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { STEPS = 10000000, BLOCKS = 100000 };

static volatile int stop;

static void work(void)
{
	for (volatile long i = 0; i < STEPS; i++)
		;
}

static void *in_thread(void *unused)
{
	while (!stop)
		;
	work();
	stop = 2;
	for (;;)
		;
	return unused;
}

int main(int argc, char **argv)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};
	const char *how = argc > 1 ? argv[1] : "prctl";
	pthread_t thread;
	int error;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	free(malloc(16)); /* the heap is there from here on */
	if (strcmp(how, "strict") != 0)
		pthread_create(&thread, NULL, in_thread, NULL);
	while (clock() < CLOCKS_PER_SEC / 2) /* of CPU time, whatever the processor's speed */
		work();
	if (strcmp(how, "strict") == 0)
		error = prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	else if (strcmp(how, "prctl") == 0)
		error = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	else
		error = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
				     &program);
	if (error)
		_exit(77);
	work();
	/* More than the recorder can be told of without waiting for it. */
	for (int i = 0; i < BLOCKS; i++)
		free(malloc(16));
	stop = 1;
	while (strcmp(how, "strict") != 0 && stop != 2)
		;
	if (strcmp(how, "strict") == 0)
		syscall(SYS_exit, 7);
	syscall(SYS_exit_group, 7);
}
