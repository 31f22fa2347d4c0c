/* See settings.h. */
#include "viewer/ui/settings.h"

#include <stdio.h>
#include <string.h>

#include "viewer/ui/app.h"
#include "viewer/ui/columns.h"

const struct setting_info setting_info[N_SETTINGS] = {
#define X(id, name, words, meaning) [SETTING_##id] = {name, words, meaning},
	SETTINGS(X)
#undef X
};

int setting_by_name(const char *name)
{
	for (int i = 0; i < N_SETTINGS; i++) {
		if (strcmp(setting_info[i].name, name) == 0)
			return i;
	}
	return NO_SETTING;
}

/* The word of this number, not terminated; NULL beyond the last one. */
static const char *find_word(enum setting setting, int number, size_t *n)
{
	const char *word = setting_info[setting].words;

	for (; number > 0; number--) {
		word = strchr(word, '|');
		if (!word)
			return NULL;
		word++;
	}
	*n = strcspn(word, "|");
	return word;
}

int setting_word_number(enum setting setting, const char *word)
{
	const char *at;
	size_t n;

	for (int i = 0; (at = find_word(setting, i, &n)) != NULL; i++) {
		if (n == strlen(word) && strncmp(at, word, n) == 0)
			return i;
	}
	return -1;
}

char *setting_word(enum setting setting, int number, char *out, size_t size)
{
	size_t n = 0;
	const char *word = find_word(setting, number, &n);

	snprintf(out, size, "%.*s", (int)n, word ? word : "");
	return out;
}

static void apply_ascii(struct app *app)
{
	app->glyphs = app->settings[SETTING_ASCII] == ASCII_ON ? &glyphs_ascii : app->best_glyphs;
}

static void apply_look(struct app *app)
{
	app->restyle = true;
}

static void apply_mouse(struct app *app)
{
	app->mouse_changed = true;
}

static void apply_units(struct app *app)
{
	metric_write_exactly(app->settings[SETTING_UNITS] == UNITS_EXACT);
}

static void (*const apply[N_SETTINGS])(struct app *app) = {
	[SETTING_ASCII] = apply_ascii, [SETTING_COLOR] = apply_look,  [SETTING_BACKGROUND] = apply_look,
	[SETTING_MOUSE] = apply_mouse, [SETTING_UNITS] = apply_units, [SETTING_PERCENT] = app_refresh,
	[SETTING_TAIL] = app_refresh,
};

void setting_set(struct app *app, enum setting setting, int number)
{
	app->settings[setting] = (u8)number;
	if (apply[setting])
		apply[setting](app);
}

void setting_step(struct app *app, enum setting setting)
{
	char word[32];
	int next = app->settings[setting] + 1;

	setting_word(setting, next, word, sizeof(word));
	setting_set(app, setting, *word ? next : 0);
}

enum plot_style setting_plot_style(const struct app *app)
{
	static const enum plot_style styles[] = {
		[PLOTS_AUTO] = PLOT_BRAILLE,
		[PLOTS_BRAILLE] = PLOT_BRAILLE,
		[PLOTS_BLOCK] = PLOT_EIGHTHS,
		[PLOTS_ASCII] = PLOT_ASCII,
	};

	if (app->glyphs->ascii)
		return PLOT_ASCII;
	/* The console's font has no braille. */
	if (app->glyphs == &glyphs_console && app->settings[SETTING_PLOT] != PLOTS_ASCII)
		return PLOT_HALVES;
	return styles[app->settings[SETTING_PLOT]];
}

int setting_tail_per_mille(const struct app *app)
{
	static const int per_mille[] = {
		[TAIL_HALF] = 5, [TAIL_NONE] = 0, [TAIL_TENTH] = 1, [TAIL_ONE] = 10, [TAIL_FIVE] = 50,
	};

	return per_mille[app->settings[SETTING_TAIL]];
}
