/* Command lines as a trace keeps them: arguments parted by NUL bytes. */
#ifndef VIEWER_TEXT_COMMAND_H
#define VIEWER_TEXT_COMMAND_H

#include "viewer/load/trace.h"
#include "viewer/text/json.h"

/* The arguments with spaces between, in memory of the arena. Raw: still to be made harmless at the output. */
const char *command_text(const struct trace *trace, u32 string, struct arena *arena);
/* A list of strings. */
void command_json(const struct trace *trace, u32 string, struct json *j);

#endif
