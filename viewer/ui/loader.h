/* Reads the trace and computes findings on a thread of its own, so that the screen never waits. The caller
 * polls loader_fd() and takes what is ready. */
#ifndef VIEWER_UI_LOADER_H
#define VIEWER_UI_LOADER_H

#include "viewer/ui/findings.h"

struct loader;

enum loader_result {
	LOADER_NOTHING,  /* progress at most */
	LOADER_BEFORE,   /* *trace, the one to compare with, the caller's now; comes first, and must stay */
	LOADER_TRACE,    /* *trace, the caller's now */
	LOADER_FINDINGS, /* *findings, the caller's now */
	LOADER_FLOWS,    /* *flows, the caller's now, of the findings given last */
	LOADER_FAILED,   /* err: there is no trace */
	LOADER_LENS_FAILED, /* err: there are no findings for this lens */
};

/* Begins to read the file; before it, if not NULL, one to compare it with: findings have the difference, too.
 * The stacks of both have these frames. */
struct loader *loader_new(const char *file, const char *before, enum trace_frames frames);
/* Stops the thread. It may take a moment to notice: after `wait_ms` it is left alone, and so is what it works
 * on; false then, and the process should end without freeing the trace. */
bool loader_free(struct loader *loader, unsigned wait_ms);

/* Computes findings for a lens (copied); a computation under way is given up. The trace stays the caller's,
 * and must stay. again: findings_again() will do. */
void loader_request(struct loader *loader, const struct trace *trace, const struct lens *lens, bool again);
/* Reading stops where it is, and what was read is used; computing stops with no result. */
void loader_stop(struct loader *loader);

int loader_fd(const struct loader *loader); /* readable when loader_take() may have something */
enum loader_result loader_take(struct loader *loader, struct trace **trace, struct findings **findings,
			       struct flows **flows, struct err *err);
/* False when it has nothing to do that the screen waits for. */
bool loader_progress(struct loader *loader, const char **what, u64 *done, u64 *total);
/* Nothing at all is under way. */
bool loader_idle(struct loader *loader);

#endif
