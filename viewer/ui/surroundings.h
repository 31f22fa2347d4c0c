/* What environment and locale say of the terminal: the part of its choice of colours and signs that needs
 * neither curses nor a terminal. */
#ifndef VIEWER_UI_SURROUNDINGS_H
#define VIEWER_UI_SURROUNDINGS_H

#include "viewer/ui/theme.h"

/* NO_COLOR */
bool surroundings_without_color(void);
/* background: BACKGROUND_… of settings.h. */
bool surroundings_light(int background);
/* Can no more than ASCII be written here? */
bool surroundings_ascii(void);
/* The best signs that locale and terminal can show. */
const struct glyphs *surroundings_glyphs(bool ascii);

#endif
