/* Samples of function timings, from the recorder's side. For each thread that asks for it (ring_sampling),
 * the kernel is asked to send the thread a signal, at the frequency wanted, in user mode only; the library
 * inside it answers with samples in its ring. The program itself holds nothing of it. */
#ifndef RECORD_SAMPLER_H
#define RECORD_SAMPLER_H

#include "common/err.h"
#include "common/mem.h"
#include "common/trace_types.h"

struct process;
struct reader;
struct recorder;

enum { FREQUENCY_MAX = 10000, FREQUENCY_DEFAULT = 1000 };

/* A thread that has no slot: it was made past the library. The first sample has it make itself known. */
struct stray {
	u32 process; /* in the trace */
	u32 tid;
	int event;
};

struct sampler {
	bool on;
	ARRAY(struct stray) strays;
	u32 frequency;
	u64 last_ns; /* of a sample */
	u64 samples;
	bool said; /* that a thread could not be sampled */
};

/* After rings_init(): how samples are taken on this machine is written into the ring's header. */
void sampler_init(struct recorder *recorder);
/* How the time of a new process is found. */
void sampler_describe(const struct recorder *recorder, struct trace_process *entry);
/* Each round: threads that want samples, or none any more. */
void sampler_look(struct recorder *recorder);
/* Now and then: threads of a process that are not known. */
void sampler_look_around(struct recorder *recorder, struct process *p);
void sampler_stop(struct reader *rd);
void sampler_fini(struct sampler *s);
void sampler_take(struct recorder *recorder, const struct trace_sample *sample);
/* The thread has ended, and may have been waiting until then. */
void sampler_take_open_wait(struct recorder *recorder, struct reader *rd, u64 end_ns);

#endif
