/* See harness.h. After the byte on the pipe the frame is in the kernel, whole: a read of the master that
 * would block pushes what still lies in the other side's buffer first. */
#include "tests/pty/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include "common/mem.h"
#include "common/text.h"

enum { PATIENCE_MS = 30000, LAST_WORDS = 4000 };

static void exec_child(struct tty *tty, char *const argv[], int sync_write, const char *term,
		       const char *locale, const char *const more[])
{
	char path[4096], sync_text[64], term_text[128], locale_text[128];
	const char *env[16];
	size_t n = 0;
	sigset_t none;

	snprintf(path, sizeof(path), "PATH=%s", getenv("PATH"));
	snprintf(sync_text, sizeof(sync_text), "MEMTRACE_SYNC_FD=%d", sync_write);
	env[n++] = path;
	env[n++] = "HOME=/nonexistent";
	env[n++] = "TZ=UTC";
	env[n++] = sync_text;
	env[n++] = "LSAN_OPTIONS=print_suppressions=0:suppressions=" SUPPRESSIONS; /* for builds with it */
	if (term) {
		snprintf(term_text, sizeof(term_text), "TERM=%s", term);
		env[n++] = term_text;
	}
	if (locale) {
		snprintf(locale_text, sizeof(locale_text), "LC_ALL=%s", locale);
		env[n++] = locale_text;
	}
	for (; more && *more; more++)
		env[n++] = *more;
	env[n] = NULL;
	close(tty->master);
	close(tty->sync);
	login_tty(tty->slave);
	/* What runs the tests may ignore or block some: a shell does so for what it puts in the background.
	 */
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(argv[0], argv, (char *const *)env);
	_exit(127);
}

void tty_start(struct tty *tty, char *const argv[], int w, int h, const char *term, const char *locale,
	       const char *const more[])
{
	struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
	int sync[2];

	*tty = (struct tty){.w = w, .h = h};
	assert_int_equal(openpty(&tty->master, &tty->slave, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(tty->slave, &tty->before), 0);
	assert_int_equal(pipe(sync), 0);
	tty->sync = sync[0];
	tty->pid = fork();
	assert_true(tty->pid >= 0);
	if (tty->pid == 0)
		exec_child(tty, argv, sync[1], term, locale, more);
	close(sync[1]);
	fcntl(tty->master, F_SETFL, O_NONBLOCK);
	tty->vterm = vterm_new(h, w);
	vterm_set_utf8(tty->vterm, 1);
	tty->screen = vterm_obtain_screen(tty->vterm);
	vterm_screen_enable_altscreen(tty->screen, 1);
	vterm_screen_reset(tty->screen, 1);
}

static void write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, bytes, n);
		if (written < 0 && errno == EAGAIN)
			continue;
		assert_true(written > 0);
		bytes += written;
		n -= (size_t)written;
	}
}

static void keep(struct tty *tty, const char *bytes, size_t n)
{
	if (tty->n + n + 1 > tty->cap) {
		tty->cap = (tty->n + n + 1) * 2;
		tty->bytes = xrealloc(tty->bytes, tty->cap, 1);
	}
	memcpy(tty->bytes + tty->n, bytes, n);
	tty->n += n;
	tty->bytes[tty->n] = '\0';
}

/* Feeds all that has been written to the emulator, and its answers back. */
static void pump(struct tty *tty)
{
	char piece[4096];
	ssize_t n;

	while ((n = read(tty->master, piece, sizeof(piece))) > 0) {
		keep(tty, piece, (size_t)n);
		vterm_input_write(tty->vterm, piece, (size_t)n);
		size_t answer = vterm_output_read(tty->vterm, piece, sizeof(piece));
		write_all(tty->master, piece, answer);
	}
}

void tty_send(struct tty *tty, const char *bytes)
{
	write_all(tty->master, bytes, strlen(bytes));
}

static void give_up(struct tty *tty, const char *why)
{
	char *text = tty_dump(tty);

	fprintf(stderr, "the screen was:\n%s", text);
	free(text);
	kill(tty->pid, SIGKILL);
	fail_msg("%s", why);
}

