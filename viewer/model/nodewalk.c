/* See nodewalk.h. Parents come before their children, so that one pass backward finds what is around and
 * links it. */
#include "viewer/model/nodewalk.h"

#include <stdlib.h>

void nodewalk(const struct trace *trace, u8 *wanted, nodewalk_step enter, nodewalk_step leave, void *context)
{
	/* By node; 0: none. */
	u32 *first_child = xcalloc(trace->nodes.n + 1, sizeof(*first_child));
	u32 *next_sibling = xcalloc(trace->nodes.n + 1, sizeof(*next_sibling));
	u32 at;

	for (u32 i = (u32)trace->nodes.n; i-- > 1;) {
		u32 parent = trace->nodes.at[i].parent;

		if (!wanted[i])
			continue;
		wanted[parent] = true;
		next_sibling[i] = first_child[parent];
		first_child[parent] = i;
	}
	at = first_child[0];
	while (at != 0) {
		enter(context, at);
		if (first_child[at]) {
			at = first_child[at];
			continue;
		}
		while (at != 0) {
			leave(context, at);
			if (next_sibling[at]) {
				at = next_sibling[at];
				break;
			}
			at = trace->nodes.at[at].parent;
		}
	}
	free(first_child);
	free(next_sibling);
}
