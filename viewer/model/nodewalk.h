/* A walk over some stacks of a trace and all that is around them: down before on, without recursion, as
 * stacks may be as deep as the trace has nodes. */
#ifndef VIEWER_MODEL_NODEWALK_H
#define VIEWER_MODEL_NODEWALK_H

#include "viewer/model/model.h"

typedef void (*nodewalk_step)(void *context, u32 node);

/* wanted: by node; set for all around those that are, too. enter() comes for each of them but the root before
 * what lies below it, leave() after that. */
void nodewalk(const struct trace *trace, u8 *wanted, nodewalk_step enter, nodewalk_step leave, void *context);

#endif
