/* Code objects of the rings, and the pcs and functions of the trace that are made of them. See python.h. */
#include "record/python.h"

#include <stdlib.h>
#include <string.h>

#include "record/python_merge.h"
#include "record/recorder.h"

enum { MAX_CODES = 1 << 24 /* in one ring */ };

void python_codes_init(struct python_codes *codes)
{
	*codes = (struct python_codes){0};
	idmap_init(&codes->ids);
	idmap_init(&codes->function_ids);
	idmap_init(&codes->pc_ids);
	python_names_init(&codes->names);
}

void python_codes_fini(struct python_codes *codes)
{
	for (size_t i = 0; i < codes->list.n; i++) {
		free(codes->list.at[i].table);
		free(codes->list.at[i].name);
	}
	array_free(&codes->list);
	idmap_fini(&codes->ids);
	idmap_fini(&codes->function_ids);
	idmap_fini(&codes->pc_ids);
	python_names_fini(&codes->names);
}

static u32 function_of(struct recorder *recorder, const struct trace_function *f)
{
	const u32 key[] = {f->name, f->file, f->line};
	bool found;
	u32 *id = idmap_put(&recorder->python.function_ids, idmap_hash(key, sizeof(key)), &found);
	if (!found)
		*id = writer_function(recorder->writer, f);
	return *id;
}

/* What an import runs through before it comes to the imported module's own code. */
static bool is_import_system(const char *file, u32 len)
{
	static const char *const files[] = {"<frozen importlib", "<frozen zipimport"};
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (len >= strlen(files[i]) && memcmp(file, files[i], strlen(files[i])) == 0)
			return true;
	return false;
}

static struct python_code new_code(struct recorder *recorder, const struct ring_code *head, const char *text,
				   const char *qualified)
{
	struct writer *w = recorder->writer;
	const char *name = text + head->file_len;
	struct python_code code = {
		.file = writer_string(w, text, head->file_len),
		.first_line = head->first_line,
		.minor = head->minor,
		.table_len = head->table_len,
		.table = xmalloc(head->table_len + 1),
		.name = qualified ? xstrdup(qualified) : xstrndup(name, head->name_len),
	};
	memcpy(code.table, name + head->name_len, head->table_len);
	char *path = xstrndup(text, head->file_len);
	code.module = stacks_module(&recorder->stacks, path, strlen(path), path, (const u8 *)"", 0);
	free(path);
	code.function = function_of(
		recorder, &(struct trace_function){
				  .name = writer_string(w, code.name, strlen(code.name)),
				  .file = code.file,
				  .line = head->first_line,
				  .module = code.module,
				  .flags = is_import_system(text, head->file_len) ? FUNCTION_INTERPRETER : 0,
				  .language = LANGUAGE_PYTHON,
			  });
	return code;
}

void python_take_code(struct recorder *recorder, struct reader *rd, const char *text, u32 len)
{
	struct ring_code head;
	if (len < sizeof(head) || rd->codes.n >= MAX_CODES)
		return;
	memcpy(&head, text, sizeof(head));
	u64 total = (u64)head.file_len + head.name_len + head.table_len;
	if (total > len - sizeof(head))
		head.file_len = head.name_len = head.table_len = 0;
	struct python_codes *codes = &recorder->python;
	bool found;
	u32 *id = idmap_put(&codes->ids, idmap_hash(text, len), &found);
	if (!found) {
		*id = (u32)codes->list.n;
		array_push(&codes->list, new_code(recorder, &head, text + sizeof(head),
						  python_name(&codes->names, text, len)));
	}
	array_push(&rd->codes, *id);
}

u32 python_pc(struct recorder *recorder, const struct reader *rd, u64 ring_pc)
{
	u64 place_mask = ((u64)1 << RING_PC_UNIT_BITS) - 1;
	u64 number = (ring_pc & (RING_PC_ENTRY - 1)) >> RING_PC_UNIT_BITS, unit = ring_pc & place_mask;
	if (number >= rd->codes.n)
		return NO_ID;
	u32 id = rd->codes.at[number];
	u64 key = (u64)id << RING_PC_UNIT_BITS | unit;
	bool found;
	u32 *pc = idmap_put(&recorder->python.pc_ids, key, &found);
	if (!found) {
		const struct python_code *code = &recorder->python.list.at[id];
		struct trace_frame frame = {
			.function = code->function,
			.file = code->file,
			.line = python_line(code->minor, code->table, code->table_len, code->first_line,
					    unit * 2),
		};
		*pc = writer_pc(recorder->writer, &(struct trace_pc){code->module, key});
		writer_symbol(recorder->writer, *pc, &frame, 1);
	}
	return *pc;
}

static void say_off(struct recorder *recorder, const struct process *p, u64 reason)
{
	static const char *const reasons[] = {
		[RING_PYTHON_VERSION] = "this version of it is not known",
		[RING_PYTHON_THREADED] = "it is a free-threaded build",
		[RING_PYTHON_PYPY] = "it is PyPy",
		[RING_PYTHON_LAYOUT] = "its structures are not where this version has them (a debug build?)",
	};
	if (reason == RING_PYTHON_TRACED && !(recorder->python.said_off & 1u << reason)) {
		recorder->python.said_off |= 1u << reason;
		warn("lines of Python functions are not measured in process %u where it has a trace function "
		     "of its own, and from there on",
		     p->entry.pid);
	}
	if (reason >= ARRAY_LEN(reasons) || !reasons[reason] || (recorder->python.said_off & 1u << reason))
		return;
	recorder->python.said_off |= 1u << reason;
	warn("Python's functions are not seen in process %u: %s; its native ones are", p->entry.pid,
	     reasons[reason]);
}

void python_take_note(struct recorder *recorder, struct reader *rd, u32 note, u64 word)
{
	struct process *p = rd->process;
	switch (note) {
	case RING_NOTE_PYTHON:
		p->eval_start = p->eval_end = word;
		process_has_interpreter(&recorder->accounts, p, word);
		break;
	case RING_NOTE_PYTHON_END:
		p->eval_end = word;
		break;
	case RING_NOTE_PYTHON_OFF:
		say_off(recorder, p, word);
		break;
	}
}
