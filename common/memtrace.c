/* The front: `memtrace COMMAND ARG...` executes memtrace-COMMAND, which lies beside it in a build tree and in
 * libexec where memtrace is installed. It knows which commands there are, and nothing of what they do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/mem.h"
#include "common/own.h"
#include "common/stream.h"

enum { STATUS_USAGE = 2, STATUS_FAILED = 125 };

static const struct command {
	const char *name;
	const char *arguments;
	const char *help;
	bool available;
} commands[] = {
	{"record", "[OPTIONS] [--] PROGRAM [ARG...]", "run PROGRAM and write a trace", true},
	{"view", "[OPTIONS] [FILE]", "browse a trace in the terminal", true},
	{"report", "[OPTIONS] [FILE]", "print a trace as text, JSON or CSV", true},
	{"diff", "[OPTIONS] OLD NEW", "what changed between two traces", true},
	{"export", "--to=FORMAT [-o OUT] [FILE]", "hand the trace to another tool", true},
};

static void print_help(void)
{
	printf("usage: memtrace COMMAND ...\n\n"
	       "memtrace records every allocation of a program with its whole stack, and shows where its "
	       "memory\n"
	       "and its time go.\n\ncommands:\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (!commands[i].available)
			continue;
		printf("  memtrace %-7s %s\n", commands[i].name, commands[i].arguments);
		printf("  %-16s %s\n", "", commands[i].help);
	}
	printf("\n`memtrace COMMAND --help` tells more; `memtrace --version` shows the version.\n");
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* Does not return. */
static void execute(const char *name, char **argv)
{
	struct err err;
	char *directory = own_directory(&err);

	if (!directory)
		die(STATUS_FAILED, "%s", err.text);
	char *places[] = {
		xasprintf("%s/memtrace-%s", directory, name),
		xasprintf("%s/" MEMTRACE_LIBEXEC "/memtrace-%s", directory, name),
	};

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		execv(places[i], argv);
		if (errno != ENOENT)
			die(STATUS_FAILED, "%s: %s", places[i], strerror(errno));
	}
	die(STATUS_FAILED, "memtrace-%s is not installed (looked for %s and %s)", name, places[0], places[1]);
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		warn("a command is missing; `memtrace --help` shows them");
		return STATUS_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help();
		return stream_close_output() < 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("memtrace " MEMTRACE_VERSION "\n");
		return stream_close_output() < 0;
	}
	command = find_command(argv[1]);
	if (command == NULL)
		die(STATUS_USAGE, "unknown command '%s'; `memtrace --help` shows them", argv[1]);
	if (!command->available)
		die(STATUS_USAGE, "the command '%s' is not there yet in version " MEMTRACE_VERSION, argv[1]);
	argv[1] = xasprintf("memtrace-%s", command->name);
	execute(command->name, argv + 1);
}
