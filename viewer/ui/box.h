/* A bordered box with a title, for what is drawn over a view. */
#ifndef VIEWER_UI_BOX_H
#define VIEWER_UI_BOX_H

#include "viewer/ui/theme.h"

/* right: a second text in the upper border, "" none. Clears what is inside. */
void box_draw(struct surface *s, const struct glyphs *glyphs, int x, int y, int w, int h, const char *title,
	      const char *right);

/* Says at the border, beside the first and the last row of what is inside, that there is more above, below.
 */
void box_draw_more(struct surface *s, const struct glyphs *glyphs, int x, int y, int w, int h, bool above,
		   bool below);

#endif
