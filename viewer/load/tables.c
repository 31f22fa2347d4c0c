/* Dictionary records into tables; those of series over time go to series.c. Every id is checked against the
 * table that it names, which is why the writer sends what is named first; a count is believed only as far as
 * there are bytes for it. */
#include "viewer/load/increment.h"

#include <stdlib.h>

enum { STRING_COST = 48 /* of a string in the table, its text apart */ };

void tables_init(struct trace *t)
{
	strtab_init(&t->strings);
	array_push(&t->modules, (struct trace_module){0});
	array_push(&t->nodes, (struct trace_node){0});
}

void tables_fini(struct trace *t)
{
	strtab_fini(&t->strings);
	array_free(&t->modules);
	array_free(&t->processes);
	array_free(&t->threads);
	array_free(&t->pcs);
	array_free(&t->nodes);
	array_free(&t->sites);
	array_free(&t->functions);
	array_free(&t->frames);
	array_free(&t->rss);
	array_free(&t->maps);
	array_free(&t->samples);
	array_free(&t->calls);
	array_free(&t->line_memory);
	array_free(&t->brackets);
	array_free(&t->releases);
}

static int add_strings(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 length = next(in, 0);
		const u8 *text = length <= STRING_MAX ? span_take(&in->columns[1], (size_t)length) : NULL;
		size_t id = t->strings.strings.n;

		if (!text)
			return err_set(err, "bad string");
		if (claim(t, 1, STRING_COST + (size_t)length, err) < 0)
			return -1;
		if (strtab_add(&t->strings, (const char *)text, (size_t)length) != id)
			return err_set(err, "a string comes twice");
	}
	return 0;
}

static int add_modules(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		struct span row = span_column(&in->columns[0]);
		u32 path = span_u32(&row);
		u64 length = span_varint(&row);
		const u8 *build_id = length <= BUILD_ID_MAX ? span_take(&row, (size_t)length) : NULL;
		struct trace_module m = {.path = path, .build_id_len = (u8)length};

		if (!build_id || row.bad || path >= t->strings.strings.n)
			return err_set(err, "bad module");
		memcpy(m.build_id, build_id, (size_t)length);
		array_push(&t->modules, m);
	}
	return 0;
}

/* The first fields of a row; a newer writer may add more. */
static bool row_fields(struct increment *in, u64 *fields, size_t n)
{
	struct span row = span_column(&in->columns[0]);

	for (size_t i = 0; i < n; i++)
		fields[i] = span_varint(&row);
	return !row.bad;
}

/* Rows of processes and threads carry their id: that of an entry that is there replaces it. */

static int add_processes(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 f[25], strings = t->strings.strings.n;
		bool whole = row_fields(in, f, ARRAY_LEN(f));
		struct trace_process p = {
			.pid = (u32)f[1],
			.ppid = (u32)f[2],
			.parent = (u32)f[3] - 1, /* none is 0 */
			.command = (u32)f[4],
			.executable = (u32)f[5],
			.reason = (u32)f[6],
			.origin = (u8)f[7],
			.flags = (u8)f[8],
			.exit_status = (u8)f[9],
			.signal = (u8)f[10],
			.start_ns = f[11],
			.end_ns = f[12],
			.inherited_frees = f[13],
			.unknown_frees = f[14],
			.lost_events = f[15],
			.rss_peak_bytes = f[16],
			.peak_bytes = f[17],
			.peak_blocks = f[18],
			.peak_ns = f[19],
			.mapped_peak_bytes = f[20],
			.cpu_ns = f[21],
			.time_mode = (u8)f[22],
			.time_clock = (u8)f[23],
			.frequency = (u32)f[24],
		};

		if (!whole || f[0] > t->processes.n || f[3] > f[0] || f[4] >= strings || f[5] >= strings ||
		    f[6] >= strings || f[7] > PROCESS_FORK || f[22] > TIME_EXACT || f[23] > TIME_WALL)
			return err_set(err, "bad process");
		if (f[0] == t->processes.n)
			array_push(&t->processes, p);
		else
			t->processes.at[f[0]] = p;
	}
	return 0;
}

static int add_threads(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 f[6];
		bool whole = row_fields(in, f, ARRAY_LEN(f));
		struct trace_thread thread = {(u32)f[1], (u32)f[2], (u32)f[3], f[4], f[5]};

		if (!whole || f[0] > t->threads.n || f[1] >= t->processes.n || f[3] >= t->strings.strings.n)
			return err_set(err, "bad thread");
		if (f[0] == t->threads.n)
			array_push(&t->threads, thread);
		else if (t->threads.at[f[0]].process == thread.process)
			t->threads.at[f[0]] = thread;
		else
			return err_set(err, "a thread changes its process");
	}
	return 0;
}

static int add_functions(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 name = next_delta(in, 0), file = next_delta(in, 1), line = next(in, 2),
		    module = next(in, 3);
		u64 traits = next(in, 4);

		if (name >= t->strings.strings.n || file >= t->strings.strings.n || line > UINT32_MAX ||
		    module >= t->modules.n || traits >> 8 > LANGUAGE_PYTHON)
			return err_set(err, "bad function");
		array_push(&t->functions,
			   (struct trace_function){(u32)name, (u32)file, (u32)line, (u32)module, (u8)traits,
						   (u8)(traits >> 8)});
	}
	return 0;
}

