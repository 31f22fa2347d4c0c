/* The viewer without its terminal, under a test's keys and mouse. */
#ifndef TESTS_UI_BENCH_H
#define TESTS_UI_BENCH_H

#include "tests/ui/fixture.h"
#include "tests/unit/test.h"
#include "viewer/ui/app.h"
#include "viewer/ui/columns.h"
#include "viewer/ui/view.h"

struct bench {
	struct app app;
	struct surface s;
};

struct bench_look {
	int w, h;
	enum metric metric; /* N_METRICS: the usual one */
	const struct glyphs *glyphs;
};

/* The trace of a fixture is open, its view drawn: 120x36 in ASCII, by peak. */
void begin(struct bench *b, const char *fixture, enum view_id view);
void begin_as(struct bench *b, const char *fixture, enum view_id view, const struct bench_look *look);
void end(struct bench *b);

/* Makes the findings that are wanted, as the loader would, and draws. */
void settle(struct bench *b);
/* Keys as --keys has them, each on a settled screen. */
void type(struct bench *b, const char *keys);
/* What is typed after ":"; the complaint, "": it was done. */
const char *command(struct bench *b, const char *line);

void mouse_at(struct bench *b, enum mouse_action action, int x, int y);
/* On a text of the screen, from a row on; the button is let go, too. */
void mouse(struct bench *b, enum mouse_action action, const char *text, int from_y);

/* The first row from y on that holds text; its column goes to *x. */
int find_text(struct bench *b, const char *text, int y, int *x);
/* The screen as --dump prints it; the caller frees. */
char *screen_text(struct bench *b);
bool shows(struct bench *b, const char *what);

#endif
