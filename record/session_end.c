/* The end of a recording: what is still to be written, the end of the file, and what is said of it all. */
#include "record/session.h"

#include <stdio.h>
#include <sys/stat.h>

#include "common/human.h"
#include "record/recorder.h"

static void say_summary(struct recorder *recorder, const struct writer_sums *sums)
{
	const struct accounts *a = &recorder->accounts;
	char size[HUMAN_LEN], count[HUMAN_LEN], peak[HUMAN_LEN], leaked[HUMAN_LEN], blocks[HUMAN_LEN];
	char samples[HUMAN_LEN + 16] = "", number[HUMAN_LEN], memory[256];
	u64 n_samples = recorder->sampler.samples;
	if (recorder->sampler.on)
		snprintf(samples, sizeof(samples), ", %s sample%s", human_count(number, n_samples, ','),
			 n_samples == 1 ? "" : "s");
	struct stat file = {0};
	stat(recorder->output, &file);
	size_t n = a->processes.n;
	if (recorder->options->memory)
		snprintf(memory, sizeof(memory), "%s allocation%s, peak %s, leaked %s in %s block%s",
			 human_count(count, sums->allocations, ','), sums->allocations == 1 ? "" : "s",
			 human_bytes(peak, sums->peak_bytes), human_bytes(leaked, sums->leaked_bytes),
			 human_count(blocks, sums->leaked_blocks, ','), sums->leaked_blocks == 1 ? "" : "s");
	else
		snprintf(memory, sizeof(memory), "allocations not recorded (--memory=off)");
	warn("%s (%s): %zu process%s, %s%s", recorder->output, human_bytes(size, (u64)file.st_size), n,
	     n == 1 ? "" : "es", memory, samples);
	warn("browse it with: memtrace view %s", recorder->output);
}

int session_end(struct recorder *recorder)
{
	struct accounts *a = &recorder->accounts;
	struct err err;
	int failed = 0;
	u64 lost = a->lost_events + recorder->rings.header->lost;
	recorder->rings.header->finished = 1;
	releases_write(recorder);
	stacks_take_symbols(&recorder->stacks, true);
	struct writer_sums sums;
	writer_sums(recorder->writer, &sums);
	struct writer_end end = {
		.end_ns = clock_now_ns(&recorder->rings.clock),
		.mapped_bytes = a->mapped_total,
		.mapped_peak_bytes = a->mapped_peak,
		.lost_events = lost,
	};
	if (lost)
		warn("%llu events were lost: the figures are lower bounds", (unsigned long long)lost);
	if (recorder->broken_rings)
		warn("%llu threads wrote what makes no sense into their rings; what they did then is not "
		     "known",
		     (unsigned long long)recorder->broken_rings);
	if (recorder->options->time == TIME_EXACT && !recorder->any_exact && a->processes.n &&
	    !recorder->main_left_out)
		warn("%s tells of no calls: it was sampled; for exact ones build it with -pg -mfentry or "
		     "-fpatchable-function-entry=5",
		     recorder->options->argv[0]);
	python_say_unmeasured(recorder);
	if (writer_close(recorder->writer, &end, &err) < 0) {
		warn("%s", err.text);
		warn("the trace is incomplete; it can be read up to there");
		failed = -1;
	}
	if (!recorder->options->quiet && a->processes.n > recorder->not_recorded)
		say_summary(recorder, &sums);
	return failed;
}
