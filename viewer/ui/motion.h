/* What the moving keys do to a cursor over rows: the same in every list. */
#ifndef VIEWER_UI_MOTION_H
#define VIEWER_UI_MOTION_H

#include "viewer/ui/keys.h"
#include "viewer/ui/list.h"

/* Rows that an action goes by, 0: it moves nothing. The ends are further away than any list is long. */
i64 motion_rows(const struct list *list, enum action action);
/* Moves the cursor, or centres its row; false: not one of these. */
bool motion_act(struct list *list, enum action action);

#endif
