/* A page of facts over the view: all that is known of what is selected, nothing cut off. */
#ifndef VIEWER_UI_DETAILS_H
#define VIEWER_UI_DETAILS_H

#include "common/mem.h"
#include "viewer/ui/surface.h"
#include "viewer/ui/theme.h"

struct app;

struct details {
	ARRAY(char *) lines;     /* raw */
	int top, shown, n_drawn; /* first row shown, rows shown, rows there are on this width */
};

/* False when nothing is selected. */
bool details_open(struct app *app);
void details_close(struct details *details);
/* False: not a key of the page; it should close and the key be used elsewhere. */
bool details_key(struct details *details, u32 key, bool *closed);
void details_draw(struct details *details, struct surface *s, const struct glyphs *glyphs, int top,
		  int bottom);

#endif
