/* From code addresses to functions. Every pc has at least one frame here: one without symbols gets a function
 * of its own, whose id lies beyond the trace's functions (trace->functions.n + pc) and whose name is made
 * when it is asked for. All of the model numbers functions this way; nobody else needs to know how. */
#ifndef VIEWER_MODEL_SYMBOLS_H
#define VIEWER_MODEL_SYMBOLS_H

#include "viewer/model/model.h"

enum { MADE_NAME_LEN = 320 };

static inline u32 symbols_n_functions(const struct trace *trace)
{
	return (u32)(trace->functions.n + trace->pcs.n);
}

static inline u32 symbols_n_frames(const struct trace *trace, u32 pc)
{
	u32 n = trace->pcs.at[pc].n_frames;

	return n ? n : 1;
}

/* Frame i of a pc's chain, 0 the innermost. */
static inline struct trace_frame symbols_frame(const struct trace *trace, u32 pc, u32 i)
{
	const struct trace_pc_entry *entry = &trace->pcs.at[pc];

	if (entry->n_frames)
		return trace->frames.at[entry->first_frame + i];
	return (struct trace_frame){.function = (u32)trace->functions.n + pc};
}

static inline u8 symbols_flags(const struct trace *trace, u32 function)
{
	u32 named = (u32)trace->functions.n;

	if (function < named)
		return trace->functions.at[function].flags;
	return FUNCTION_NO_SYMBOL | (trace->pcs.at[function - named].runtime ? FUNCTION_RUNTIME : 0);
}

/* The name of a function made for a pc, "module+0x1234", cut to fit. */
void symbols_made_name(char name[MADE_NAME_LEN], const struct trace *trace, u32 function);

#endif
