/* The one table of what keys do: each action has a name, its keys, and the words that the help, the hint line
 * and the manual show. Keys are written as "Down j ^N"; the same writing is understood by --keys. */
#ifndef VIEWER_UI_KEYS_H
#define VIEWER_UI_KEYS_H

#include "viewer/ui/event.h"
#include "viewer/ui/theme.h"

/* Where a key has its meaning: bits, as an action may have one in several places. */
enum key_context {
	CONTEXT_SUMMARY = 1 << 0,
	CONTEXT_TOP_DOWN = 1 << 1,
	CONTEXT_BOTTOM_UP = 1 << 2,
	CONTEXT_FLAME = 1 << 3,
	CONTEXT_HEAP = 1 << 4,
	CONTEXT_FUNCTIONS = 1 << 5,
	CONTEXT_SOURCE = 1 << 6,
	CONTEXT_THREADS = 1 << 7,
	CONTEXT_DIFF = 1 << 8,
	CONTEXT_TREE = CONTEXT_TOP_DOWN | CONTEXT_BOTTOM_UP,
	/* rows below each other */
	CONTEXT_ROWS = CONTEXT_TREE | CONTEXT_FUNCTIONS | CONTEXT_SOURCE | CONTEXT_THREADS | CONTEXT_DIFF,
	/* a function is selected */
	CONTEXT_NAMES = CONTEXT_TREE | CONTEXT_FLAME | CONTEXT_FUNCTIONS | CONTEXT_SOURCE | CONTEXT_DIFF,
	CONTEXT_SEARCH = CONTEXT_NAMES | CONTEXT_THREADS,
	CONTEXT_ANY = CONTEXT_SUMMARY | CONTEXT_ROWS | CONTEXT_FLAME | CONTEXT_HEAP,
};

/* ACTION, name, keys, contexts, help, hint ("" none), place in the hint line (lower stays longer) */
#define ACTIONS_MOVE(X)                                                                                      \
	X(MOVE_DOWN, "move-down", "Down j ^N", CONTEXT_ANY & ~CONTEXT_HEAP, "one row down", "", 0)           \
	X(MOVE_UP, "move-up", "Up k ^P", CONTEXT_ANY & ~CONTEXT_HEAP, "one row up", "", 0)                   \
	X(HALF_DOWN, "half-page-down", "^D", CONTEXT_ROWS, "half a page down", "", 0)                        \
	X(HALF_UP, "half-page-up", "^U", CONTEXT_ROWS, "half a page up", "", 0)                              \
	X(PAGE_DOWN, "page-down", "PgDn Space ^F", CONTEXT_ROWS, "a page down", "", 0)                       \
	X(PAGE_UP, "page-up", "PgUp ^B", CONTEXT_ROWS, "a page up", "", 0)                                   \
	X(MOVE_FIRST, "move-first", "g Home", CONTEXT_ANY, "first row, box or moment", "", 0)                \
	X(MOVE_LAST, "move-last", "G End", CONTEXT_ANY, "last row, box or moment", "", 0)                    \
	X(CENTER, "center", "z", CONTEXT_ROWS, "selected row to the middle", "", 0)                          \
	X(BOX_LEFT, "box-left", "Left h", CONTEXT_SUMMARY | CONTEXT_FLAME | CONTEXT_FUNCTIONS,               \
	  "box to the left", "", 0)                                                                          \
	X(BOX_RIGHT, "box-right", "Right l", CONTEXT_SUMMARY | CONTEXT_FLAME | CONTEXT_FUNCTIONS,            \
	  "box to the right", "", 0)                                                                         \
	X(SCROLL_LEFT, "scroll-left", "H", CONTEXT_ROWS, "scroll names to the left", "", 0)                  \
	X(SCROLL_RIGHT, "scroll-right", "L", CONTEXT_ROWS, "scroll names to the right", "", 0)
#define ACTIONS_TREE(X)                                                                                      \
	X(UNFOLD, "unfold", "Right l +", CONTEXT_TREE | CONTEXT_THREADS, "unfold; then to the first child",  \
	  "unfold", 1)                                                                                       \
	X(FOLD, "fold", "Left h -", CONTEXT_TREE | CONTEXT_THREADS, "fold; then to the parent", "fold", 2)   \
	X(SIBLING_NEXT, "sibling-next", "}", CONTEXT_TREE, "next row of this level", "", 0)                  \
	X(SIBLING_PREV, "sibling-previous", "{", CONTEXT_TREE, "previous row of this level", "", 0)          \
	X(HOT_PATH, "hot-path", "e", CONTEXT_TREE, "unfold along the heaviest path", "hot path", 8)          \
	X(UNFOLD_ALL, "unfold-all", "E", CONTEXT_TREE, "unfold everything (up to 10 000 rows)", "", 0)       \
	X(FOLD_ALL, "fold-all", "W", CONTEXT_TREE, "fold everything", "", 0)
