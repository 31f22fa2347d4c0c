/* Numbers for source lines, so that stacks can be merged by them. */
#include <stdlib.h>

#include "common/idmap.h"
#include "viewer/model/analysis.h"
#include "viewer/model/symbols.h"

void lines_init(struct lines *lines, const struct trace *trace)
{
	struct idmap places, rows;
	u32 n_places = 0;

	*lines = (struct lines){.trace = trace};
	lines->of_frame = xmalloc((trace->frames.n + 1) * sizeof(*lines->of_frame));
	idmap_init(&places);
	idmap_init(&rows);
	for (size_t i = 0; i < trace->frames.n; i++) {
		const struct trace_frame *frame = &trace->frames.at[i];
		bool found;
		u32 *place = idmap_put(&places, idmap_pair(frame->file, frame->line), &found);
		u32 *row;

		if (!found)
			*place = n_places++;
		row = idmap_put(&rows, idmap_pair(*place, frame->function), &found);
		if (!found) {
			*row = (u32)lines->rows.n;
			array_push(&lines->rows, (struct line_row){.file = frame->file,
								   .line = frame->line,
								   .function = frame->function});
		}
		lines->of_frame[i] = *row;
	}
	lines->made = (u32)lines->rows.n;
	lines->n = lines->made + (u32)trace->pcs.n;
	idmap_fini(&places);
	idmap_fini(&rows);
}

void lines_fini(struct lines *lines)
{
	free(lines->of_frame);
	array_free(&lines->rows);
}

u64 line_freed_bytes(const struct trace *trace, const struct line_row *row)
{
	bool known = trace->releases.n && function_get(trace, row->function).language == LANGUAGE_PYTHON;

	return known ? row->freed_here : row->total.freed_bytes;
}

struct line_row lines_get(const struct lines *lines, u32 line)
{
	if (line < lines->made)
		return lines->rows.at[line];
	return (struct line_row){.function = (u32)lines->trace->functions.n + (line - lines->made)};
}
