/* Modules, pcs, nodes and symbols of the trace. See stacks.h. */
#include "record/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "common/ring.h"
#include "record/jit_names.h"

#define GENERATED "[jit]" /* the module of code that has no file */

void stacks_init(struct stacks *s, struct writer *writer)
{
	*s = (struct stacks){.writer = writer, .symbolizer = symbolizer_start()};
	idmap_init(&s->module_ids);
	idmap_init(&s->pc_ids);
	idmap_init(&s->node_ids);
	idmap_init(&s->function_ids);
	array_push(&s->module_names, xstrdup(""));
}

void stacks_fini(struct stacks *s)
{
	symbolizer_free(s->symbolizer);
	idmap_fini(&s->module_ids);
	idmap_fini(&s->pc_ids);
	idmap_fini(&s->node_ids);
	idmap_fini(&s->function_ids);
	array_free(&s->chain);
	for (size_t i = 0; i < s->module_names.n; i++)
		free(s->module_names.at[i]);
	array_free(&s->module_names);
	array_free(&s->found);
	array_free(&s->interpreters);
	array_free(&s->guests);
}

static bool is_listed(const char *list, const char *path)
{
	size_t length = strlen(path);
	for (; list; list = strchr(list, ':') ? strchr(list, ':') + 1 : NULL)
		if (length && strcspn(list, ":") == length && memcmp(list, path, length) == 0)
			return true;
	return false;
}

u32 stacks_module(struct stacks *s, const char *path, size_t path_len, const char *open_path,
		  const u8 *build_id, u32 build_id_len)
{
	struct trace_module m = {.path = writer_string(s->writer, path, path_len)};
	m.build_id_len = (u8)MIN(build_id_len, (u32)BUILD_ID_MAX);
	memcpy(m.build_id, build_id, m.build_id_len);
	u64 key[1 + BUILD_ID_MAX / 8] = {(u64)m.path << 8 | m.build_id_len};
	memcpy(key + 1, m.build_id, sizeof(m.build_id));
	bool found;
	u32 *id = idmap_put(&s->module_ids, idmap_hash(key, sizeof(key)), &found);
	if (!found) {
		*id = writer_module(s->writer, &m);
		array_push(&s->module_names, xstrndup(path, path_len));
		if (is_listed(s->guest, s->module_names.at[*id]))
			array_push(&s->guests, *id);
		symbolizer_module(s->symbolizer, *id, open_path, m.build_id, m.build_id_len);
	}
	return *id;
}

u32 stacks_pc(struct stacks *s, u32 module, u64 offset)
{
	bool found;
	u32 *id = idmap_put(&s->pc_ids, (u64)module << 40 | (offset & ((1ull << 40) - 1)), &found);
	if (!found) {
		*id = writer_pc(s->writer, &(struct trace_pc){module, offset});
		symbolizer_ask(s->symbolizer, *id, module, offset);
		s->asked++;
	}
	return *id;
}

u32 stacks_unknown_pc(struct stacks *s, u64 address)
{
	return writer_pc(s->writer, &(struct trace_pc){0, address});
}

void stacks_pc_found(struct stacks *s, u32 pc, u32 module, u64 offset)
{
	array_push(&s->found, pc);
	symbolizer_ask(s->symbolizer, pc, module, offset);
	s->asked++;
}

u32 stacks_node(struct stacks *s, u32 parent, u32 pc)
{
	bool found;
	u32 *id = idmap_put(&s->node_ids, idmap_pair(parent, pc), &found);
	if (!found)
		*id = writer_node(s->writer, &(struct trace_node){parent, pc});
	return *id;
}

static bool is_among(const u32 *modules, size_t n, u32 module)
{
	for (size_t i = 0; i < n; i++)
		if (modules[i] == module)
			return true;
	return false;
}

static bool is_interpreter(const struct stacks *s, u32 module)
{
	return is_among(s->interpreters.at, s->interpreters.n, module);
}

