/* See guard.h. */
#include "viewer/ui/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
				    SIGTERM, SIGHUP, SIGINT, SIGQUIT};
static const int reported_signals[] = {SIGWINCH, SIGTSTP, SIGCONT};

static struct {
	bool armed;
	struct termios saved;
	int signal_pipe[2];
	int real_stderr, kept_stderr; /* -1: standard error is no terminal, and stays where it is */
	char restore[256];
	size_t restore_len;
} guard = {.signal_pipe = {-1, -1}, .real_stderr = -1, .kept_stderr = -1};

/* Standard error while curses has the screen: a file in memory. */
void guard_stderr_keep(void)
{
	if (guard.kept_stderr < 0 || guard.real_stderr < 0)
		return;
	fflush(stderr);
	dup2(guard.kept_stderr, STDERR_FILENO);
}

/* Prints what was kept. Also called from signal handlers. */
void guard_stderr_replay(void)
{
	char piece[512];
	ssize_t n;
	off_t at = 0;

	if (guard.kept_stderr < 0 || guard.real_stderr < 0)
		return;
	dup2(guard.real_stderr, STDERR_FILENO);
	while ((n = pread(guard.kept_stderr, piece, sizeof(piece), at)) > 0) {
		if (write(STDERR_FILENO, piece, (size_t)n) < 0)
			break;
		at += n;
	}
	if (ftruncate(guard.kept_stderr, 0) == 0)
		lseek(guard.kept_stderr, 0, SEEK_SET);
}

static void on_fatal(int number)
{
	int saved = errno;

	if (guard.armed) {
		ssize_t written = write(STDOUT_FILENO, guard.restore, guard.restore_len);
		(void)written; /* nothing is left to try */
		tcsetattr(STDIN_FILENO, TCSANOW, &guard.saved);
		guard_stderr_replay();
	}
	errno = saved;
	/* SA_RESETHAND has put the default back: this ends the program as the signal would have. */
	raise(number);
}

static void on_reported(int number)
{
	int saved = errno;
	char byte = (char)number;

	ssize_t written = write(guard.signal_pipe[1], &byte, 1);
	(void)written; /* a full pipe already says what this would say */
	errno = saved;
}

static void catch_signals(void)
{
	static char stack[64 * 1024];
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction fatal = {.sa_handler = on_fatal, .sa_flags = SA_RESETHAND | SA_NODEFER | SA_ONSTACK};
	struct sigaction reported = {.sa_handler = on_reported, .sa_flags = SA_RESTART};
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old;

	sigaltstack(&alternate, NULL);
	for (size_t i = 0; i < ARRAY_LEN(fatal_signals); i++) {
		/* nohup and its like stay as they are */
		if (sigaction(fatal_signals[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		sigaction(fatal_signals[i], &fatal, NULL);
	}
	for (size_t i = 0; i < ARRAY_LEN(reported_signals); i++)
		sigaction(reported_signals[i], &reported, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

int guard_open(struct err *err)
{
	if (pipe2(guard.signal_pipe, O_NONBLOCK | O_CLOEXEC) < 0)
		return err_set(err, "pipe: %s", strerror(errno));
	tcgetattr(STDIN_FILENO, &guard.saved);
	guard.restore_len = 0;
	return 0;
}

void guard_add_restore(int c)
{
	if (guard.restore_len < sizeof(guard.restore))
		guard.restore[guard.restore_len++] = (char)c;
}

void guard_arm(void)
{
	if (isatty(STDERR_FILENO)) {
		guard.real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
		guard.kept_stderr = memfd_create("memtrace-stderr", MFD_CLOEXEC);
		guard_stderr_keep();
	}
	guard.armed = true;
	catch_signals();
}

void guard_disarm(void)
{
	guard.armed = false;
	guard_stderr_replay();
}

int guard_signal_fd(void)
{
	return guard.signal_pipe[0];
}

bool guard_next_signal(int *number)
{
	char byte;

	if (read(guard.signal_pipe[0], &byte, 1) != 1)
		return false;
	*number = byte;
	return true;
}

void guard_stop(void)
{
	struct sigaction stop = {.sa_handler = SIG_DFL}, ours;

	guard_stderr_replay();
	sigaction(SIGTSTP, &stop, &ours);
	kill(0, SIGTSTP);
	sigaction(SIGTSTP, &ours, NULL);
	guard_stderr_keep();
}

int guard_run(char *const argv[])
{
	/* ^C is the other program's; ^Z there stops both, as one job. */
	static const struct {
		int number;
		void (*handler)(int);
	} meanwhile[] = {{SIGINT, SIG_IGN}, {SIGQUIT, SIG_IGN}, {SIGTSTP, SIG_DFL}};
	struct sigaction ours[ARRAY_LEN(meanwhile)], standard = {.sa_handler = SIG_DFL};
	int status = -1;

	guard_stderr_replay();
	for (size_t i = 0; i < ARRAY_LEN(meanwhile); i++) {
		struct sigaction other = {.sa_handler = meanwhile[i].handler};
		sigaction(meanwhile[i].number, &other, &ours[i]);
	}
	pid_t pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < ARRAY_LEN(meanwhile); i++)
			sigaction(meanwhile[i].number, &standard, NULL);
		sigaction(SIGPIPE, &standard, NULL);
		execvp(argv[0], argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			status = -1;
			break;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(meanwhile); i++)
		sigaction(meanwhile[i].number, &ours[i], NULL);
	guard_stderr_keep();
	return status;
}
