/* Does a function have the name that somebody typed? */
#ifndef VIEWER_TEXT_NAME_MATCH_H
#define VIEWER_TEXT_NAME_MATCH_H

#include "common/types.h"

/* function: as the trace has it, raw. name: that, or less of it: without the scopes at its beginning, the
 * template arguments at its end, the parameters, or what stands behind these ("const"). */
bool name_matches(const char *function, const char *name);

#endif
