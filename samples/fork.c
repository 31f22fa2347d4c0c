/* A forked child has an account of its own: what it inherits is not its allocation and never its leak.
 *
 * The parent makes 3 blocks of 100 bytes and forks. The child frees 2 of its copies (inherited frees), makes
 * 5 blocks of 10 bytes, frees the first, and ends with status 3. The parent, which waits for it, frees its 3
 * blocks. Together the most is live when the child has its 5 blocks: 3 × 100 + 5 × 10 bytes.
 *
 * expect summary: allocations=8 frees=4 allocated_bytes=350 peak_bytes=350 peak_blocks=8
 * expect summary: leaked_bytes=40 leaked_blocks=4 temporary=0 inherited_frees=2 lost_events=0
 * expect process 0: allocations=3 frees=3 allocated_bytes=300 peak_bytes=300 peak_blocks=3 leaked_bytes=0
 * inherited_frees=0 expect process 1: allocations=5 frees=1 allocated_bytes=50 peak_bytes=50 peak_blocks=5
 * leaked_bytes=40 inherited_frees=2 expect process 0: exit_status=0 threads=1 expect process 1: exit_status=3
 * threads=1
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char *inherited[3], *own[5];

static void child(void)
{
	free(inherited[0]);
	free(inherited[1]);
	for (int i = 0; i < 5; i++)
		own[i] = malloc(10);
	free(own[0]);
	_exit(3);
}

int main(void)
{
	int status;
	pid_t pid;

	for (int i = 0; i < 3; i++)
		inherited[i] = malloc(100);
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0)
		child();
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 3)
		abort();
	for (int i = 0; i < 3; i++)
		free(inherited[i]);
	return 0;
}
