/* Python in the recorder: code objects that the program tells of become functions and lines of the trace, and
 * stacks whose native and Python frames came apart are put together.
 *
 * Tables of lines, as CPython's Objects/lnotab_notes.txt and Objects/locations.md describe them. */
#ifndef RECORD_PYTHON_H
#define RECORD_PYTHON_H

#include "common/idmap.h"
#include "common/mem.h"
#include "common/trace_types.h"

struct recorder;
struct reader;

/* A code object; those with one file, name, first line and table are one. */
struct python_code {
	u32 function; /* in the trace */
	u32 file;     /* string */
	u32 module;
	u32 first_line;
	u32 minor;
	u8 *table;
	u32 table_len;
	char *name;
	bool measured; /* line by line */
};

/* Qualified names of code objects that were not used so far and don't know them, by what they are told by. */
struct python_names {
	ARRAY(char *) list;
	struct idmap ids;
};

struct python_codes {
	ARRAY(struct python_code) list;
	struct idmap ids;          /* hash of what it is → index */
	struct idmap function_ids; /* file, name, line → function of the trace */
	struct idmap pc_ids;       /* code and place → pc of the trace */
	struct python_names names;
	u32 said_off; /* bits of enum ring_python_off */
};

void python_codes_init(struct python_codes *codes);
void python_codes_fini(struct python_codes *codes);

/* Takes a RING_TEXT_CODE. */
void python_take_code(struct recorder *recorder, struct reader *rd, const char *text, u32 len);
/* Takes a RING_TEXT_CODE_NAME. */
void python_take_name(struct recorder *recorder, const char *text, u32 len);
/* Takes one of the notes of Python. */
void python_take_note(struct recorder *recorder, struct reader *rd, u32 note, u64 word);

/* python_memory.c: takes a RING_TEXT_LINES, a RING_TEXT_BRACKET. */
void python_take_lines(struct recorder *recorder, struct reader *rd, const char *text, u32 len);
void python_take_bracket(struct recorder *recorder, struct reader *rd, const char *text, u32 len);
/* Says which of the functions that were to be measured were not. */
void python_say_unmeasured(const struct recorder *recorder);

/* The trace's node for one of the ring's that joins a native and a Python stack, or for one of Python's
 * alone. */
u32 python_merge(struct recorder *recorder, struct reader *rd, u32 node);

/* The line of a place (bytes from the start) in a code object's instructions. 0: none is known. */
u32 python_line(u32 minor, const u8 *table, u32 len, u32 first_line, u64 place);

#endif
