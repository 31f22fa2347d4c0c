/* The second library inside the program, which is preloaded beside the first where time is that of the wall
 * (--clock=wall): before each function of libc that may wait it has one of the same name, which has the time
 * in it told. It does nothing else: arguments, results, errno, cancellation and signals are the real ones.
 *
 * What waits by a system call of its own, or inside of libc, is not seen here: see record/preload/waits.c. */
/* The headers' own definitions of some of these functions, in other ways of theirs, would be in the way. */
#undef _FORTIFY_SOURCE
#ifndef __NO_INLINE__
#define __NO_INLINE__ 1
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "record/preload/waits.h"

#define EXPORT            __attribute__((visibility("default")))
/* The ones before have another layout. */
#define CONDITION         "pthread_cond_"
#define CONDITION_VERSION "GLIBC_2.3.2"

/* Result, name, parameters with their types, and without. */
#define WAITING(X)                                                                                           \
	X(ssize_t, read, (int a, void *b, size_t c), (a, b, c))                                              \
	X(ssize_t, pread, (int a, void *b, size_t c, off_t d), (a, b, c, d))                                 \
	X(ssize_t, pread64, (int a, void *b, size_t c, off64_t d), (a, b, c, d))                             \
	X(ssize_t, readv, (int a, const struct iovec *b, int c), (a, b, c))                                  \
	X(ssize_t, preadv, (int a, const struct iovec *b, int c, off_t d), (a, b, c, d))                     \
	X(ssize_t, write, (int a, const void *b, size_t c), (a, b, c))                                       \
	X(ssize_t, pwrite, (int a, const void *b, size_t c, off_t d), (a, b, c, d))                          \
	X(ssize_t, pwrite64, (int a, const void *b, size_t c, off64_t d), (a, b, c, d))                      \
	X(ssize_t, writev, (int a, const struct iovec *b, int c), (a, b, c))                                 \
	X(ssize_t, pwritev, (int a, const struct iovec *b, int c, off_t d), (a, b, c, d))                    \
	X(ssize_t, sendfile, (int a, int b, off_t *c, size_t d), (a, b, c, d))                               \
	X(ssize_t, splice, (int a, off64_t *b, int c, off64_t *d, size_t e, unsigned f), (a, b, c, d, e, f)) \
	X(int, fsync, (int a), (a))                                                                          \
	X(int, fdatasync, (int a), (a))                                                                      \
	X(int, flock, (int a, int b), (a, b))                                                                \
	X(int, lockf, (int a, int b, off_t c), (a, b, c))                                                    \
	X(size_t, fread, (void *a, size_t b, size_t c, FILE *d), (a, b, c, d))                               \
	X(char *, fgets, (char *a, int b, FILE *c), (a, b, c))                                               \
	X(ssize_t, getline, (char **a, size_t *b, FILE *c), (a, b, c))                                       \
	X(ssize_t, getdelim, (char **a, size_t *b, int c, FILE *d), (a, b, c, d))                            \
	X(int, fflush, (FILE * a), (a))                                                                      \
	X(int, pclose, (FILE * a), (a))                                                                      \
	X(ssize_t, recv, (int a, void *b, size_t c, int d), (a, b, c, d))                                    \
	X(ssize_t, recvfrom, (int a, void *b, size_t c, int d, __SOCKADDR_ARG e, socklen_t *f),              \
	  (a, b, c, d, e, f))                                                                                \
	X(ssize_t, recvmsg, (int a, struct msghdr *b, int c), (a, b, c))                                     \
	X(int, recvmmsg, (int a, struct mmsghdr *b, unsigned c, int d, struct timespec *e), (a, b, c, d, e)) \
	X(ssize_t, send, (int a, const void *b, size_t c, int d), (a, b, c, d))                              \
	X(ssize_t, sendto, (int a, const void *b, size_t c, int d, __CONST_SOCKADDR_ARG e, socklen_t f),     \
	  (a, b, c, d, e, f))                                                                                \
	X(ssize_t, sendmsg, (int a, const struct msghdr *b, int c), (a, b, c))                               \
	X(int, sendmmsg, (int a, struct mmsghdr *b, unsigned c, int d), (a, b, c, d))                        \
	X(int, accept, (int a, __SOCKADDR_ARG b, socklen_t *c), (a, b, c))                                   \
	X(int, accept4, (int a, __SOCKADDR_ARG b, socklen_t *c, int d), (a, b, c, d))                        \
	X(int, connect, (int a, __CONST_SOCKADDR_ARG b, socklen_t c), (a, b, c))                             \
	X(int, getaddrinfo, (const char *a, const char *b, const struct addrinfo *c, struct addrinfo **d),   \
	  (a, b, c, d))                                                                                      \
	X(int, poll, (struct pollfd * a, nfds_t b, int c), (a, b, c))                                        \
	X(int, ppoll, (struct pollfd * a, nfds_t b, const struct timespec *c, const sigset_t *d),            \
	  (a, b, c, d))                                                                                      \
	X(int, select, (int a, fd_set *b, fd_set *c, fd_set *d, struct timeval *e), (a, b, c, d, e))         \
	X(int, pselect,                                                                                      \
	  (int a, fd_set *b, fd_set *c, fd_set *d, const struct timespec *e, const sigset_t *f),             \
	  (a, b, c, d, e, f))                                                                                \
	X(int, epoll_wait, (int a, struct epoll_event *b, int c, int d), (a, b, c, d))                       \
	X(int, epoll_pwait, (int a, struct epoll_event *b, int c, int d, const sigset_t *e),                 \
	  (a, b, c, d, e))                                                                                   \
	X(unsigned, sleep, (unsigned a), (a))                                                                \
	X(int, usleep, (useconds_t a), (a))                                                                  \
	X(int, nanosleep, (const struct timespec *a, struct timespec *b), (a, b))                            \
	X(int, clock_nanosleep, (clockid_t a, int b, const struct timespec *c, struct timespec *d),          \
	  (a, b, c, d))                                                                                      \
	X(int, thrd_sleep, (const struct timespec *a, struct timespec *b), (a, b))                           \
	X(int, pause, (void), ())                                                                            \
	X(int, sigsuspend, (const sigset_t *a), (a))                                                         \
	X(int, sigwait, (const sigset_t *a, int *b), (a, b))                                                 \
	X(int, sigwaitinfo, (const sigset_t *a, siginfo_t *b), (a, b))                                       \
	X(int, sigtimedwait, (const sigset_t *a, siginfo_t *b, const struct timespec *c), (a, b, c))         \
	X(pid_t, wait, (int *a), (a))                                                                        \
	X(pid_t, waitpid, (pid_t a, int *b, int c), (a, b, c))                                               \
	X(pid_t, wait3, (int *a, int b, struct rusage *c), (a, b, c))                                        \
	X(pid_t, wait4, (pid_t a, int *b, int c, struct rusage *d), (a, b, c, d))                            \
	X(int, waitid, (idtype_t a, id_t b, siginfo_t * c, int d), (a, b, c, d))                             \
	X(int, pthread_join, (pthread_t a, void **b), (a, b))                                                \
	X(int, pthread_timedjoin_np, (pthread_t a, void **b, const struct timespec *c), (a, b, c))           \
	X(int, pthread_cond_wait, (pthread_cond_t * a, pthread_mutex_t * b), (a, b))                         \
	X(int, pthread_cond_timedwait, (pthread_cond_t * a, pthread_mutex_t * b, const struct timespec *c),  \
	  (a, b, c))                                                                                         \
	X(int, pthread_cond_clockwait,                                                                       \
	  (pthread_cond_t * a, pthread_mutex_t * b, clockid_t c, const struct timespec *d), (a, b, c, d))    \
	X(int, pthread_mutex_timedlock, (pthread_mutex_t * a, const struct timespec *b), (a, b))             \
	X(int, pthread_mutex_clocklock, (pthread_mutex_t * a, clockid_t b, const struct timespec *c),        \
	  (a, b, c))                                                                                         \
	X(int, pthread_rwlock_timedrdlock, (pthread_rwlock_t * a, const struct timespec *b), (a, b))         \
	X(int, pthread_rwlock_timedwrlock, (pthread_rwlock_t * a, const struct timespec *b), (a, b))         \
	X(int, pthread_barrier_wait, (pthread_barrier_t * a), (a))                                           \
	X(int, thrd_join, (thrd_t a, int *b), (a, b))                                                        \
	X(int, cnd_wait, (cnd_t * a, mtx_t * b), (a, b))                                                     \
	X(int, cnd_timedwait, (cnd_t * a, mtx_t * b, const struct timespec *c), (a, b, c))                   \
	X(int, sem_timedwait, (sem_t * a, const struct timespec *b), (a, b))                                 \
	X(int, sem_clockwait, (sem_t * a, clockid_t b, const struct timespec *c), (a, b, c))                 \
	X(int, semop, (int a, struct sembuf *b, size_t c), (a, b, c))                                        \
	X(int, semtimedop, (int a, struct sembuf *b, size_t c, const struct timespec *d), (a, b, c, d))      \
	X(ssize_t, msgrcv, (int a, void *b, size_t c, long d, int e), (a, b, c, d, e))                       \
	X(int, msgsnd, (int a, const void *b, size_t c, int d), (a, b, c, d))                                \
	X(ssize_t, mq_receive, (mqd_t a, char *b, size_t c, unsigned *d), (a, b, c, d))                      \
	X(ssize_t, mq_timedreceive, (mqd_t a, char *b, size_t c, unsigned *d, const struct timespec *e),     \
	  (a, b, c, d, e))                                                                                   \
	X(int, mq_send, (mqd_t a, const char *b, size_t c, unsigned d), (a, b, c, d))