#define ACTIONS_HEAP(X)                                                                                      \
	X(CURSOR_LEFT, "cursor-left", "Left h", CONTEXT_HEAP, "earlier", "earlier", 5)                       \
	X(CURSOR_RIGHT, "cursor-right", "Right l", CONTEXT_HEAP, "later", "", 0)                             \
	X(SELECT_LEFT, "select-left", "S-Left <", CONTEXT_HEAP, "select, to an earlier moment", "", 0)       \
	X(SELECT_RIGHT, "select-right", "S-Right >", CONTEXT_HEAP, "select, to a later moment", "select", 2) \
	X(RANGE_FROM, "range-from", "[", CONTEXT_HEAP, "the selection begins here", "from here", 7)          \
	X(RANGE_TO, "range-to", "]", CONTEXT_HEAP, "the selection ends here", "to here", 8)                  \
	X(ZOOM_IN, "zoom-in", "+ =", CONTEXT_HEAP, "half as much time, around the cursor", "zoom", 3)        \
	X(ZOOM_OUT, "zoom-out", "- _", CONTEXT_HEAP, "twice as much time", "", 0)                            \
	X(MAXIMUM_NEXT, "maximum-next", "}", CONTEXT_HEAP, "to the next maximum", "next maximum", 11)        \
	X(MAXIMUM_PREV, "maximum-previous", "{", CONTEXT_HEAP, "to the maximum before", "", 0)               \
	X(PEAK, "peak", "p", CONTEXT_HEAP, "to the peak", "peak", 6)                                         \
	X(LAYERS, "layers", "L", CONTEXT_HEAP, "the heap in layers: by thread, module, function, or whole",  \
	  "layers", 4)                                                                                       \
	X(PLOT_SIGNS, "plot-signs", "B", CONTEXT_HEAP, "draw with blocks, for fonts without braille", "", 0)
#define ACTIONS_NARROW(X)                                                                                    \
	X(OPEN, "open", "Enter", CONTEXT_SUMMARY, "show it in its view", "open", 1)                          \
	X(ZOOM, "zoom", "Enter", CONTEXT_TREE | CONTEXT_DIFF, "narrow: only stacks with this function",      \
	  "narrow", 3)                                                                                       \
	X(FLAME_ZOOM, "flame-zoom", "Enter", CONTEXT_FLAME, "this box as wide as the screen", "zoom", 1)     \
	X(ONLY, "only", "Enter", CONTEXT_THREADS, "narrow: only this, or what is marked", "only this", 1)    \
	X(CENTRE_ON, "centre-on", "Enter", CONTEXT_FUNCTIONS, "its callers; there: go on to the caller", "", \
	  1)                                                                                                 \
	X(OPEN_FILE, "open-file", "Enter", CONTEXT_SOURCE,                                                   \
	  "open the file; there: only stacks with this line's function", "open", 1)                          \
	X(TAKE_RANGE, "take-range", "Enter", CONTEXT_HEAP, "narrow: every view shows the selected range",    \
	  "use this range", 1)                                                                               \
	X(TIME, "time", "t F8", CONTEXT_ANY, "choose a range of time", "", 0)                                \
	X(FOCUS, "focus", "f", CONTEXT_NAMES, "narrow: only stacks with this function", "", 0)               \
	X(BACK, "back", "Backspace", CONTEXT_ANY, "widen: one narrowing back", "widen", 3)                   \
	X(EXCLUDE, "exclude", "x", CONTEXT_NAMES, "without stacks that have this function", "exclude", 9)    \
	X(WITHOUT, "without", "x", CONTEXT_THREADS, "narrow: all but this, or what is marked", "without", 9) \
	X(THREADS, "threads", "T", CONTEXT_ANY, "choose a thread or process", "", 0)                         \
	X(MARK, "mark", "*", CONTEXT_THREADS, "mark this row, for Enter and x to take several", "mark", 4)   \
	X(MODULES, "modules", "M", CONTEXT_ANY, "choose a module: the program, a library", "", 0)            \
	X(RESET, "reset", "0", CONTEXT_ANY, "everything again: no range, no filter", "", 0)                  \
	X(UNDO, "undo", "u", CONTEXT_ANY, "undo a change of lens, metric or order", "undo", 10)              \
	X(REDO, "redo", "^R", CONTEXT_ANY, "redo it", "", 0)
