/* The viewer on a terminal: the one loop that waits. */
#ifndef VIEWER_UI_SCREEN_H
#define VIEWER_UI_SCREEN_H

#include "viewer/ui/app.h"
#include "viewer/ui/term.h"

/* Makes the first lens of a trace that has just been read; -1 and why when the options don't fit it. */
typedef int (*screen_lens)(void *context, const struct trace *trace, struct lens *lens, struct err *err);

enum screen_result {
	SCREEN_OK = 0,
	SCREEN_UNREADABLE = -1, /* the file; or there is no terminal */
	SCREEN_LENS_WRONG = -2, /* the first lens */
};

/* In both before is a file to compare it with, NULL: none, and frames those that their stacks have. */
/* Shows file until the user quits. All but SCREEN_OK say why. */
enum screen_result screen_run(const char *file, const char *before, enum trace_frames frames,
			      const struct focus *first, screen_lens first_lens, void *context,
			      const struct term_options *options, struct err *err);

/* One screen as text: the view after keys have been typed. -1 and why when the file can't be read. roles: the
 * plane of roles after the text. */
struct screen_shot {
	enum view_id view;
	int w, h;
	const char *keys;
	bool ascii, roles;
};
enum screen_result screen_dump(const char *file, const char *before, enum trace_frames frames,
			       const struct focus *first, screen_lens first_lens, void *context,
			       const struct screen_shot *shot, FILE *out, struct err *err);

#endif
