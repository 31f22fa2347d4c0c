/* Lines of source files, for a user who asks for them: these are paths of this machine that a trace names, so
 * nothing here is called unasked. Only regular files up to a size are read, each once. */
#ifndef VIEWER_TEXT_SOURCES_H
#define VIEWER_TEXT_SOURCES_H

#include "common/types.h"

struct sources;
struct err;

struct sources *sources_new(void);
void sources_free(struct sources *s);

/* Files whose paths begin with the directory old are looked for below new, for the whole process: "OLD=NEW".
 * The longest OLD that fits counts; an empty NEW takes the mapping away. A file is read anew after this, when
 * it is asked for. -1 and why. */
int sources_map(const char *words, struct err *err);
void sources_map_none(void);
/* Where the file is looked for; the caller frees. Opens nothing. */
char *sources_place(const char *path);

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

/* Line 1.. of a file, without its end; NULL when there is no such line or file. Valid until sources_free() or
 * sources_map().
 */
const char *sources_line(struct sources *s, const char *path, u32 line);
/* Number of lines; 0 when the file can't be read. */
u32 sources_n_lines(struct sources *s, const char *path);

/* The last line of the function whose declaration begins at line: where its braces close, or for Python where
 * the indentation returns. 0 when that can't be told. */
u32 sources_function_end(struct sources *s, const char *path, u32 line, bool python);

#endif