/* What waits only if trying fails. */
#define LOCKING(X)                                                                                           \
	X(pthread_mutex_lock, pthread_mutex_t, pthread_mutex_trylock)                                        \
	X(pthread_rwlock_rdlock, pthread_rwlock_t, pthread_rwlock_tryrdlock)                                 \
	X(pthread_rwlock_wrlock, pthread_rwlock_t, pthread_rwlock_trywrlock)

static struct {
#define X(result, name, ...) __typeof__(&name) name;
	WAITING(X)
#undef X
#define X(name, ...) __typeof__(&name) name;
	LOCKING(X)
#undef X
	__typeof__(&sem_wait) sem_wait;
	__typeof__(&syscall) syscall;
} real;

/* In the constructor, or at the first call, which may come earlier. The loader may allocate, for a message
 * that a function is not there. */
static void *find(const char *name)
{
	memtrace_wait_search(1);
	void *function = strncmp(name, CONDITION, sizeof(CONDITION) - 1) == 0
				 ? dlvsym(RTLD_NEXT, name, CONDITION_VERSION)
				 : NULL;
	if (!function)
		function = dlsym(RTLD_NEXT, name);
	memtrace_wait_search(-1);
	return function;
}
#define FIND(name) real.name = (__typeof__(&name))find(#name)
#define REAL(name) (real.name ? real.name : (FIND(name)))