static int add_pcs(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 module = next(in, 0), offset = next_delta(in, 1);

		if (module >= t->modules.n)
			return err_set(err, "bad pc");
		array_push(&t->pcs, (struct trace_pc_entry){.module = (u32)module, .offset = offset});
	}
	return 0;
}

static int add_nodes(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 distance = next(in, 0), pc = next(in, 1);

		struct trace_node node = {(u32)(t->nodes.n - distance), (u32)pc};

		if (distance == 0 || distance > t->nodes.n || pc >= t->pcs.n)
			return err_set(err, "bad node");
		array_push(&t->nodes, node);
	}
	return 0;
}

static int add_sites(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 thread = next(in, 0), node = next_delta(in, 1);

		if (thread >= t->threads.n || node >= t->nodes.n)
			return err_set(err, "bad site");
		array_push(&t->sites, (struct trace_site){(u32)thread, (u32)node});
	}
	return 0;
}

static int add_symbols(struct trace *t, struct increment *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++) {
		u64 pc = next_delta(in, 0), n = next(in, 1);
		u32 first = (u32)t->frames.n;

		if (pc >= t->pcs.n || n > span_left(&in->columns[2]))
			return err_set(err, "bad symbol");
		if (claim(t, n, sizeof(struct trace_frame), err) < 0)
			return -1;
		for (u64 k = 0; k < n; k++) {
			u64 function = next_delta(in, 2), file = next_delta(in, 3), line = next(in, 4);

			if (function >= t->functions.n || file >= t->strings.strings.n || line > UINT32_MAX)
				return err_set(err, "bad symbol");
			array_push(&t->frames, (struct trace_frame){(u32)function, (u32)file, (u32)line});
		}
		t->pcs.at[pc].first_frame = first;
		t->pcs.at[pc].n_frames = (u32)n;
	}
	return 0;
}

/* size: of an entry in memory, with what else is kept by its id. */
static const struct table {
	u8 kind, n_columns;
	u16 size;
	int (*add)(struct trace *t, struct increment *in, struct err *err);
} tables[] = {
	{RECORD_STRINGS, 2, 0, add_strings},
	{RECORD_MODULES, 1, sizeof(struct trace_module), add_modules},
	{RECORD_PROCESSES, 1, 2 * sizeof(struct trace_process), add_processes},
	{RECORD_THREADS, 1, sizeof(struct trace_thread), add_threads},
	{RECORD_FUNCTIONS, 5, sizeof(struct trace_function), add_functions},
	{RECORD_PCS, 2, sizeof(struct trace_pc_entry), add_pcs},
	{RECORD_NODES, 2, sizeof(struct trace_node), add_nodes},
	{RECORD_SITES, 2, sizeof(struct trace_site) + sizeof(struct trace_totals) + 8, add_sites},
	{RECORD_SYMBOLS, 5, 0, add_symbols},
	{RECORD_MAPS, 3, sizeof(struct trace_map_event), add_maps},
	{RECORD_RSS, 3, sizeof(struct trace_rss), add_rss},
	{RECORD_SAMPLES, 4, sizeof(struct trace_sample), add_samples},
	{RECORD_CALLS, 4, sizeof(struct trace_calls), add_calls},
	{RECORD_LINE_MEMORY, 7, sizeof(struct trace_line_memory), add_line_memory},
	{RECORD_BRACKETS, 7, sizeof(struct trace_bracket), add_brackets},
	{RECORD_RELEASES, 4, sizeof(struct trace_release), add_releases},
};

/* How many entries a table has. */
static size_t entries(const struct trace *t, u8 kind)
{
	switch (kind) {
	case RECORD_STRINGS:
		return t->strings.strings.n;
	case RECORD_MODULES:
		return t->modules.n;
	case RECORD_PROCESSES:
		return t->processes.n;
	case RECORD_THREADS:
		return t->threads.n;
	case RECORD_FUNCTIONS:
		return t->functions.n;
	case RECORD_PCS:
		return t->pcs.n;
	case RECORD_NODES:
		return t->nodes.n;
	case RECORD_SITES:
		return t->sites.n;
	default: /* without ids */
		return 0;
	}
}

static bool any_bad(const struct increment *in)
{
	bool bad = false;

	for (int c = 0; c < INCREMENT_COLUMNS; c++)
		bad |= in->columns[c].bad;
	return bad;
}

static int increment(struct trace *t, const struct table *table, struct span record, struct err *err)
{
	struct increment in = {0};

	in.n = span_count(&record);
	in.total = span_varint(&record);
	for (int c = 0; c < table->n_columns; c++)
		in.columns[c] = span_column(&record);
	if (record.bad || in.n > span_left(&in.columns[0]))
		return err_set(err, "a dictionary is cut short");
	if (table->size && claim(t, in.n, table->size, err) < 0)
		return -1;
	if (table->add(t, &in, err) < 0)
		return -1;
	if (any_bad(&in))
		return err_set(err, "a dictionary is cut short");
	if (entries(t, table->kind) != in.total)
		return err_set(err, "a part of a dictionary is missing");
	return 0;
}

int tables_frame(struct trace *t, const struct bytes *raw, struct err *err)
{
	struct span content = span_of(raw->at, raw->n), record;
	u8 kind;

	while (record_next(&content, &kind, &record)) {
		for (size_t i = 0; i < ARRAY_LEN(tables); i++)
			if (tables[i].kind == kind && increment(t, &tables[i], record, err) < 0)
				return -1;
	}
	return content.bad ? err_set(err, "a record is cut short") : 0;
}
