/* What the command lines of report and diff share: words of options, and standard output. */
#ifndef VIEWER_TEXT_CLI_H
#define VIEWER_TEXT_CLI_H

#include "common/err.h"
#include "viewer/text/out.h"

enum cli_status { CLI_UNREADABLE = 1, CLI_USAGE = 2, CLI_HELD = 3 };
enum cli_color { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };
#define CLI_COLORS "auto|always|never"

/* word: NULL, and nothing changes. -1 and a text that says what is wrong with it. */
int cli_read_metric(int *metric, const char *word, struct err *err);
int cli_read_limit(i64 *limit, const char *word, struct err *err);

/* Standard output as it is; width 0: the terminal's. */
void cli_open(struct out *out, u64 width, int color);
/* 0, or the exit status when not everything that was printed has arrived; says so. */
int cli_close(void);

#endif
