/* Short ways to what tests of the model ask for. Each ends the test when there is no answer. */
#ifndef TESTS_MODELTEST_H
#define TESTS_MODELTEST_H

#include "viewer/model/model.h"

/* The trace of a text as tracegen() takes it. */
struct trace *modeltest_trace(const char *text);
struct analysis *modeltest_all(const struct trace *trace);
struct analysis *modeltest_lens(const struct trace *trace, const struct lens *lens);

/* By exact name. */
const struct function_row *modeltest_function(const struct analysis *a, const char *name);
bool modeltest_has_function(const struct analysis *a, const char *name);
/* The node at a path such as "main>f>g" below the root. */
const struct calltree_node *modeltest_node(const struct analysis *a, const char *path);
/* All lines of a file's base name and number, by their one row. */
const struct line_row *modeltest_line(const struct analysis *a, const char *file, u32 line);

/* What always holds: parts add up to their wholes. */
void modeltest_check(const struct analysis *a);

/* A stack of depth frames with one allocation of size at its end, by hand: no fixture is that deep.
 * functions: how many take turns in it. The caller calls modeltest_free_deep(). */
struct trace *modeltest_deep(u32 depth, u32 functions, u64 size);
void modeltest_free_deep(struct trace *trace);

#endif
