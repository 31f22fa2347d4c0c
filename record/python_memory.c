/* Resident memory by line, and around calls, of Python functions that the program had measured. */
#include "record/python.h"

#include <string.h>

#include "record/events.h"

/* The code object of that number in the ring; NULL: none has it. */
static struct python_code *code_of(const struct recorder *recorder, const struct reader *rd, u32 code)
{
	return code < rd->codes.n ? &recorder->python.list.at[rd->codes.at[code]] : NULL;
}

void python_take_lines(struct recorder *recorder, struct reader *rd, const char *text, u32 len)
{
	struct ring_lines head;
	if (len < sizeof(head))
		return;
	memcpy(&head, text, sizeof(head));
	struct python_code *code = code_of(recorder, rd, head.code);
	if (!code)
		return;
	code->measured = true;
	for (u32 i = 0, at = sizeof(head); i < head.n && len - at >= sizeof(struct ring_line); i++) {
		struct ring_line line;
		memcpy(&line, text + at, sizeof(line));
		at += sizeof(line);
		writer_line_memory(recorder->writer, &(struct trace_line_memory){
							     .ns = events_ns(recorder, rd),
							     .process = rd->process->id,
							     .function = code->function,
							     .line = line.line,
							     .hits = line.hits,
							     .most_bytes = line.most,
							     .increment_bytes = line.increment,
						     });
	}
}

void python_take_bracket(struct recorder *recorder, struct reader *rd, const char *text, u32 len)
{
	struct ring_bracket told;
	if (len < sizeof(told))
		return;
	memcpy(&told, text, sizeof(told));
	const struct python_code *code = code_of(recorder, rd, told.code);
	u64 first = recorder->rings.clock.first_ns;
	if (!code || told.start_ns > told.end_ns)
		return;
	writer_bracket(recorder->writer,
		       &(struct trace_bracket){
			       .start_ns = told.start_ns > first ? told.start_ns - first : 0,
			       .end_ns = told.end_ns > first ? told.end_ns - first : 0,
			       .thread = rd->thread,
			       .function = code->function,
			       .level = told.level,
			       .start_bytes = told.start_rss,
			       .end_bytes = told.end_rss,
		       });
}

static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* By the last part alone: before Python 3.11 the program knew no more of it, either. */
static bool was_measured(const struct python_codes *codes, const char *name)
{
	for (size_t i = 0; i < codes->list.n; i++)
		if (codes->list.at[i].measured &&
		    strcmp(last_part(codes->list.at[i].name), last_part(name)) == 0)
			return true;
	return false;
}

void python_say_unmeasured(const struct recorder *recorder)
{
	const struct record_options *o = recorder->options;

	for (size_t i = 0; i < o->n_lines; i++)
		if (!was_measured(&recorder->python, o->lines[i]))
			warn("--lines=%s: no call of a Python function of this name was seen", o->lines[i]);
}
