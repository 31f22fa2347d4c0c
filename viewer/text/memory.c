/* Columns over struct memory. Figures of a part of the run leave out what is known of whole processes only.
 */
#include "viewer/text/memory.h"

#include <stddef.h>

#define FIGURE(key, kind, member)                                                                            \
	{                                                                                                    \
		key, NULL, kind, offsetof(struct memory, member), NULL, 0, COLUMN_OF_MEMORY                  \
	}
#define KNOWN(key, get)                                                                                      \
	{                                                                                                    \
		key, NULL, VALUE_COUNT, 0, get, 0, 0                                                         \
	}

static struct value unless_part(const struct memory *m, u64 number)
{
	return (struct value){.kind = m->part ? VALUE_NONE : VALUE_COUNT, .number = number};
}

static struct value get_inherited_frees(const struct table_context *c, const void *row)
{
	(void)c;
	return unless_part(row, ((const struct memory *)row)->inherited_frees);
}

static struct value get_unknown_frees(const struct table_context *c, const void *row)
{
	(void)c;
	return unless_part(row, ((const struct memory *)row)->unknown_frees);
}

/* Of what was timed; not measured is no number. */

static struct value get_samples(const struct table_context *c, const void *row)
{
	const struct memory *m = row;

	(void)c;
	return (struct value){.kind = m->sampled || figures_sampled(&m->figures) ? VALUE_COUNT : VALUE_NONE,
			      .number = m->figures.samples};
}

static struct value calls_value(const struct figures *f, u64 calls)
{
	return (struct value){.kind = figures_exact(f) ? VALUE_COUNT : VALUE_NONE, .number = calls};
}

static struct value get_calls(const struct table_context *c, const void *row)
{
	const struct figures *f = &((const struct memory *)row)->figures;

	(void)c;
	return calls_value(f, f->calls);
}

static struct value get_primitive_calls(const struct table_context *c, const void *row)
{
	const struct figures *f = &((const struct memory *)row)->figures;

	(void)c;
	return calls_value(f, f->primitive_calls);
}

enum { N_TIMED = 3 };
static const struct column columns[] = {
	FIGURE("allocations", VALUE_COUNT, figures.allocations),
	FIGURE("frees", VALUE_COUNT, figures.frees),
	FIGURE("allocated_bytes", VALUE_BYTES, figures.allocated_bytes),
	FIGURE("freed_bytes", VALUE_BYTES, figures.freed_bytes),
	FIGURE("peak_bytes", VALUE_BYTES, figures.peak_bytes),
	FIGURE("peak_blocks", VALUE_COUNT, figures.peak_blocks),
	FIGURE("peak_at_s", VALUE_TIME, peak_ns),
	FIGURE("leaked_bytes", VALUE_BYTES, figures.leaked_bytes),
	FIGURE("leaked_blocks", VALUE_COUNT, figures.leaked_blocks),
	FIGURE("temporary", VALUE_COUNT, figures.temporary),
	{"inherited_frees", NULL, VALUE_COUNT, 0, get_inherited_frees, 0, COLUMN_OF_MEMORY},
	{"unknown_frees", NULL, VALUE_COUNT, 0, get_unknown_frees, 0, COLUMN_OF_MEMORY},
	FIGURE("mapped_bytes", VALUE_BYTES, mapped_bytes),
	FIGURE("mapped_peak_bytes", VALUE_BYTES, mapped_peak_bytes),
	{"lost_events", NULL, VALUE_COUNT, offsetof(struct memory, lost_events), NULL, 0, 0},
	KNOWN("samples", get_samples),
	KNOWN("calls", get_calls),
	KNOWN("primitive_calls", get_primitive_calls),
};

struct table memory_table(const struct memory *memory)
{
	struct table table = totals_table(memory);

	table.n_columns -= N_TIMED;
	return table;
}

struct table totals_table(const struct memory *memory)
{
	return (struct table){.name = "summary",
			      .columns = columns,
			      .n_columns = ARRAY_LEN(columns),
			      .rows = memory,
			      .row_size = sizeof(*memory),
			      .n_rows = 1,
			      .unmeasured = memory && memory->unrecorded ? COLUMN_OF_MEMORY : 0};
}
