/* What a struct flows holds: private to flows*.c. */
#ifndef VIEWER_MODEL_FLOWS_H
#define VIEWER_MODEL_FLOWS_H

#include "viewer/load/summary.h"
#include "viewer/model/timeline_slices.h"

/* Below it, layers are sampled from events, else from the sums of blocks. */
enum { FLOWS_EXACT_EVENTS = 1 << 23, FLOWS_SAMPLES = 2048, NO_LAYER = 0xff };

struct flows_block {
	u64 allocations, allocated_bytes, frees, freed_bytes;
	u64 kept_blocks, kept_bytes;
};

struct flows_sample {
	u64 ns;
	u64 bytes[N_LAYERINGS][LAYERS];
};

struct flows {
	const struct trace *trace;
	struct selection selection; /* a copy */
	size_t n_blocks;
	struct flows_block *blocks; /* sums of all before each; one more at the end */
	u64 *freed;                 /* a bit by ordinal: freed by a later block of events */

	u8 *layer_of[N_LAYERINGS]; /* by site; NO_LAYER: not of the lens */
	struct layer_info infos[N_LAYERINGS][LAYERS];
	u32 n_layers[N_LAYERINGS];
	u64 (*by_process)[N_LAYERINGS][LAYERS]; /* live now */
	struct flows_sample now;
	u64 n_events;     /* seen */
	u64 until_sample; /* events */
	size_t next_end;  /* of a process */
	ARRAY(struct flows_sample) samples;
};

void flows_layers_init(struct flows *f);
void flows_layers_fini(struct flows *f);
void flows_layers_block(struct flows *f, size_t block, const struct trace_sums *sums);
void flows_layers_events(struct flows *f, const struct trace_events *events);

#endif
