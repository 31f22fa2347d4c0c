/* Lines of source files, for a user who asks for them: these are paths of this machine that a trace names, so
 * nothing here is called unasked. Only regular files up to a size are read, each once. */
#ifndef VIEWER_TEXT_SOURCES_H
#define VIEWER_TEXT_SOURCES_H

#include "common/types.h"

struct sources;

struct sources *sources_new(void);
void sources_free(struct sources *s);

/* Line 1.. of a file, without its end; NULL when there is no such line or file. Valid until sources_free().
 */
const char *sources_line(struct sources *s, const char *path, u32 line);
/* Number of lines; 0 when the file can't be read. */
u32 sources_n_lines(struct sources *s, const char *path);

/* The last line of the function whose declaration begins at line: where its braces close, or for Python where
 * the indentation returns. 0 when that can't be told. */
u32 sources_function_end(struct sources *s, const char *path, u32 line, bool python);

#endif
