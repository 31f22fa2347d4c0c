/* Command-line options from a table. The same table prints --help, so that the two can't differ.
 *
 *	static const struct opt opts[] = {
 *		{"output", 'o', "FILE", "the trace", OPT_STRING, &o.output},
 *		{"force", 'f', NULL, "overwrite FILE", OPT_FLAG, &o.force},
 *		{"time", 0, "sample|exact|off", "function timings", OPT_CHOICE, &o.time},
 *		{NULL},
 *	};
 *
 * Long options take `--name=VALUE` or `--name VALUE`; short ones `-oFILE` or `-o FILE`; flags can be joined (`-fq`). `--`
 * ends them. --help and --version are known without being in the table. */
#ifndef COMMON_OPTS_H
#define COMMON_OPTS_H

#include "common/err.h"
#include "common/types.h"

enum opt_kind {
	OPT_FLAG,   /* bool *: set to true */
	OPT_STRING, /* const char **: points into argv */
	OPT_LIST,   /* struct opt_list *: may be repeated */
	OPT_NUMBER, /* u64 *: decimal */
	OPT_CHOICE, /* int *: index of the word in value, which reads "a|b|c" */
	OPT_ON_OFF, /* bool *: value "on" or "off" */
};

struct opt {
	const char *name;
	char letter;
	const char *value; /* what --help shows after the =, NULL for flags */
	const char *help;
	enum opt_kind kind;
	void *target;
};

struct opt_list {
	const char *at[64];
	size_t n;
};

enum opts_result { OPTS_OK = 0, OPTS_ERROR = -1, OPTS_HELP = 1, OPTS_VERSION = 2 };

/* Parses argv[1..]; *rest is the index of the first operand. With stop_at_operand the first operand ends the options
 * (`record`); else operands may stand between options: argv is permuted so that they come last. */
enum opts_result opts_parse(const struct opt *table, int argc, char **argv, bool stop_at_operand, int *rest,
			    struct err *err);

/* usage: the synopsis lines; intro: one paragraph; then the table. Ends with a newline. To standard output. */
void opts_help(const struct opt *table, const char *usage, const char *intro);

#endif
