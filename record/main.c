/* memtrace-record: the options, and off. */
#include <stdio.h>
#include <string.h>

#include "common/opts.h"
#include "common/ring.h"
#include "common/stream.h"
#include "common/trace_types.h"
#include "record/sampler.h"
#include "record/session.h"

/* No program runs whose status the other could be: the help's is that of the other commands. */
enum { STATUS_OWN_FAILURE = 125, STATUS_HELP_LOST = 1 };
#define NOT_ASKED UINT64_MAX

int main(int argc, char **argv)
{
	static const int modes[] = {TIME_SAMPLE, TIME_EXACT, TIME_OFF};
	enum { CHOICE_SAMPLE = 0, PYTHON_AUTO = 0, PYTHON_OFF };
	struct record_options o = {.children = true, .memory = true, .clock = -1, .frequency = NOT_ASKED};
	int mode = CHOICE_SAMPLE, python = PYTHON_AUTO;
	struct opt_list lines = {0};
	const struct opt table[] = {
		{"output", 'o', "FILE", "the trace (default: memtrace.PROGRAM.PID.zst)", OPT_STRING,
		 &o.output},
		{"force", 'f', NULL, "overwrite FILE", OPT_FLAG, &o.force},
		{"quiet", 'q', NULL, "no closing summary on standard error", OPT_FLAG, &o.quiet},
		{"memory", 0, "on|off", "record allocations (default: on)", OPT_ON_OFF, &o.memory},
		{"children", 0, "on|off", "follow fork, exec and spawn (default: on)", OPT_ON_OFF,
		 &o.children},
		{"time", 0, "sample|exact|off", "function timings (default: sample)", OPT_CHOICE, &mode},
		{"frequency", 0, "HZ", "samples a second of CPU time and thread (default: 1000)", OPT_NUMBER,
		 &o.frequency},
		{"clock", 0, "cpu|wall", "what time means (default: cpu for samples, wall for exact)",
		 OPT_CHOICE, &o.clock},
		{"python", 0, "auto|off",
		 "see Python functions in CPython processes, 3.8 to 3.14 (default: auto)", OPT_CHOICE,
		 &python},
		{"lines", 0, "FUNCTION",
		 "measure resident memory at each line of this Python function, as @profile does; may be "
		 "repeated",
		 OPT_LIST, &lines},
		{"pymalloc", 0, NULL, "also see CPython's small-object allocator", OPT_FLAG, &o.pymalloc},
		{"addresses", 0, NULL, "keep block addresses in the trace (heap map, fragmentation)",
		 OPT_FLAG, &o.addresses},
		{NULL, 0, NULL, NULL, OPT_FLAG, NULL},
	};
	struct err err;
	int rest;
	switch (opts_parse(table, argc, argv, true, &rest, &err)) {
	case OPTS_HELP:
		opts_help(table, "memtrace record [OPTIONS] [--] PROGRAM [ARG...]",
			  "Runs PROGRAM and writes a trace of its allocations, each with its whole stack, "
			  "and of where its time goes. The program's streams, environment, signals and "
			  "exit status are its own.");
		return stream_close_output() < 0 ? STATUS_HELP_LOST : 0;
	case OPTS_VERSION:
		printf("memtrace %s\n", MEMTRACE_VERSION);
		return stream_close_output() < 0 ? STATUS_HELP_LOST : 0;
	case OPTS_ERROR:
		die(STATUS_OWN_FAILURE, "%s", err.text);
	case OPTS_OK:
		break;
	}
	o.time = modes[mode];
	o.python = python == PYTHON_AUTO;
	bool frequency_asked = o.frequency != NOT_ASKED;
	if (!frequency_asked)
		o.frequency = FREQUENCY_DEFAULT;
	o.lines = lines.at;
	o.n_lines = lines.n;
	size_t names = 0;
	for (size_t i = 0; i < lines.n; i++)
		names += strlen(lines.at[i]) + 1;
	const struct {
		bool asked;
		const char *answer;
	} refusals[] = {
		{o.time == TIME_EXACT && o.clock == TIME_CPU,
		 "--clock=cpu goes with samples: exact times are those of the wall"},
		{o.pymalloc && !o.python, "--pymalloc goes with --python=auto"},
		{o.pymalloc && !o.memory, "--pymalloc goes with --memory=on"},
		{names >= RING_NAMES_BYTES, "--lines: these names are too long in all"},
		{lines.n && !o.python, "--lines measures Python functions, and --python is off"},
		{o.addresses && !o.memory, "--addresses goes with --memory=on"},
		{o.time == TIME_OFF && (frequency_asked || o.clock != -1),
		 "--frequency and --clock go with --time, which is off"},
		{o.frequency < 1 || o.frequency > FREQUENCY_MAX,
		 "--frequency: not from 1 to 10000 samples a second"},
	};
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (refusals[i].asked)
			die(STATUS_OWN_FAILURE, "%s", refusals[i].answer);
	if (rest >= argc)
		die(STATUS_OWN_FAILURE, "record: which program? (memtrace record --help)");
	o.argv = argv + rest;
	return session_run(&o);
}
