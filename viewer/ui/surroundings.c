/* See surroundings.h. */
#include "viewer/ui/surroundings.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/ui/settings.h"

bool surroundings_without_color(void)
{
	const char *no_color = getenv("NO_COLOR");

	return no_color && *no_color;
}

/* Some terminals say so: "0;15", of the text and behind it. */
bool surroundings_light(int background)
{
	const char *colors = getenv("COLORFGBG"), *last = colors ? strrchr(colors, ';') : NULL;

	if (background != BACKGROUND_AUTO)
		return background == BACKGROUND_LIGHT;
	return last && (strcmp(last, ";7") == 0 || strcmp(last, ";15") == 0);
}

bool surroundings_ascii(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

const struct glyphs *surroundings_glyphs(bool ascii)
{
	const char *name = getenv("TERM");

	if (ascii || surroundings_ascii())
		return &glyphs_ascii;
	return name && strcmp(name, "linux") == 0 ? &glyphs_console : &glyphs_utf8;
}
