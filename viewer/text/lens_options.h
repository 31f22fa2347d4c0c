/* The options that say what to look at, as report and view take them: words to a struct lens. */
#ifndef VIEWER_TEXT_LENS_OPTIONS_H
#define VIEWER_TEXT_LENS_OPTIONS_H

#include "common/mem.h"
#include "common/opts.h"
#include "viewer/model/model.h"

struct lens_options {
	const char *from, *to;
	const char *to_name; /* what the option of `to` is called where that word means something else; NULL: to */
	struct opt_list processes, threads;
	struct opt_list filters, excludes, modules;
	int frames; /* enum trace_frames */
};

#define FRAMES_CHOICES "mixed|python|native|all"
#define FRAMES_HELP                                                                                          \
	"of stacks with Python functions; mixed: the program's own functions, Python's and native ones; "    \
	"python: Python's alone; native: none of Python's; all: the interpreter's own, too (mixed)"

/* The rows for a table of options. o: a struct lens_options of static storage; end: the option of its `to`. */
#define LENS_OPTIONS(o) LENS_OPTIONS_END(o, "to")
#define LENS_OPTIONS_END(o, end)                                                                             \
	{"from",     0,        "TIME", "only what came after: seconds (1.5), percent (40%) or peak",         \
	 OPT_STRING, &(o).from},                                                                             \
		{end, 0, "TIME", "only what came before", OPT_STRING, &(o).to},                              \
		{"process", 0, "PID", "only this process; may be repeated", OPT_LIST, &(o).processes},       \
		{"thread", 0, "TID", "only this thread; may be repeated", OPT_LIST, &(o).threads},           \
		{"filter", 0,                                                                                \
		 "REGEX",  "only stacks that contain a matching function or file; several: all of them",     \
		 OPT_LIST, &(o).filters},                                                                    \
		{"exclude",    0, "REGEX", "no stacks that contain a matching function or file", OPT_LIST,   \
		 &(o).excludes},                                                                             \
		{"module", 0,                                                                                \
		 "NAME",   "only what functions of this module allocate; may be repeated",                   \
		 OPT_LIST, &(o).modules},                                                                    \
	{                                                                                                    \
		"frames", 0, FRAMES_CHOICES, FRAMES_HELP, OPT_CHOICE, &(o).frames                            \
	}

/* A lens and what it points to. Not to be copied. */
struct lens_words {
	struct lens lens;
	u32 pids[64], tids[64];
	struct arena arena;
};

/* Of a trace just opened, before anything reads it: it has the frames that are asked for. */
void lens_options_show(const struct lens_options *o, struct trace *trace);

/* -1 and a text when a word is wrong or names what the trace does not have. Borrows the options' strings. */
int lens_options_read(struct lens_words *words, const struct lens_options *o, const struct trace *trace,
		      struct err *err);
void lens_words_fini(struct lens_words *words);
/* Says so where an expression leaves nothing: it may be misspelt, and a check that it is part of would hold. */
void lens_options_warn(const struct lens_options *o, const struct analysis *a);
/* The word of --frames; NULL: the one that holds anyway. */
const char *lens_options_frames(const struct lens_options *o);

/* The lens in words, "from 1.5 s to 2 s, process 12, filter 'x'"; "" for all. In memory of the arena; raw. */
const char *lens_options_text(const struct lens_options *o, struct arena *arena);

#endif
