/* `memtrace export`: a trace in the format of another tool. */
#ifndef VIEWER_TEXT_EXPORT_H
#define VIEWER_TEXT_EXPORT_H

#include <stdio.h>

#include "common/mem.h"
#include "viewer/model/model.h"

/* In the order of the words of --to. */
enum export_format {
	EXPORT_FOLDED,
	EXPORT_PPROF,
	EXPORT_SPEEDSCOPE,
	EXPORT_CHROME,
	EXPORT_MASSIF,
	EXPORT_SVG,
	EXPORT_JSON,
	EXPORT_PSTATS,
	EXPORT_MPROF,
	N_EXPORTS
};
#define EXPORT_FORMATS "folded|pprof|speedscope|chrome|massif|svg|json|pstats|mprof"

/* What the parts of an export work on. */
struct export
{
	struct analysis *a;
	const struct trace *trace;
	enum metric metric;
	bool metric_asked;       /* else it is the format's own */
	const struct lens *lens; /* that a was made for */
	const char *command;     /* raw */
	FILE *out;
};

/* One line on what a format is, and whether it is not for people's eyes. */
const char *export_meaning(enum export_format format);
bool export_is_binary(enum export_format format);
/* -1 and why: the trace has nothing for this format. Before a file is opened for it. */
int export_check(enum export_format format, struct analysis *a, const struct lens *lens, struct err *err);
/* Writes all of it; errors of the stream are left to whoever closes it. metric: N_METRICS is the format's own.
 * 0, or -1 and why it can't be made. That events which it needs could not be read is said in a->damage. */
int export_write(enum export_format format, struct analysis *a, const struct lens *lens, enum metric metric,
		 FILE *out, struct err *err);

/* The formats that have a file of their own. */
int export_pprof(const struct export *e, struct err *err);
int export_speedscope(const struct export *e, struct err *err);
int export_chrome(const struct export *e, struct err *err);
int export_pstats(const struct export *e, struct err *err);
int export_massif(const struct export *e, struct err *err);
int export_mprof(const struct export *e, struct err *err);
int export_mprof_check(const struct export *e, struct err *err);

#endif
