/* See theme.h. Heat goes from blue to orange, which people who can't tell red from green can tell apart. */
#include "viewer/ui/theme.h"

#define RGB(r, g, b) ((r) << 16 | (g) << 8 | (b))

/* role: mono attributes; 8 colours; 256 colours; direct. On 8 colours no dark blue, which is unreadable on
 * black. */
static const struct style styles[N_ROLES][N_COLOR_LEVELS] = {
	[ROLE_NORMAL] = {{-1, -1, 0}, {-1, -1, 0}, {-1, -1, 0}, {-1, -1, 0}},
	[ROLE_DIM] = {{-1, -1, 0}, {-1, -1, STYLE_DIM}, {245, -1, 0}, {RGB(138, 138, 138), -1, 0}},
	[ROLE_STRONG] = {{-1, -1, STYLE_BOLD},
			 {-1, -1, STYLE_BOLD},
			 {-1, -1, STYLE_BOLD},
			 {-1, -1, STYLE_BOLD}},
	[ROLE_TAB] = {{-1, -1, 0}, {-1, -1, 0}, {245, -1, 0}, {RGB(138, 138, 138), -1, 0}},
	[ROLE_TAB_ON] = {{-1, -1, STYLE_BOLD | STYLE_REVERSE},
			 {-1, -1, STYLE_BOLD | STYLE_REVERSE},
			 {231, 25, STYLE_BOLD},
			 {RGB(255, 255, 255), RGB(0, 95, 175), STYLE_BOLD}},
	[ROLE_LENS] = {{-1, -1, 0}, {-1, -1, STYLE_DIM}, {245, -1, 0}, {RGB(138, 138, 138), -1, 0}},
	[ROLE_LENS_SET] = {{-1, -1, STYLE_BOLD},
			   {5, -1, STYLE_BOLD},
			   {172, -1, STYLE_BOLD},
			   {RGB(215, 135, 0), -1, STYLE_BOLD}},
	[ROLE_STRIP] = {{-1, -1, 0}, {6, -1, 0}, {67, -1, 0}, {RGB(95, 135, 175), -1, 0}},
	[ROLE_HEADER] = {{-1, -1, STYLE_UNDERLINE},
			 {-1, -1, STYLE_UNDERLINE},
			 {-1, -1, STYLE_UNDERLINE},
			 {-1, -1, STYLE_UNDERLINE}},
	[ROLE_SORTED] = {{-1, -1, STYLE_UNDERLINE | STYLE_BOLD},
			 {6, -1, STYLE_UNDERLINE | STYLE_BOLD},
			 {67, -1, STYLE_UNDERLINE | STYLE_BOLD},
			 {RGB(95, 135, 175), -1, STYLE_UNDERLINE | STYLE_BOLD}},
	[ROLE_GUIDE] = {{-1, -1, 0}, {-1, -1, STYLE_DIM}, {245, -1, 0}, {RGB(138, 138, 138), -1, 0}},
	[ROLE_PLACE] = {{-1, -1, 0}, {-1, -1, STYLE_DIM}, {245, -1, 0}, {RGB(138, 138, 138), -1, 0}},
	[ROLE_BAR] = {{-1, -1, 0}, {6, -1, 0}, {67, -1, 0}, {RGB(95, 135, 175), -1, 0}},
	[ROLE_HOT] = {{-1, -1, STYLE_BOLD},
		      {5, -1, STYLE_BOLD},
		      {172, -1, STYLE_BOLD},
		      {RGB(215, 135, 0), -1, STYLE_BOLD}},
	[ROLE_WARM] = {{-1, -1, 0}, {6, -1, 0}, {67, -1, 0}, {RGB(95, 135, 175), -1, 0}},
	[ROLE_MATCH] = {{-1, -1, STYLE_BOLD | STYLE_UNDERLINE},
			{0, 3, 0},
			{16, 214, 0},
			{RGB(0, 0, 0), RGB(255, 175, 0), 0}},
	[ROLE_TITLE] = {{-1, -1, STYLE_BOLD},
			{6, -1, STYLE_BOLD},
			{67, -1, STYLE_BOLD},
			{RGB(95, 135, 175), -1, STYLE_BOLD}},
	[ROLE_KEY] = {{-1, -1, STYLE_BOLD},
		      {6, -1, STYLE_BOLD},
		      {67, -1, STYLE_BOLD},
		      {RGB(95, 135, 175), -1, STYLE_BOLD}},
	[ROLE_HINT] = {{-1, -1, 0}, {-1, -1, 0}, {245, -1, 0}, {RGB(138, 138, 138), -1, 0}},
	[ROLE_DETAIL] = {{-1, -1, 0}, {-1, -1, 0}, {-1, -1, 0}, {-1, -1, 0}},
	[ROLE_WARNING] = {{-1, -1, STYLE_BOLD},
			  {5, -1, STYLE_BOLD},
			  {172, -1, STYLE_BOLD},
			  {RGB(215, 135, 0), -1, STYLE_BOLD}},
	[ROLE_BAD] = {{-1, -1, STYLE_BOLD | STYLE_REVERSE},
		      {1, -1, STYLE_BOLD},
		      {160, -1, STYLE_BOLD},
		      {RGB(215, 0, 0), -1, STYLE_BOLD}},
	[ROLE_BORDER] = {{-1, -1, 0}, {-1, -1, STYLE_DIM}, {245, -1, 0}, {RGB(138, 138, 138), -1, 0}},
	/* Boxes by module: pale, so that black text is read on them, and none like a match. */
	[ROLE_FLAME_1] = {{-1, -1, 0}, {0, 6, 0}, {16, 110, 0}, {RGB(0, 0, 0), RGB(135, 175, 215), 0}},
	[ROLE_FLAME_2] = {{-1, -1, 0}, {0, 2, 0}, {16, 151, 0}, {RGB(0, 0, 0), RGB(175, 215, 175), 0}},
	[ROLE_FLAME_3] = {{-1, -1, 0}, {0, 5, 0}, {16, 182, 0}, {RGB(0, 0, 0), RGB(215, 175, 215), 0}},
	[ROLE_FLAME_4] = {{-1, -1, 0}, {0, 7, 0}, {16, 187, 0}, {RGB(0, 0, 0), RGB(215, 215, 175), 0}},
	[ROLE_FLAME_5] = {{-1, -1, 0}, {0, 1, 0}, {16, 138, 0}, {RGB(0, 0, 0), RGB(175, 135, 135), 0}},
	[ROLE_FLAME_6] = {{-1, -1, 0}, {0, 7, 0}, {16, 250, 0}, {RGB(0, 0, 0), RGB(188, 188, 188), 0}},
};

