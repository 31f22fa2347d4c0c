/* The colours that a user asks for: roles by name, colours by name, number or value, brought to what a level
 * of colours can show; and the adjustment of the usual ones to a light background. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/ui/theme.h"

enum { TEXT_LEN = 64, RGB_FLAG = 1 << 24, CUBE = 16, GREYS = 232 };

static struct {
	bool set;
	char text[TEXT_LEN];
	i32 fg, bg; /* -1, 0 … 255, or RGB_FLAG | rgb */
	u8 attributes;
} user[N_ROLES];
static bool light;

static const char *const role_names[N_ROLES] = {
#define X(name, letter) [ROLE_##name] = #name,
	ROLES(X)
#undef X
};

static const char *const color_names[] = {"black", "red",     "green", "yellow",
					  "blue",  "magenta", "cyan",  "white"};

static const struct {
	const char *name;
	u8 attribute;
} attribute_names[] = {
	{"bold", STYLE_BOLD}, {"dim", STYLE_DIM}, {"underline", STYLE_UNDERLINE}, {"reverse", STYLE_REVERSE}};

char *theme_role_name(enum role role, char *out, size_t size)
{
	snprintf(out, size, "%s", role_names[role]);
	for (char *c = out; *c; c++)
		*c = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
	return out;
}

int theme_role_by_name(const char *name)
{
	char text[TEXT_LEN];

	for (int i = 0; i < N_ROLES; i++) {
		if (strcmp(theme_role_name((enum role)i, text, sizeof(text)), name) == 0)
			return i;
	}
	return -1;
}

static int parse_color(const char *word, i32 *color, struct err *err)
{
	char *end;

	if (strcmp(word, "default") == 0) {
		*color = -1;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(color_names); i++) {
		if (strcmp(color_names[i], word) == 0) {
			*color = (i32)i;
			return 0;
		}
	}
	if (word[0] == '#' && strlen(word) == 7 && strspn(word + 1, "0123456789abcdefABCDEF") == 6) {
		*color = RGB_FLAG | (i32)strtol(word + 1, NULL, 16);
		return 0;
	}
	long number = strtol(word, &end, 10);
	if (!isdigit((unsigned char)word[0]) || *end || number > 255)
		return err_set(err, "'%s' is no colour: a name, 0-255, #rrggbb or default is wanted", word);
	*color = (i32)number;
	return 0;
}

static int parse_attribute(const char *word, u8 *attributes, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(attribute_names); i++) {
		if (strcmp(attribute_names[i].name, word) == 0) {
			*attributes |= attribute_names[i].attribute;
			return 0;
		}
	}
	return err_set(err, "'%s' is no attribute: bold, dim, underline or reverse", word);
}

int theme_set_role(enum role role, const char *text, struct err *err)
{
	char copy[TEXT_LEN], *rest = copy, *word;
	i32 colors[2] = {-1, -1};
	u8 attributes = 0;
	int n = 0;

	if (strlen(text) >= sizeof(copy))
		return err_set(err, "too many words");
	strcpy(copy, text);
	while ((word = strsep(&rest, " ")) != NULL) {
		if (!*word)
			continue;
		int status =
			n < 2 ? parse_color(word, &colors[n], err) : parse_attribute(word, &attributes, err);
		if (status < 0)
			return -1;
		n++;
	}
	if (n < 2)
		return err_set(err, "two colours are wanted: of the text, and behind it");
	user[role].set = true;
	strcpy(user[role].text, text);
	user[role].fg = colors[0];
	user[role].bg = colors[1];
	user[role].attributes = attributes;
	return 0;
}

const char *theme_role_text(enum role role)
{
	return user[role].set ? user[role].text : NULL;
}

void theme_reset(void)
{
	memset(user, 0, sizeof(user));
	light = false;
}

void theme_set_light(bool on)
{
	light = on;
}

static i32 rgb_of_number(i32 number)
{
	static const int steps[] = {0, 95, 135, 175, 215, 255};

	if (number >= GREYS) {
		int grey = 8 + (number - GREYS) * 10;
		return grey << 16 | grey << 8 | grey;
	}
	if (number >= CUBE) {
		int at = number - CUBE;
		return steps[at / 36] << 16 | steps[at / 6 % 6] << 8 | steps[at % 6];
	}
	int on = number >= 8 ? 255 : 205;
	return (number & 1 ? on : 0) << 16 | (number & 2 ? on : 0) << 8 | (number & 4 ? on : 0);
}

static int cube_step(int value)
{
	return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

/* A user's colour as one of the level's. */
static i32 of_level(enum color_level level, i32 color)
{
	if (color < 0 || level == COLOR_LEVEL_MONO)
		return -1;
	i32 rgb = color & RGB_FLAG ? color & 0xffffff : rgb_of_number(color);
	int r = rgb >> 16, g = rgb >> 8 & 0xff, b = rgb & 0xff;
	if (level == COLOR_LEVEL_8)
		return color < 8 ? color : (r > 127) | (g > 127) << 1 | (b > 127) << 2;
	if (level == COLOR_LEVEL_256)
		return color & RGB_FLAG ? CUBE + 36 * cube_step(r) + 6 * cube_step(g) + cube_step(b) : color;
	/* Of direct colours the first eight numbers are the palette's. */
	return color < 8 ? color : rgb;
}

/* What stands out from black, and what takes its place on white. */
static const struct {
	enum color_level level;
	i32 dark, light;
} on_light[] = {
	{COLOR_LEVEL_8, 6, 4},
	{COLOR_LEVEL_256, 245, 240},
	{COLOR_LEVEL_256, 67, 25},
	{COLOR_LEVEL_256, 172, 130},
	{COLOR_LEVEL_256, 160, 124},
	{COLOR_LEVEL_DIRECT, 0x8a8a8a, 0x585858},
	{COLOR_LEVEL_DIRECT, 0x5f87af, 0x005faf},
	{COLOR_LEVEL_DIRECT, 0xd78700, 0xaf5f00},
	{COLOR_LEVEL_DIRECT, 0xd70000, 0xaf0000},
};

struct style theme_user_style(enum color_level level, enum role role, struct style style)
{
	if (user[role].set) {
		/* Without colours the usual attributes tell more than colours that can't be seen. */
		if (level == COLOR_LEVEL_MONO && !user[role].attributes)
			return style;
		return (struct style){of_level(level, user[role].fg), of_level(level, user[role].bg),
				      user[role].attributes};
	}
	for (size_t i = 0; light && style.bg < 0 && i < ARRAY_LEN(on_light); i++) {
		if (on_light[i].level == level && on_light[i].dark == style.fg) {
			style.fg = on_light[i].light;
			break;
		}
	}
	return style;
}
