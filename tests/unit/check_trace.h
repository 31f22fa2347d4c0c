/* Holds a trace that was read against the ledger of what was written. */
#ifndef TESTS_CHECK_TRACE_H
#define TESTS_CHECK_TRACE_H

#include "common/bytes.h"
#include "tests/unit/ledger.h"
#include "viewer/load/summary.h"

/* Opens or ends the test. */
struct trace *check_open(const char *path);
/* The trace's events are the ledger's first ones, all columns; times within the format's error. */
void check_events(const struct trace *trace, const struct ledger *ledger);
/* The addresses of the blocks are synth_address()'s; those of so many blocks of events at most can't be read.
 */
void check_addresses(const struct trace *trace, u32 missing);
/* Sums by site, merged ones, frees of older blocks and snapshots agree with the ledger's events. */
void check_summaries(const struct trace *trace, const struct ledger *ledger);
/* Totals by site, peaks and figures of all blocks are the ledger's. */
void check_totals(const struct trace *trace, const struct ledger *ledger);

/* A whole file; array_free() frees it. */
struct bytes check_read(const char *path);
/* A name for a file of this test, in the directory for temporary ones; the caller frees it. */
char *check_path(const char *name);

#endif
