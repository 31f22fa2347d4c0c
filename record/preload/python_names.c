/* Before 3.11 a code object has its plain name only. But it lies among the constants of the code that it is
 * defined in, up to that of the module, and what it is called there can be told: as from 3.11 on the compiler
 * does, "Class.method" or "function.<locals>.inner".
 *
 * A module's code is gone once it is imported. So it is looked through when it is first seen running, or at
 * last when it goes; both is before its functions are called from elsewhere. The recorder knows a code by
 * what it is told by and keeps its name for when it comes to be used. A code whose module was not seen keeps
 * its plain name. */
#include "record/preload/python_names.h"

#include "record/preload/python_stack.h"

enum {
	LAST_MINOR = 10,
	CODE_FLAGS = 36, /* in 3.8 to 3.10 alike */
	CODE_CONSTANTS = 56,
	FLAGS_FUNCTION = 1, /* its variables are not those of a module or class */
	TUPLE_ITEMS = 24,
	DEPTH_MAX = 8,
	NAMES_MAX = 4096, /* below one module */
};

/* A code object on the way from the module inwards. */
struct level {
	uintptr_t constants;
	u64 n, next;
	struct text name;
	u32 name_len;
	bool function;
};

static bool is_function(uintptr_t code)
{
	return PYTHON_AT(u32, code, CODE_FLAGS) & FLAGS_FUNCTION;
}

static struct level level_of(uintptr_t code)
{
	struct level l = {
		.constants = PYTHON_AT(uintptr_t, code, CODE_CONSTANTS),
		.name = text_of(PYTHON_AT(uintptr_t, code, python.layout.code_name)),
		.function = is_function(code),
	};
	l.name_len = text_bytes(&l.name);
	if (l.constants && PYTHON_AT(uintptr_t, l.constants, PYTHON_OBJECT_TYPE) == python.tuple_type)
		l.n = PYTHON_AT(u64, l.constants, PYTHON_OBJECT_SIZE);
	return l;
}

bool python_names_below(uintptr_t code)
{
	static const char module[] = "<module>";
	const struct python_layout *l = &python.layout;
	if (l->minor > LAST_MINOR || !python.tuple_type || is_function(code))
		return false;
	struct text name = text_of(PYTHON_AT(uintptr_t, code, l->code_name));
	if (name.length != sizeof(module) - 1 || name.width != 1)
		return false;
	for (u64 i = 0; i < name.length; i++)
		if (name.at[i] != (u8)module[i])
			return false;
	return true;
}

/* The name of a code object that lies in levels[depth]; levels[0] is the module. False: no room. */
static bool tell_name(struct guest *g, const struct level *levels, u32 depth, uintptr_t code)
{
	static const char in_class[] = ".", in_function[] = ".<locals>.";
	struct python_description d;
	python_describe(&d, code);
	struct ring_code_name head = {.name_len = d.head.name_len};
	for (u32 i = 1; i <= depth; i++)
		head.name_len += levels[i].name_len +
				 (u32)(levels[i].function ? sizeof(in_function) - 1 : sizeof(in_class) - 1);
	if (head.name_len > NAME_MAX_BYTES)
		return true;
	u32 total = (u32)sizeof(head) + d.bytes + head.name_len;
	if (!guest_room(g, 1 + (total + 7) / 8))
		return false;
	struct sink sink = {.g = g};
	guest_put_record(g, RING_TEXT, (u64)RING_TEXT_CODE_NAME << 32 | total, guest_clock(), 0, 0, 0);
	sink_bytes(&sink, &head, sizeof(head));
	python_sink_code(&sink, &d);
	for (u32 i = 1; i <= depth; i++) {
		sink_text(&sink, &levels[i].name);
		if (levels[i].function)
			sink_bytes(&sink, in_function, sizeof(in_function) - 1);
		else
			sink_bytes(&sink, in_class, sizeof(in_class) - 1);
	}
	sink_text(&sink, &d.name);
	sink_end(&sink);
	return true;
}

void python_tell_names(struct guest *g, uintptr_t module)
{
	struct level levels[DEPTH_MAX];
	u32 depth = 0, told = 0;
	levels[0] = level_of(module);
	for (;;) {
		struct level *l = &levels[depth];
		if (l->next == l->n) {
			if (depth == 0)
				return;
			depth--;
			continue;
		}
		uintptr_t code = PYTHON_AT(uintptr_t, l->constants, TUPLE_ITEMS + 8 * l->next++);
		if (!code || PYTHON_AT(uintptr_t, code, PYTHON_OBJECT_TYPE) != python.code_type)
			continue;
		/* What the module itself defines has no more than its plain name. */
		if (depth && (told++ == NAMES_MAX || !tell_name(g, levels, depth, code)))
			return;
		if (depth + 1 < DEPTH_MAX)
			levels[++depth] = level_of(code);
	}
}