/* Waits for the program to write or to say something; false when the pipe is closed. */
static bool wait_more(struct tty *tty, bool *said)
{
	struct pollfd fds[] = {{.fd = tty->master, .events = POLLIN}, {.fd = tty->sync, .events = POLLIN}};
	char byte[64];

	if (poll(fds, ARRAY_LEN(fds), PATIENCE_MS) <= 0)
		give_up(tty, "the program is silent");
	if (fds[1].revents) {
		if (read(tty->sync, byte, sizeof(byte)) <= 0)
			return false;
		*said = true;
	}
	pump(tty);
	return true;
}

void tty_wait(struct tty *tty)
{
	bool said = false;

	while (!said) {
		if (!wait_more(tty, &said))
			give_up(tty, "the program has ended");
	}
}

void tty_keys(struct tty *tty, const char *bytes)
{
	tty_send(tty, bytes);
	tty_wait(tty);
}

void tty_resize(struct tty *tty, int w, int h)
{
	struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};

	tty->w = w;
	tty->h = h;
	vterm_set_size(tty->vterm, h, w);
	assert_int_equal(ioctl(tty->master, TIOCSWINSZ, &size), 0);
}

void tty_wait_text(struct tty *tty, const char *text)
{
	for (;;) {
		bool said = false;
		char *dump = tty_dump(tty);
		bool there = strstr(dump, text) != NULL;
		free(dump);
		if (there)
			return;
		if (!wait_more(tty, &said))
			give_up(tty, "the program has ended");
	}
}

char *tty_dump(struct tty *tty)
{
	size_t most = (size_t)tty->h * ((size_t)tty->w * 4 * VTERM_MAX_CHARS_PER_CELL + 1) + 1, n = 0;
	char *text = xmalloc(most);

	for (int y = 0; y < tty->h; y++) {
		size_t end = n;
		for (int x = 0; x < tty->w;) {
			VTermPos at = {.row = y, .col = x};
			VTermScreenCell cell;
			if (!vterm_screen_get_cell(tty->screen, at, &cell))
				break;
			if (cell.chars[0] == 0 || cell.chars[0] == (uint32_t)-1)
				text[n++] = ' ';
			for (int i = 0;
			     i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] && cell.chars[0] != (uint32_t)-1;
			     i++)
				n += text_encode(text + n, (i32)cell.chars[i]);
			if (text[n - 1] != ' ')
				end = n;
			x += cell.width > 0 ? cell.width : 1;
		}
		n = end;
		text[n++] = '\n';
	}
	text[n] = '\0';
	return text;
}

bool tty_has_written(const struct tty *tty, const char *text)
{
	return tty->bytes && memmem(tty->bytes, tty->n, text, strlen(text));
}

int tty_end(struct tty *tty)
{
	bool said;
	int status;

	while (wait_more(tty, &said))
		continue;
	assert_int_equal(waitpid(tty->pid, &status, 0), tty->pid);
	pump(tty);
	/* What it died of is worth reading in the test's log. */
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		fprintf(stderr, "its last words:\n%s\n",
			tty->bytes + (tty->n > LAST_WORDS ? tty->n - LAST_WORDS : 0));
	return status;
}

bool tty_restored(struct tty *tty)
{
	struct termios now;

	assert_int_equal(tcgetattr(tty->slave, &now), 0);
	return now.c_iflag == tty->before.c_iflag && now.c_oflag == tty->before.c_oflag &&
	       now.c_cflag == tty->before.c_cflag && now.c_lflag == tty->before.c_lflag;
}

void tty_free(struct tty *tty)
{
	vterm_free(tty->vterm);
	close(tty->master);
	close(tty->slave);
	close(tty->sync);
	free(tty->bytes);
}

char *run_command(const char *command, int *status)
{
	FILE *in = popen(command, "r");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(in);
	if (getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		text = xstrdup("");
	}
	*status = pclose(in);
	return text;
}
