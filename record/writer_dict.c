/* The dictionaries of a trace: what the ids in its events mean. New entries collect in columns and leave as
 * one increment record for each table, tables that are named first, so that a reader who has the frame
 * understands all that follows. */
#include "record/writer_private.h"

#include <stdlib.h>

enum {
	COST_ROW = 256, /* bytes that an entry may take at most, strings and symbols apart */
	COST_FRAME = 32,
	SYMBOL_FRAMES_MAX = 4096, /* of one pc; inlining goes nowhere near */
};

static const struct {
	u8 kind, n_columns;
} tables[N_DICTS] = {
	[DICT_STRINGS] = {RECORD_STRINGS, 2},         /* length, text */
	[DICT_MODULES] = {RECORD_MODULES, 1},         /* rows */
	[DICT_PROCESSES] = {RECORD_PROCESSES, 1},     /* rows */
	[DICT_THREADS] = {RECORD_THREADS, 1},         /* rows */
	[DICT_FUNCTIONS] = {RECORD_FUNCTIONS, 5},     /* name, file, line, module, flags and language */
	[DICT_PCS] = {RECORD_PCS, 2},                 /* module, offset */
	[DICT_NODES] = {RECORD_NODES, 2},             /* distance to the parent, pc */
	[DICT_SITES] = {RECORD_SITES, 2},             /* thread, node */
	[DICT_SYMBOLS] = {RECORD_SYMBOLS, 5},         /* pc, n, then function, file, line by frame */
	[DICT_MAPS] = {RECORD_MAPS, 3},               /* ns, site, bytes and kind */
	[DICT_RSS] = {RECORD_RSS, 3},                 /* ns, process, bytes */
	[DICT_SAMPLES] = {RECORD_SAMPLES, 4},         /* ns, site, count, span */
	[DICT_CALLS] = {RECORD_CALLS, 4},             /* ns, site, calls, self */
	[DICT_LINE_MEMORY] = {RECORD_LINE_MEMORY, 7}, /* ns, process, function, line, hits, most, increment */
	[DICT_BRACKETS] = {RECORD_BRACKETS, 7},       /* end, thread, function, level, span, two of bytes */
	[DICT_RELEASES] = {RECORD_RELEASES, 4},       /* ns, site, frees, bytes */
};

void dict_init(struct dict *d)
{
	*d = (struct dict){0};
	strtab_init(&d->strings);
	d->parts[DICT_STRINGS].total = 1; /* "" */
	d->parts[DICT_MODULES].total = 1; /* the unknown one */
	d->parts[DICT_NODES].total = 1;   /* the root */
}

void dict_fini(struct dict *d)
{
	strtab_fini(&d->strings);
	for (int t = 0; t < N_DICTS; t++)
		for (int c = 0; c < tables[t].n_columns; c++)
			array_free(&d->parts[t].columns[c]);
}

static struct dict_part *add(struct dict *d, enum dict_table table, size_t cost)
{
	d->parts[table].n++;
	d->pending += cost;
	return &d->parts[table];
}

/* The difference to the entry before, in its column. */
static void put_delta(struct dict_part *part, int column, u64 value)
{
	bytes_varint(&part->columns[column], zigzag(value - part->last[column]));
	part->last[column] = value;
}

static void put_row(struct dict_part *part, const u8 *row, const u8 *end)
{
	bytes_varint(&part->columns[0], (u64)(end - row));
	bytes_put(&part->columns[0], row, (size_t)(end - row));
}

u32 dict_string(struct dict *d, const char *s, size_t n)
{
	struct dict_part *part = &d->parts[DICT_STRINGS];
	u32 id;

	if (n == 0)
		return 0;
	n = MIN(n, (size_t)STRING_MAX);
	id = strtab_add(&d->strings, s, n);
	if (id < part->total)
		return id;
	part = add(d, DICT_STRINGS, n + VARINT_MAX);
	bytes_varint(&part->columns[0], n);
	bytes_put(&part->columns[1], s, n);
	return part->total++;
}

u32 dict_module(struct dict *d, const struct trace_module *module)
{
	struct dict_part *part = add(d, DICT_MODULES, COST_ROW);
	u8 row[COST_ROW], *p = row, length = MIN(module->build_id_len, BUILD_ID_MAX);

	p = varint_put(p, module->path);
	p = varint_put(p, length);
	memcpy(p, module->build_id, length);
	put_row(part, row, p + length);
	return part->total++;
}

void dict_process(struct dict *d, u32 id, const struct trace_process *process)
{
	const u64 fields[] = {
		id,
		process->pid,
		process->ppid,
		process->parent + 1u, /* none is 0 */
		process->command,
		process->executable,
		process->reason,
		process->origin,
		process->flags,
		process->exit_status,
		process->signal,
		process->start_ns,
		process->end_ns,
		process->inherited_frees,
		process->unknown_frees,
		process->lost_events,
		process->rss_peak_bytes,
		process->peak_bytes,
		process->peak_blocks,
		process->peak_ns,
		process->mapped_peak_bytes,
		process->cpu_ns,
		process->time_mode,
		process->time_clock,
		process->frequency,
	};
	struct dict_part *part = add(d, DICT_PROCESSES, COST_ROW);
	u8 row[COST_ROW], *p = row;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		p = varint_put(p, fields[i]);
	put_row(part, row, p);
	if (id == part->total)
		part->total++;
}

void dict_thread(struct dict *d, u32 id, const struct trace_thread *thread)
{
	const u64 fields[] = {id,           thread->process,  thread->tid,
			      thread->name, thread->start_ns, thread->end_ns};
	struct dict_part *part = add(d, DICT_THREADS, COST_ROW);
	u8 row[COST_ROW], *p = row;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		p = varint_put(p, fields[i]);
	put_row(part, row, p);
	if (id == part->total)
		part->total++;
}

