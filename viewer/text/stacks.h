/* The leaks view: stacks that still have live blocks at the end. */
#ifndef VIEWER_TEXT_STACKS_H
#define VIEWER_TEXT_STACKS_H

#include "viewer/text/rows.h"

/* The rows: stacks with leaked blocks, ranked by the metric of the context. */
void stacks_init(struct rows *rows, const struct table_context *c);

/* Each after table_sort(). CSV is the table's. */
void stacks_print_json(const struct rows *rows, const struct table_context *c, struct json *j);
void stacks_print_text(const struct rows *rows, const struct table_context *c, const struct out *out);

#endif
