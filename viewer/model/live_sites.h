/* What each site had live at a moment, without reading the events before it: from the snapshot that stands
 * next before it, the sums of the blocks of events since, and a part of one block. */
#ifndef VIEWER_MODEL_LIVE_SITES_H
#define VIEWER_MODEL_LIVE_SITES_H

#include "viewer/model/range.h"

struct live_site {
	u64 bytes, blocks;
};

/* Of all sites, whatever the lens; live has trace->sites.n zeroes. *ns, unless NULL: the time of the event
 * before the moment, which is not the beginning then. -1 and a text when something can't be read, or what is
 * read does not agree with what blocks say of their beginnings. */
int live_sites_at(struct live_site *live, const struct range *r, const struct selection *selection,
		  struct moment moment, struct trace_cursor *cursor, u64 *ns, struct err *err);

#endif
