/* Samples of function timings, from the recorder's side. For each thread that asks for it (ring_sampling), the kernel is
 * asked to send the thread a signal, at the frequency wanted, in user mode only; the library inside it answers with
 * samples in its ring. The program itself holds nothing of it. */
#ifndef RECORD_SAMPLER_H
#define RECORD_SAMPLER_H

#include "common/err.h"
#include "common/trace_types.h"

struct recorder;
struct reader;

enum { FREQUENCY_MAX = 10000, FREQUENCY_DEFAULT = 1000 };

struct sampler {
	bool on;
	u32 frequency;
	u64 last_ns; /* of a sample */
	u64 samples;
	u32 refused; /* threads that could not be sampled */
	bool said;
};

/* After rings_init(): how samples are taken on this machine is written into the ring's header. */
void sampler_init(struct recorder *recorder);
/* How the time of a new process is found. */
void sampler_describe(const struct recorder *recorder, struct trace_process *entry);
/* Each round: threads that want samples, or none any more. */
void sampler_look(struct recorder *recorder);
void sampler_stop(struct reader *rd);
void sampler_take(struct recorder *recorder, const struct trace_sample *sample);

#endif