#define ACTIONS_DIFF(X)                                                                                      \
	X(BY_OLD, "sort-by-old", "A", CONTEXT_DIFF, "sort by A, the old trace", "by old", 6)                 \
	X(BY_NEW, "sort-by-new", "B", CONTEXT_DIFF, "sort by B, the new one", "by new", 7)                   \
	X(BY_CHANGE, "sort-by-change", "D", CONTEXT_DIFF, "sort by the size of the change", "", 0)           \
	X(HIDE_SAME, "hide-same", "=", CONTEXT_DIFF, "hide what is the same in both, or not", "hide same", 2)
#define ACTIONS_LOOK(X)                                                                                      \
	X(METRIC, "metric", "m F7", CONTEXT_ANY, "what to measure by", "metric", 4)                          \
	X(SORT_LEFT, "sort-left", "<", CONTEXT_ROWS, "sort by the column to the left", "> sort", 5)          \
	X(SORT_RIGHT, "sort-right", ">", CONTEXT_ROWS, "sort by the column to the right", "", 0)             \
	X(REVERSE, "sort-reverse", "r", CONTEXT_ROWS, "reverse the order", "", 0)                            \
	X(COLUMNS, "columns", "C", CONTEXT_ROWS, "choose the columns", "columns", 14)                        \
	X(PERCENT, "percent", "%", CONTEXT_TREE, "percent of everything, or of the row above", "", 0)        \
	X(UNITS, "units", "i", CONTEXT_ANY, "figures short or exact", "", 0)                                 \
	X(DETAILS, "details", "d", CONTEXT_ANY, "all that is known of what is selected", "", 0)              \
	X(SORT_MENU, "sort-menu", "o F6", CONTEXT_ROWS, "choose the column to sort by", "", 0)               \
	X(FLIP, "flip", "v F5", CONTEXT_TREE | CONTEXT_FUNCTIONS | CONTEXT_FLAME | CONTEXT_SOURCE,           \
	  "this function top-down / bottom-up", "flip", 6)                                                   \
	X(PANEL, "panel", "c", CONTEXT_FUNCTIONS, "to its callers, its callees, and back",                   \
	  "callers, callees", 1)                                                                             \
	X(HOT_NEXT, "hot-next", "}", CONTEXT_SOURCE, "next line that costs much", "hot line", 2)             \
	X(HOT_PREV, "hot-previous", "{", CONTEXT_SOURCE, "the one before", "", 0)                            \
	X(EDIT, "edit", "^E", CONTEXT_SOURCE, "open it in $VISUAL or $EDITOR, at this line", "editor", 3)    \
	X(SOURCE, "source", "s", CONTEXT_NAMES, "its source", "", 0)                                         \
	X(ASCII, "ascii", "~", CONTEXT_ANY, "ASCII characters only, or not", "", 0)
#define ACTIONS_FIND(X)                                                                                      \
	X(SEARCH, "search", "/ F3", CONTEXT_SEARCH, "search names, folded ones too", "search", 4)            \
	X(SEARCH_NEXT, "search-next", "n", CONTEXT_SEARCH, "next match", "", 0)                              \
	X(SEARCH_PREV, "search-previous", "N", CONTEXT_SEARCH, "previous match", "", 0)                      \
	X(FILTER, "filter", "\\ F4",                                                                         \
	  CONTEXT_TREE | CONTEXT_FUNCTIONS | CONTEXT_SOURCE | CONTEXT_THREADS | CONTEXT_DIFF,                \
	  "only rows with a text", "filter", 7)                                                              \
	X(SEARCH_THIS, "search-this", "#", CONTEXT_NAMES, "search the function of this row", "", 0)
#define ACTIONS_TAKE(X)                                                                                      \
	X(COPY_ROW, "copy-row", "y", CONTEXT_ANY, "copy the selected row", "copy", 15)                       \
	X(COPY_STACK, "copy-stack", "Y", CONTEXT_ANY, "copy its stack", "", 0)                               \
	X(WRITE, "write", "w", CONTEXT_ANY, "write the view to a file", "write", 15)                         \
	X(BOOKMARK, "bookmark", "b", CONTEXT_ANY, "remember this place", "", 0)                              \
	X(BOOKMARKS, "bookmarks", "'", CONTEXT_ANY, "places remembered in this trace", "", 0)