__attribute__((constructor(101))) static void find_all(void)
{
#define X(result, name, ...) FIND(name);
	WAITING(X)
#undef X
#define X(name, ...) FIND(name);
	LOCKING(X)
#undef X
	FIND(sem_wait);
	FIND(syscall);
}

/* Where the hook itself was called from is the wait's stack. */
#define TIMED(result, name, arguments)                                                                       \
	struct memtrace_wait timed = {.frame = __builtin_frame_address(0),                                   \
				      .function = (uintptr_t)REAL(name)};                                    \
	memtrace_wait_begin(&timed);                                                                         \
	result value = real.name arguments;                                                                  \
	memtrace_wait_end(&timed);                                                                           \
	return value

#define X(result, name, parameters, arguments)                                                               \
	EXPORT result name parameters                                                                        \
	{                                                                                                    \
		TIMED(result, name, arguments);                                                              \
	}
WAITING(X)
#undef X

#define X(name, type, try)                                                                                   \
	EXPORT int name(type *lock)                                                                          \
	{                                                                                                    \
		int got = try(lock);                                                                         \
		if (got != EBUSY)                                                                            \
			return got;                                                                          \
		TIMED(int, name, (lock));                                                                    \
	}
LOCKING(X)
#undef X

EXPORT int sem_wait(sem_t *semaphore)
{
	int error = errno;
	if (sem_trywait(semaphore) == 0)
		return 0;
	errno = error;
	TIMED(int, sem_wait, (semaphore));
}

/* Locks and queues of other languages' libraries wait by it. */
static bool may_wait(long number)
{
	return number == SYS_futex || number == SYS_io_uring_enter || number == SYS_epoll_pwait2;
}

EXPORT long syscall(long number, ...)
{
	va_list list;
	long a[6];
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (!may_wait(number)) {
		__typeof__(&syscall) function = REAL(syscall);
		return function(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
	TIMED(long, syscall, (number, a[0], a[1], a[2], a[3], a[4], a[5]));
}
