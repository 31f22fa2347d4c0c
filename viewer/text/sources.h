/* Lines of source files, for a user who asks for them: these are paths of this machine that a trace names, so
 * nothing here is called unasked. Only regular files up to a size are read, each once; source_paths.h says
 * where they are looked for. A change there has a file read anew, when it is asked for. */
#ifndef VIEWER_TEXT_SOURCES_H
#define VIEWER_TEXT_SOURCES_H

#include "common/types.h"

struct sources;

struct sources *sources_new(void);
void sources_free(struct sources *s);

/* The user has asked for all files at once. At first: not. */
void sources_ask_all(bool on);
bool sources_asked_all(void);

/* What is known of a file. */
enum source_state {
	SOURCE_UNASKED, /* it was not opened yet */
	SOURCE_READ,
	SOURCE_MISSING,
	SOURCE_UNREADABLE, /* no regular file, too large, or not ours to read */
};
/* Opens nothing. */
enum source_state sources_state(const struct sources *s, const char *path);
/* When a file that was read was last written, in nanoseconds since 1970; 0: it was not read. */
u64 sources_written_ns(const struct sources *s, const char *path);
/* The path of a file that was read, and last written after that time; NULL: none was. */
const char *sources_changed(const struct sources *s, u64 since_ns);

/* Line 1.. of a file, without its end; NULL when there is no such line or file. Valid until sources_free() or
 * a change of source_paths.h. */
const char *sources_line(struct sources *s, const char *path, u32 line);
/* Number of lines; 0 when the file can't be read. */
u32 sources_n_lines(struct sources *s, const char *path);

/* The last line of the function whose declaration begins at line: where its braces close, or for Python where
 * the indentation returns. 0 when that can't be told. */
u32 sources_function_end(struct sources *s, const char *path, u32 line, bool python);

#endif
