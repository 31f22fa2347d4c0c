/* See viewer.h. */
#include "tests/pty/viewer.h"

#include <stdlib.h>

#include "common/mem.h"

void viewer_start(struct tty *tty, const char *fixture, const char *before, int w, int h, const char *term)
{
	char *both[] = {VIEWER, "--diff", (char *)(before ? fixture_trace(before) : NULL),
			(char *)fixture_trace(fixture), NULL};
	char *one[] = {VIEWER, (char *)fixture_trace(fixture), NULL};

	tty_start(tty, before ? both : one, w, h, term, "C.UTF-8", NULL);
	tty_wait(tty);
}

void viewer_check(struct tty *tty, const char *fixture, const char *before, const char *view,
		  const char *keys)
{
	char *command = xasprintf("TZ=UTC LC_ALL=C.UTF-8 %s --dump %s --size %dx%d --keys '%s' %s %s %s",
				  VIEWER, view, tty->w, tty->h, keys, before ? "--diff" : "",
				  before ? fixture_trace(before) : "", fixture_trace(fixture));
	int status;
	char *wanted = run_command(command, &status), *got = tty_dump(tty);

	assert_int_equal(status, 0);
	if (strcmp(got, wanted) != 0) {
		fprintf(stderr, "wanted:\n%s\ngot:\n%s", wanted, got);
		fail();
	}
	free(command);
	free(wanted);
	free(got);
}

void viewer_quit(struct tty *tty)
{
	tty_send(tty, "\003");
	assert_int_equal(tty_end(tty), 0);
	assert_true(tty_restored(tty));
	tty_free(tty);
}
