/* The heap in parts, over time: which parts there are is said by the peak, how large each is by samples. */
#include <stdlib.h>
#include <string.h>

#include "common/format.h"
#include "viewer/model/flows_private.h"
#include "viewer/model/symbols.h"

/* The function that allocates, and its module: of the first frame that is not the allocator's. */
static u32 function_of_node(const struct trace *trace, u32 node)
{
	struct stack_walk walk;
	struct trace_frame frame;
	u32 function = NO_ID;

	stack_walk_init(&walk, trace, node);
	while (stack_walk_next(&walk, &frame)) {
		function = frame.function;
		if (!(symbols_flags(trace, function) & FUNCTION_ALLOCATOR))
			break;
	}
	return function;
}

struct weight {
	u64 peak, allocated;
	u32 id;
};

static int by_weight(const void *a, const void *b)
{
	const struct weight *x = a, *y = b;

	if (x->peak != y->peak)
		return x->peak < y->peak ? 1 : -1;
	if (x->allocated != y->allocated)
		return x->allocated < y->allocated ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Gives the heaviest ids layers of their own, and the others the last one. ids: by site, below n. */
static void choose(struct flows *f, enum layering by, const u32 *ids, u32 n, const struct weight *sites)
{
	const struct trace *trace = f->trace;
	struct weight *weights = xcalloc((size_t)n + 1, sizeof(*weights));
	u8 *layer = xmalloc((size_t)n + 1);
	u32 used = 0, own;

	for (u32 i = 0; i < n; i++)
		weights[i].id = i;
	for (size_t i = 0; i < trace->sites.n; i++) {
		if (!f->selection.sites[i])
			continue;
		weights[ids[i]].peak = sat_add(weights[ids[i]].peak, sites[i].peak);
		weights[ids[i]].allocated = sat_add(weights[ids[i]].allocated, sites[i].allocated);
	}
	qsort(weights, n, sizeof(*weights), by_weight);
	while (used < n && weights[used].allocated)
		used++;
	own = used > LAYERS ? LAYERS - 1 : used;
	for (u32 i = 0; i < n; i++)
		layer[i] = LAYERS - 1;
	for (u32 i = 0; i < own; i++) {
		layer[weights[i].id] = (u8)i;
		f->infos[by][i].id = weights[i].id;
	}
	f->n_layers[by] = own;
	if (used > own)
		f->infos[by][f->n_layers[by]++].id = NO_ID;
	f->layer_of[by] = xmalloc(trace->sites.n + 1);
	for (size_t i = 0; i < trace->sites.n; i++)
		f->layer_of[by][i] = f->selection.sites[i] ? layer[ids[i]] : NO_LAYER;
	free(weights);
	free(layer);
}

void flows_layers_init(struct flows *f)
{
	const struct trace *trace = f->trace;
	u32 n = (u32)trace->sites.n, n_functions = symbols_n_functions(trace);
	u32 *ids = xmalloc(((size_t)n + 1) * sizeof(*ids));
	u32 *of_node = xmalloc((trace->nodes.n + 1) * sizeof(*of_node));
	struct weight *sites = xcalloc((size_t)n + 1, sizeof(*sites));

	for (u32 i = 0; i < n; i++) {
		sites[i].peak = trace->totals ? trace->totals[i].peak_bytes : 0;
		sites[i].allocated = trace->totals ? trace->totals[i].allocated_bytes : 0;
	}
	for (size_t i = 0; i < trace->nodes.n; i++)
		of_node[i] = NO_ID;
	for (u32 i = 0; i < n; i++)
		ids[i] = trace->sites.at[i].thread;
	choose(f, LAYER_THREADS, ids, (u32)trace->threads.n, sites);
	/* A stack without frames is nobody's: it has the number behind the last function. */
	for (u32 i = 0; i < n; i++) {
		u32 *function = &of_node[trace->sites.at[i].node];

		if (*function == NO_ID)
			*function = MIN(function_of_node(trace, trace->sites.at[i].node), n_functions);
		ids[i] = *function;
	}
	choose(f, LAYER_FUNCTIONS, ids, n_functions + 1, sites);
	for (u32 i = 0; i < n; i++)
		ids[i] = ids[i] < n_functions ? function_get(trace, ids[i]).module : 0;
	choose(f, LAYER_MODULES, ids, (u32)MAX(trace->modules.n, 1u), sites);
	free(ids);
	free(of_node);
	free(sites);
	f->by_process = xcalloc(trace->processes.n + 1, sizeof(*f->by_process));
	f->until_sample = 1;
}

void flows_layers_fini(struct flows *f)
{
	for (int by = 0; by < N_LAYERINGS; by++)
		free(f->layer_of[by]);
	free(f->by_process);
	array_free(&f->samples);
}

static void change(struct flows *f, u32 site, u64 more, u64 less)
{
	u64(*own)[LAYERS] = f->by_process[f->selection.process_of[site]];

	for (int by = 0; by < N_LAYERINGS; by++) {
		u8 layer = f->layer_of[by][site];
		u64 taken = MIN(less, sat_add(own[by][layer], more));
		u64 room = UINT64_MAX - f->now.bytes[by][layer];

		own[by][layer] += MIN(more, room);
		f->now.bytes[by][layer] += MIN(more, room);
		taken = MIN(taken, own[by][layer]);
		own[by][layer] -= taken;
		f->now.bytes[by][layer] -= taken;
	}
}

static void end_processes(struct flows *f, u64 event)
{
	const struct trace *trace = f->trace;

	for (; f->next_end < trace->ends.n && trace->ends.at[f->next_end].event <= event; f->next_end++) {
		u64(*own)[LAYERS] = f->by_process[trace->ends.at[f->next_end].process];

		for (int by = 0; by < N_LAYERINGS; by++) {
			for (int i = 0; i < LAYERS; i++) {
				f->now.bytes[by][i] -= own[by][i];
				own[by][i] = 0;
			}
		}
	}
}

void flows_layers_block(struct flows *f, size_t block, const struct trace_sums *sums)
{
	const struct trace_block *b = &f->trace->blocks.at[block];

	for (u32 i = 0; i < sums->n; i++) {
		if (f->selection.sites[sums->site[i]])
			change(f, sums->site[i], sums->allocated_bytes[i],
			       sat_add(sums->own_freed_bytes[i], sums->older_freed_bytes[i]));
	}
	f->n_events += b->n_events;
	end_processes(f, f->n_events - 1);
	f->now.ns = b->end_ns;
	array_push(&f->samples, f->now);
}

void flows_layers_events(struct flows *f, const struct trace_events *events)
{
	u64 step = f->trace->n_events / FLOWS_SAMPLES + 1, pause = f->trace->end_ns / FLOWS_SAMPLES;

	for (u32 i = 0; i < events->n; i++) {
		/* What was live through a pause is not what was there an event or two before: that may lie
		 * between the free and the allocation of a realloc. */
		if (f->until_sample != step && f->samples.n && events->ns[i] - f->now.ns > pause)
			array_push(&f->samples, f->now);
		end_processes(f, f->n_events++);
		if (f->selection.sites[events->site[i]]) {
			bool is_free = events->kind[i] == TRACE_FREE;
			change(f, events->site[i], is_free ? 0 : events->size[i],
			       is_free ? events->size[i] : 0);
		}
		f->now.ns = events->ns[i];
		if (--f->until_sample && f->n_events < f->trace->n_events)
			continue;
		f->until_sample = step;
		array_push(&f->samples, f->now);
	}
}

u32 flows_layers(const struct flows *f, enum layering by, struct layer_info infos[LAYERS])
{
	for (u32 i = 0; i < f->n_layers[by]; i++)
		infos[i] = f->infos[by][i];
	return f->n_layers[by];
}

/* The number of samples up to a moment. */
static size_t samples_until(const struct flows *f, u64 ns)
{
	size_t low = 0, high = f->samples.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (f->samples.at[middle].ns > ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static u64 held(const struct flows_sample *sample, enum layering by)
{
	u64 sum = 0;

	for (int i = 0; i < LAYERS; i++)
		sum = sat_add(sum, sample->bytes[by][i]);
	return sum;
}

void flows_layers_most(const struct flows *f, enum layering by, u64 from_ns, u64 to_ns, u64 bytes[LAYERS])
{
	size_t end = samples_until(f, to_ns), first = from_ns ? samples_until(f, from_ns - 1) : 0, best;

	memset(bytes, 0, LAYERS * sizeof(*bytes));
	if (end == 0)
		return;
	best = end - 1;
	for (size_t i = first; i < end; i++)
		if (held(&f->samples.at[i], by) > held(&f->samples.at[best], by))
			best = i;
	memcpy(bytes, f->samples.at[best].bytes[by], LAYERS * sizeof(*bytes));
}
