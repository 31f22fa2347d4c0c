/* What a user may set, as one table: each is a choice from a few words, the first is what holds unless
 * another is asked for. The menu of settings, `:set`, its completion, the config file and the manual come
 * from here. */
#ifndef VIEWER_UI_SETTINGS_H
#define VIEWER_UI_SETTINGS_H

#include "viewer/ui/plot.h"

/* SETTING, name, words, meaning */
#define SETTINGS(X)                                                                                          \
	X(ASCII, "ascii", "off|on", "ASCII characters only")                                                 \
	X(COLOR, "color", "auto|8|off", "how many colours are used")                                         \
	X(BACKGROUND, "background", "auto|dark|light", "what the colours have to stand out from")            \
	X(MOUSE, "mouse", "on|off", "off leaves the mouse to the terminal")                                  \
	X(PLOT, "plot", "auto|braille|block|ascii", "what curves are drawn with")                            \
	X(SPLIT, "split", "auto|off", "panes below the tree on a large screen")                              \
	X(UNITS, "units", "short|exact", "1.2M, or 1258291")                                                 \
	X(PERCENT, "percent", "whole|parent", "percent of everything, or of the row above")                  \
	X(TAIL, "tail", "0.5|0|0.1|1|5", "rows below this percentage share one")

enum setting {
#define X(id, name, words, meaning) SETTING_##id,
	SETTINGS(X)
#undef X
		N_SETTINGS
};

enum { ASCII_OFF, ASCII_ON };
enum { COLOR_AUTO, COLOR_8, COLOR_OFF };
enum { BACKGROUND_AUTO, BACKGROUND_DARK, BACKGROUND_LIGHT };
enum { MOUSE_ON, MOUSE_OFF };
enum { PLOTS_AUTO, PLOTS_BRAILLE, PLOTS_BLOCK, PLOTS_ASCII };
enum { SPLIT_AUTO, SPLIT_OFF };
enum { UNITS_SHORT, UNITS_EXACT };
enum { PERCENT_WHOLE, PERCENT_PARENT };
enum { TAIL_HALF, TAIL_NONE, TAIL_TENTH, TAIL_ONE, TAIL_FIVE };

struct setting_info {
	const char *name, *words, *meaning;
};
extern const struct setting_info setting_info[N_SETTINGS];

struct app;
/* NO_SETTING: there is none of this name. */
enum { NO_SETTING = -1 };
int setting_by_name(const char *name);
/* The number of a word, -1: it isn't one of the setting's. */
int setting_word_number(enum setting setting, const char *word);
/* The word of a number, at most size bytes; "" beyond the last one. */
char *setting_word(enum setting setting, int number, char *out, size_t size);
/* Sets it, and all that depends on it. */
void setting_set(struct app *app, enum setting setting, int number);
/* To the next word, around the end. */
void setting_step(struct app *app, enum setting setting);

/* What curves are drawn with, as far as the signs allow. */
enum plot_style setting_plot_style(const struct app *app);
/* Parts per mille below which siblings share a row. */
int setting_tail_per_mille(const struct app *app);

#endif
