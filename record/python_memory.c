/* Resident memory by line, and around calls, of Python functions that the program had measured. */
#include "record/python.h"

#include <string.h>

#include "record/events.h"

/* The function of a code object of the ring; NO_ID: none has that number. */
static u32 function_of(const struct recorder *recorder, const struct reader *rd, u32 code)
{
	return code < rd->codes.n ? recorder->python.list.at[rd->codes.at[code]].function : NO_ID;
}

void python_take_lines(struct recorder *recorder, struct reader *rd, const char *text, u32 len)
{
	struct ring_lines head;
	if (len < sizeof(head))
		return;
	memcpy(&head, text, sizeof(head));
	u32 function = function_of(recorder, rd, head.code);
	if (function == NO_ID)
		return;
	for (u32 i = 0, at = sizeof(head); i < head.n && len - at >= sizeof(struct ring_line); i++) {
		struct ring_line line;
		memcpy(&line, text + at, sizeof(line));
		at += sizeof(line);
		writer_line_memory(recorder->writer, &(struct trace_line_memory){
							     .ns = events_ns(recorder, rd),
							     .process = rd->process->id,
							     .function = function,
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
	u32 function = function_of(recorder, rd, told.code);
	u64 first = recorder->rings.clock.first_ns;
	if (function == NO_ID || told.start_ns > told.end_ns)
		return;
	writer_bracket(recorder->writer,
		       &(struct trace_bracket){
			       .start_ns = told.start_ns > first ? told.start_ns - first : 0,
			       .end_ns = told.end_ns > first ? told.end_ns - first : 0,
			       .thread = rd->thread,
			       .function = function,
			       .level = told.level,
			       .start_bytes = told.start_rss,
			       .end_bytes = told.end_rss,
		       });
}
