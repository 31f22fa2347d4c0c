/* The rows around a view: tabs, lens, heap strip, detail, hints. */
#ifndef VIEWER_UI_FRAME_H
#define VIEWER_UI_FRAME_H

#include "viewer/ui/view.h"

enum { SCREEN_MIN_W = 20, SCREEN_MIN_H = 4 };

/* Row numbers, -1 for what a low screen leaves out. */
struct frame {
	int tabs, lens, strip, time_strip, header, body, body_h, detail, hints;
	bool merged; /* tabs and lens are one row */
};

/* h >= SCREEN_MIN_H */
/* timed: the trace has times to be shown, on a screen with room. */
void frame_layout(struct frame *frame, int h, bool timed);

void frame_draw_top(struct app *app, struct surface *s, const struct frame *frame);
void frame_draw_lens(struct app *app, struct surface *s, int y);
void frame_draw_bottom(struct app *app, struct surface *s, const struct frame *frame);
void frame_draw_hints(struct app *app, struct surface *s, int y);
/* Would an action do nothing now? */
bool frame_idle(const struct app *app, enum action action);
/* "reading … 43 %" */
void frame_loading_text(const struct app *app, char *out, size_t size);
/* What stands in a body that has no figures yet. */
void frame_draw_loading(const struct app *app, struct surface *s, struct area area);
/* The same strip elsewhere: n points over w cells; of each interval the most that was live, or the time. */
void frame_draw_strip(struct surface *s, const struct glyphs *glyphs, const struct timeline_point *points,
		      u32 n, bool time, int x, int y, int w);

/* Is there such a view? That of what changed is left out where there is nothing to compare with. */
bool frame_has_tab(const struct app *app, int view);

#endif
