/* Where the viewer keeps what outlives it: its configuration and its state, as the XDG base directories say;
 * and how it writes there, whole or not at all. All paths are the caller's to free. */
#ifndef VIEWER_UI_PLACES_H
#define VIEWER_UI_PLACES_H

#include "common/err.h"
#include "common/types.h"

/* $XDG_CONFIG_HOME/memtrace/config. NULL when there is no home either. */
char *place_of_config(void);
/* $XDG_STATE_HOME/memtrace/name. NULL when there is no home either. */
char *place_of_state(const char *name);

/* Makes or replaces a file, and the directories above it: never half of it. -1 and why. */
int place_write(const char *path, const char *text, size_t n, struct err *err);
/* The whole file, NUL-terminated, NULL and why; a file that isn't there is no error, but NULL with an empty
 * text. */
char *place_read(const char *path, struct err *err);

#endif
