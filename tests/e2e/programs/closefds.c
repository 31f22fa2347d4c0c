/* Closes every file descriptor that it did not open, as daemons do, then goes on allocating and starting
 * threads; its own files, which get the freed numbers, must hold what it wrote and nothing else.
 *
 * expect summary --filter=^work$: allocations=200 frees=0 allocated_bytes=2000 leaked_bytes=2000
 * leaked_blocks=200
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static char *volatile lost;

static void *work(void *unused)
{
	for (int i = 0; i < 100; i++)
		lost = malloc(10);
	return unused;
}

int main(void)
{
	char path[] = "/tmp/memtrace-closefds-XXXXXX", back[16];
	pthread_t thread;
	int fd;

	for (int i = 3; i < 1024; i++)
		close(i);
	fd = mkstemp(path);
	unlink(path);
	if (fd != 3 || write(fd, "mine", 4) != 4)
		return 1;
	work(NULL);
	if (pthread_create(&thread, NULL, work, NULL) != 0 || pthread_join(thread, NULL) != 0)
		return 2;
	if (lseek(fd, 0, SEEK_END) != 4 || pread(fd, back, sizeof(back), 0) != 4)
		return 3;
	return 0;
}