u32 dict_pc(struct dict *d, const struct trace_pc *pc)
{
	struct dict_part *part = add(d, DICT_PCS, COST_FRAME);

	bytes_varint(&part->columns[0], pc->module);
	put_delta(part, 1, pc->offset);
	return part->total++;
}

u32 dict_node(struct dict *d, const struct trace_node *node)
{
	struct dict_part *part = add(d, DICT_NODES, COST_FRAME);

	bytes_varint(&part->columns[0], part->total - node->parent);
	bytes_varint(&part->columns[1], node->pc);
	return part->total++;
}

u32 dict_site(struct dict *d, const struct trace_site *site)
{
	struct dict_part *part = add(d, DICT_SITES, COST_FRAME);

	bytes_varint(&part->columns[0], site->thread);
	put_delta(part, 1, site->node);
	return part->total++;
}

u32 dict_function(struct dict *d, const struct trace_function *function)
{
	struct dict_part *part = add(d, DICT_FUNCTIONS, 2 * COST_FRAME);

	put_delta(part, 0, function->name);
	put_delta(part, 1, function->file);
	bytes_varint(&part->columns[2], function->line);
	bytes_varint(&part->columns[3], function->module);
	bytes_varint(&part->columns[4], (u64)function->language << 8 | function->flags);
	return part->total++;
}

void dict_symbol(struct dict *d, u32 pc, const struct trace_frame *frames, u32 n_frames)
{
	u32 n = MIN(n_frames, SYMBOL_FRAMES_MAX);
	struct dict_part *part = add(d, DICT_SYMBOLS, COST_FRAME + n * (size_t)COST_FRAME);

	put_delta(part, 0, pc);
	bytes_varint(&part->columns[1], n);
	for (u32 i = 0; i < n; i++) {
		put_delta(part, 2, frames[i].function);
		put_delta(part, 3, frames[i].file);
		bytes_varint(&part->columns[4], frames[i].line);
	}
}

/* A kind takes the lowest bit of the site, which is 32 bits wide. */
void dict_map(struct dict *d, u64 ns, u8 kind, u32 site, u64 bytes)
{
	struct dict_part *part = add(d, DICT_MAPS, COST_FRAME);

	put_delta(part, 0, ns);
	bytes_varint(&part->columns[1], (u64)site << 1 | (kind == MAP_REMOVED));
	bytes_varint(&part->columns[2], bytes);
}

void dict_rss(struct dict *d, u64 ns, u32 process, u64 bytes)
{
	struct dict_part *part = add(d, DICT_RSS, COST_FRAME);

	put_delta(part, 0, ns);
	bytes_varint(&part->columns[1], process);
	put_delta(part, 2, bytes);
}

void dict_sample(struct dict *d, const struct trace_sample *sample)
{
	struct dict_part *part = add(d, DICT_SAMPLES, COST_FRAME);

	put_delta(part, 0, sample->ns);
	put_delta(part, 1, sample->site);
	bytes_varint(&part->columns[2], sample->count);
	put_delta(part, 3, sample->span_ns);
}

void dict_calls(struct dict *d, const struct trace_calls *calls)
{
	struct dict_part *part = add(d, DICT_CALLS, COST_FRAME);

	put_delta(part, 0, calls->ns);
	put_delta(part, 1, calls->site);
	bytes_varint(&part->columns[2], calls->calls);
	bytes_varint(&part->columns[3], calls->self_ns);
}

void dict_line_memory(struct dict *d, const struct trace_line_memory *line)
{
	struct dict_part *part = add(d, DICT_LINE_MEMORY, 2 * COST_FRAME);

	put_delta(part, 0, line->ns);
	bytes_varint(&part->columns[1], line->process);
	put_delta(part, 2, line->function);
	put_delta(part, 3, line->line);
	bytes_varint(&part->columns[4], line->hits);
	put_delta(part, 5, line->most_bytes);
	bytes_varint(&part->columns[6], zigzag((u64)line->increment_bytes));
}

void dict_bracket(struct dict *d, const struct trace_bracket *bracket)
{
	struct dict_part *part = add(d, DICT_BRACKETS, 2 * COST_FRAME);

	put_delta(part, 0, bracket->end_ns);
	bytes_varint(&part->columns[1], bracket->thread);
	put_delta(part, 2, bracket->function);
	bytes_varint(&part->columns[3], bracket->level);
	bytes_varint(&part->columns[4], bracket->end_ns - bracket->start_ns);
	put_delta(part, 5, bracket->start_bytes);
	put_delta(part, 6, bracket->end_bytes);
}

void dict_release(struct dict *d, const struct trace_release *release)
{
	struct dict_part *part = add(d, DICT_RELEASES, COST_FRAME);

	put_delta(part, 0, release->ns);
	put_delta(part, 1, release->site);
	bytes_varint(&part->columns[2], release->frees);
	bytes_varint(&part->columns[3], release->bytes);
}

void dict_take(struct dict *d, struct bytes *content)
{
	for (int t = 0; t < N_DICTS; t++) {
		struct dict_part *part = &d->parts[t];
		size_t record;

		if (part->n == 0)
			continue;
		record = record_begin(content, tables[t].kind);
		bytes_varint(content, part->n);
		bytes_varint(content, part->total); /* after it: a reader sees what it lacks */
		for (int c = 0; c < tables[t].n_columns; c++) {
			bytes_column(content, &part->columns[c]);
			part->columns[c].n = 0;
			part->last[c] = 0;
		}
		record_end(content, record);
		part->n = 0;
	}
	d->pending = 0;
}
