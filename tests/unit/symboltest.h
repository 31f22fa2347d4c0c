/* What tests of the symbolizer share: they ask it about programs that say of themselves where their calls
 * are. Each program prints, for marked calls, the return address and the lines that the call and its inlined
 * callers stand on (fixtures/mark.h). A check that does not hold ends the test. */
#ifndef TESTS_SYMBOLTEST_H
#define TESTS_SYMBOLTEST_H

#include <limits.h>

#include "record/symbolizer.h"

enum { MARKS_MAX = 16, LINES_MAX = 3 };

struct mark {
	char name[32];
	char path[PATH_MAX];
	u64 offset;
	u32 lines[LINES_MAX], n_lines;
};

struct program {
	struct mark marks[MARKS_MAX];
	u32 n;
};

void symboltest_path(char path[PATH_MAX], const char *fixture);
/* Not every machine has all compilers and tools. */
bool symboltest_have(const char *fixture);

/* Runs a fixture and reads its marks. */
void symboltest_run(struct program *program, const char *fixture);
const struct mark *symboltest_mark(const struct program *program, const char *name);

/* One question to a symbolizer of its own; the caller frees the answer. */
struct symbol_answer *symboltest_ask(const char *path, u64 offset, const u8 *build_id, u8 build_id_len);

/* The build-id of a file, as the recorder would know it. */
u8 symboltest_build_id(const char *path, u8 build_id[BUILD_ID_MAX]);

/* A file is the source of a fixture. */
void symboltest_source(const char *file, const char *source);

/* One expected call: the names of its chain, innermost first. */
struct expected {
	const char *mark;
	const char *names[LINES_MAX];
};

/* Everything is known: the chain, its lines, the files. */
void symboltest_chain(const struct program *program, const struct expected *expected, const char *source);
/* The name alone is; NULL: not even that. */
void symboltest_name(const struct program *program, const char *mark, const char *function);

/* The same for all marks of chains.c, built in any way. local, constant: the names of a static function and
 * of a clone. */
void symboltest_c_chains(const char *fixture);
void symboltest_c_names(const char *fixture, const char *local, const char *constant);

#endif
