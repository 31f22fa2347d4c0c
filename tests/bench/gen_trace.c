/* gen_trace N FILE [SITES] [LIVE] [FLUSH] [kill|large|alone|addresses]: a synthetic trace of N million
 * events, and how fast it was written and can be read. kill: without the end, as after a kill of the
 * recorder. large: in little memory, and so it is not written once more for its time. alone: the same, of one
 * process of one thread, for comparison with large. addresses: with those of blocks. One line of CSV with its
 * header. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/synth.h"
#include "viewer/load/trace.h"

enum { MILLION = 1000000, DEFAULT_SITES = 50000, DEFAULT_LIVE = 200000 };

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* The writer alone: the ledger's events once more, without the random program around them. */
static double write_again(const char *path, const struct ledger *ledger, const struct trace *trace)
{
	static const struct writer_info info = {"bench", 5, "", "", 0};
	struct err err;
	struct writer *w = writer_new(path, true, &info, &err);
	double start;

	if (!w) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	for (size_t i = 0; i < trace->processes.n; i++)
		writer_process(w, &(struct trace_process){.parent = NO_ID});
	for (size_t i = 0; i < trace->threads.n; i++)
		writer_thread(w, &(struct trace_thread){.process = trace->threads.at[i].process});
	for (size_t i = 0; i < trace->sites.n; i++)
		writer_site(w, &(struct trace_site){.thread = trace->sites.at[i].thread});
	start = now();
	for (size_t i = 0; i < ledger->events.n; i++) {
		const struct ledger_event *e = &ledger->events.at[i];

		if (e->kind == TRACE_ALLOC)
			writer_alloc(w, e->ns, e->site, e->size, 0);
		else
			writer_free(w, e->ns, e->ordinal, e->site, e->size, e->thread, e->temporary);
	}
	writer_flush(w);
	start = now() - start;
	writer_close(w, NULL, &err);
	return start;
}

int main(int argc, char **argv)
{
	struct synth s = {.seed = 1,
			  .n_sites = DEFAULT_SITES,
			  .n_threads = 8,
			  .n_processes = 4,
			  .ends = true,
			  .n_live = DEFAULT_LIVE};
	struct ledger ledger = {0};
	struct trace_cursor *cursor;
	struct trace_events events;
	struct trace *trace;
	struct err err;
	double open_s, decode_s, write_s;
	char *again;

	if (argc < 3 || (s.n_events = (u64)(strtod(argv[1], NULL) * MILLION)) == 0) {
		fprintf(stderr, "usage: gen_trace MILLIONS FILE [SITES] [LIVE] [FLUSH] "
				"[kill|large|alone|addresses]\n");
		return 2;
	}
	if (argc > 3)
		s.n_sites = (u32)strtoul(argv[3], NULL, 10);
	if (argc > 4)
		s.n_live = (u32)strtoul(argv[4], NULL, 10);
	if (argc > 5)
		s.flush_every = (u32)strtoul(argv[5], NULL, 10);
	s.no_end = argc > 6 && strcmp(argv[6], "kill") == 0;
	s.addresses = argc > 6 && strcmp(argv[6], "addresses") == 0;
	s.large = argc > 6 && !s.no_end && !s.addresses;
	if (s.large && strcmp(argv[6], "alone") == 0)
		s.n_processes = s.n_threads = 1;
	synth_write(argv[2], &s, &ledger);

	open_s = now();
	trace = trace_open(argv[2], NULL, NULL, &err);
	open_s = now() - open_s;
	if (!trace) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	cursor = trace_cursor_new(trace);
	decode_s = now();
	for (size_t b = 0; b < trace->blocks.n; b++) {
		if (trace_cursor_block(cursor, b, &events, &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
	}
	decode_s = now() - decode_s;
	again = xasprintf("%s.again", argv[2]);
	write_s = s.large ? 0 : write_again(again, &ledger, trace);
	remove(again);
	printf("events,sites,bytes,bytes_per_event,write_ns,open_ms,decode_ns\n");
	printf("%llu,%zu,%llu,%.3f,%.1f,%.1f,%.1f\n", (unsigned long long)s.n_events, trace->sites.n,
	       (unsigned long long)trace->file_bytes, (double)trace->file_bytes / (double)s.n_events,
	       write_s * 1e9 / (double)s.n_events, open_s * 1e3, decode_s * 1e9 / (double)s.n_events);
	free(again);
	trace_cursor_free(cursor);
	trace_free(trace);
	ledger_free(&ledger);
	return 0;
}