struct style theme_style(enum color_level level, enum role role)
{
	return theme_user_style(level, role, styles[role][level]);
}

enum role theme_cell_role(const struct cell *cell)
{
	/* A selected row is one bar: patches of other colours in it would only be in the way. */
	return cell->selected && cell->role != ROLE_MATCH ? ROLE_NORMAL : (enum role)cell->role;
}

struct style theme_cell_style(enum color_level level, const struct cell *cell)
{
	struct style style = theme_style(level, (enum role)cell->role);

	/* Dim on reverse is unreadable on many terminals. */
	if (cell->selected)
		style.attributes = (style.attributes ^ STYLE_REVERSE) & ~STYLE_DIM;
	return style;
}

const struct glyphs glyphs_utf8 = {
	.open = "▾",
	.folded = "▸",
	.leaf = "─",
	.tee = "├",
	.corner = "└",
	.pipe = "│",
	.sort_down = "▼",
	.sort_up = "▲",
	.ellipsis = "…",
	.recursion = "↺",
	.times = "×",
	.separator = " · ",
	.arrow = "→",
	.horizontal = "─",
	.vertical = "│",
	.top_left = "┌",
	.top_right = "┐",
	.bottom_left = "└",
	.bottom_right = "┘",
	.levels = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	.bars = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
	.unfilled = "░",
	.keys = {"←", "→", "↑", "↓", "↵"},
	.layers = {"█", "▒", "╳", "░", "│", "·"},
	.line = "┄",
	.tick = "┬",
	.edges = {"▌", "┃", "║", "│", "┊", ":"},
};

/* What the 256 characters of the console's usual fonts (code page 437) hold. */
const struct glyphs glyphs_console = {
	.open = "-",
	.folded = "+",
	.leaf = "─",
	.tee = "├",
	.corner = "└",
	.pipe = "│",
	.sort_down = "▼",
	.sort_up = "▲",
	.ellipsis = "~",
	.recursion = "rec ",
	.times = "x",
	.separator = " · ",
	.arrow = "→",
	.horizontal = "─",
	.vertical = "│",
	.top_left = "┌",
	.top_right = "┐",
	.bottom_left = "└",
	.bottom_right = "┘",
	.levels = {" ", "░", "░", "▒", "▒", "▓", "▓", "█", "█"},
	.bars = {" ", " ", " ", " ", "▌", "▌", "▌", "▌", "█"},
	.unfilled = "░",
	.keys = {"←", "→", "↑", "↓", "Enter"},
	.layers = {"█", "▒", "+", "░", "│", "·"},
	.line = "─",
	.tick = "┬",
	.edges = {"▌", "║", "│", "[", "(", ":"},
};

const struct glyphs glyphs_ascii = {
	.ascii = true,
	.open = "-",
	.folded = "+",
	.leaf = "-",
	.tee = "|",
	.corner = "`",
	.pipe = "|",
	.sort_down = "v",
	.sort_up = "^",
	.ellipsis = "~",
	.recursion = "rec ",
	.times = "x",
	.separator = " | ",
	.arrow = "->",
	.horizontal = "-",
	.vertical = "|",
	.top_left = "+",
	.top_right = "+",
	.bottom_left = "+",
	.bottom_right = "+",
	.levels = {" ", "_", ".", "-", "=", "+", "*", "#", "@"},
	.bars = {" ", " ", " ", " ", "-", "-", "-", "=", "#"},
	.unfilled = ".",
	.keys = {"Left", "Right", "Up", "Down", "Enter"},
	.layers = {"#", "o", "+", "=", "|", "."},
	.line = "~",
	.tick = "+",
	.edges = {"|", "[", "(", "{", "!", ":"},
};