bool stacks_is_guest(const struct stacks *s, u32 module)
{
	return is_among(s->guests.at, s->guests.n, module);
}

void stacks_interpreter(struct stacks *s, u32 module)
{
	if (!is_interpreter(s, module))
		array_push(&s->interpreters, module);
}

static u32 function_id(struct stacks *s, const struct symbol_frame *frame, u32 module)
{
	const char *file = frame->decl_file ? frame->decl_file : "";
	struct trace_function f = {
		.name = writer_string(s->writer, frame->function, strlen(frame->function)),
		.file = writer_string(s->writer, file, strlen(file)),
		.line = frame->decl_line,
		.module = module,
		.flags = frame->flags | (is_interpreter(s, module) ? FUNCTION_INTERPRETER : 0),
		.language = LANGUAGE_NATIVE,
	};
	u64 key[2] = {idmap_pair(f.name, f.file), idmap_pair(f.line, f.module)};
	bool found;
	u32 *id = idmap_put(&s->function_ids, idmap_hash(key, sizeof(key)), &found);
	if (!found)
		*id = writer_function(s->writer, &f);
	return *id;
}

static void add_frame(struct stacks *s, const struct symbol_frame *frame, u32 module)
{
	const char *file = frame->file ? frame->file : "";
	array_push(&s->chain, (struct trace_frame){
				      .function = function_id(s, frame, module),
				      .file = writer_string(s->writer, file, strlen(file)),
				      .line = frame->line,
			      });
}

static bool was_found_late(const struct stacks *s, u32 pc)
{
	for (size_t i = s->found.n; i > 0; i--)
		if (s->found.at[i - 1] == pc)
			return true;
	return false;
}

/* Without a symbol the reader shows the pc's own module and offset; one that was found late has neither in
 * its entry, and what belongs to an interpreter is to be known for it. */
static void name_offset(struct stacks *s, const struct symbol_answer *answer)
{
	if (!is_interpreter(s, answer->module) && !was_found_late(s, answer->pc))
		return;
	const char *path = s->module_names.at[answer->module], *slash = strrchr(path, '/');
	char *name = xasprintf("%s+0x%llx", slash ? slash + 1 : path, (unsigned long long)answer->offset);
	add_frame(s, &(struct symbol_frame){.function = name, .flags = FUNCTION_NO_SYMBOL}, answer->module);
	free(name);
}

static void write_answer(struct stacks *s, const struct symbol_answer *answer)
{
	s->chain.n = 0;
	for (u32 i = 0; i < answer->n_frames && answer->frames[i].function; i++)
		add_frame(s, &answer->frames[i], answer->module);
	if (s->chain.n == 0)
		name_offset(s, answer);
	if (s->chain.n)
		writer_symbol(s->writer, answer->pc, s->chain.at, (u32)s->chain.n);
}

/* CPython's trampolines have a name each for the function that they run, whose own frame stands beside them.
 */
static bool is_trampoline(const struct stacks *s, const char *name)
{
	return s->interpreters.n && strncmp(name, "py::", 4) == 0;
}

void stacks_pc_named(struct stacks *s, u32 pc, const char *name)
{
	char *plain = symbol_demangle(name);
	struct symbol_frame frame;
	jit_name(plain, &frame);
	frame.flags = is_trampoline(s, name) ? FUNCTION_INTERPRETER : 0;
	u32 module = stacks_module(s, GENERATED, strlen(GENERATED), GENERATED, (const u8 *)"", 0);
	s->chain.n = 0;
	add_frame(s, &frame, module);
	writer_symbol(s->writer, pc, s->chain.at, (u32)s->chain.n);
	free(plain);
}

void stacks_take_symbols(struct stacks *s, bool wait)
{
	struct symbol_answer *answer;
	while (s->answered < s->asked && (answer = symbolizer_take(s->symbolizer, wait))) {
		write_answer(s, answer);
		symbol_answer_free(answer);
		s->answered++;
	}
}