#define ACTIONS_PROGRAM(X)                                                                                   \
	X(VIEW_1, "view-summary", "1", CONTEXT_ANY, "summary", "", 0)                                        \
	X(VIEW_2, "view-top-down", "2", CONTEXT_ANY, "top-down: who it was called for", "", 0)               \
	X(VIEW_3, "view-bottom-up", "3", CONTEXT_ANY, "bottom-up: who called it", "", 0)                     \
	X(VIEW_4, "view-flame", "4", CONTEXT_ANY, "flame graph", "", 0)                                      \
	X(VIEW_5, "view-heap", "5", CONTEXT_ANY, "heap over time", "", 0)                                    \
	X(VIEW_6, "view-functions", "6", CONTEXT_ANY, "functions, with callers and callees", "", 0)          \
	X(VIEW_7, "view-source", "7", CONTEXT_ANY, "source, cost by line", "", 0)                            \
	X(VIEW_8, "view-threads", "8", CONTEXT_ANY, "threads and processes", "", 0)                          \
	X(VIEW_9, "view-diff", "9", CONTEXT_ANY, "what changed between two traces", "", 0)                   \
	X(VIEW_NEXT, "view-next", "Tab", CONTEXT_ANY, "next view", "next view", 11)                          \
	X(VIEW_PREV, "view-previous", "S-Tab", CONTEXT_ANY, "previous view", "", 0)                          \
	X(CLOSE, "close", "Esc", CONTEXT_ANY, "close the innermost thing, or stop loading", "", 0)           \
	X(COMMAND, "command", ":", CONTEXT_ANY, "type a command; Tab completes it", "", 0)                   \
	X(SETTINGS, "settings", ", F2", CONTEXT_ANY, "settings", "", 0)                                      \
	X(REDRAW, "redraw", "^L", CONTEXT_ANY, "draw the screen anew", "", 0)                                \
	X(SUSPEND, "suspend", "^Z", CONTEXT_ANY, "suspend", "", 0)                                           \
	X(QUIT, "quit", "q Q ^C F10", CONTEXT_ANY, "quit", "quit", 12)                                       \
	X(HELP, "help", "? F1 F9", CONTEXT_ANY, "this list", "", 0)

#define ACTIONS(X)                                                                                           \
	ACTIONS_MOVE(X)                                                                                      \
	ACTIONS_TREE(X)                                                                                      \
	ACTIONS_HEAP(X)                                                                                      \
	ACTIONS_NARROW(X) ACTIONS_DIFF(X) ACTIONS_LOOK(X) ACTIONS_FIND(X) ACTIONS_TAKE(X) ACTIONS_PROGRAM(X)

enum action {
	ACTION_NONE = -1,
#define X(id, name, keys, contexts, help, hint, rank) ACTION_##id,
	ACTIONS(X)
#undef X
		N_ACTIONS
};

struct action_info {
	const char *name;
	const char *keys;  /* parted by spaces */
	const char *group; /* heading in the help */
	unsigned contexts;
	const char *help;
	const char *hint;
	int hint_rank;
};
extern const struct action_info action_info[N_ACTIONS];

enum action action_of_key(u32 key, unsigned context);
enum action action_by_name(const char *name);

/* A key of the user's own, for the whole process. */
struct key_binding {
	unsigned contexts;
	u32 key;
	enum action action; /* ACTION_NONE: the key does nothing */
};
/* It goes before those of the table and those bound earlier. */
void keys_bind(unsigned contexts, u32 key, enum action action);
void keys_unbind_all(void);
/* In the order of their binding; borrowed until the next one. */
size_t keys_bound(const struct key_binding **bindings);
/* As key_parse() reads it. */
char *key_name(u32 key, char *out, size_t size);

/* Reads one key from *text and steps over it: a letter, "^X", or a name ("Down", "F5"). 0 at the end. This is
 * the writing of the table: keys are parted by spaces. */
u32 key_parse(const char **text);
/* The next key of --keys: characters stand for themselves, names in angle brackets ("<Down>", "<^D>") for
 * special keys; a
 * "<" that begins no name is itself. 0 at the end. */
u32 key_parse_typed(const char **text);

/* The first key of an action as it is now, 0: none. */
u32 action_key(enum action action);
/* The keys of an action for people ("← h -"), at most size bytes. first_only: just the first. */
char *action_keys(enum action action, const struct glyphs *glyphs, bool first_only, char *out, size_t size);

#endif
