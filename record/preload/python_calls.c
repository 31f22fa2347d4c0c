/* Counting what Python calls. See python_calls.h. */
#include "record/preload/python_calls.h"

#include <stdio.h>
#include <string.h>

#include "record/preload/pages.h"
#include "record/preload/python_stack.h"

enum {
	FUNCTION_METHOD = 16, /* PyCFunctionObject: m_ml, m_self, m_module */
	FUNCTION_SELF = 24,
	FUNCTION_MODULE = 32,
	DESCRIPTOR_METHOD = 40, /* PyMethodDescrObject: d_method */
	SITE_CODE = 0,          /* in the place of a call's site: code has no other name than its own */
	NAME_MAX_LEN = 240,
	NAMES_BYTES = 1 << 16,
	WAIT_COSTS = 32, /* of one who waits again and again: telling takes that part of the time at most, */
	WAIT_CREDIT = 4, /* beyond that part of calls.h's period at first */
};

/* The thread that runs the script's own code, from when that begins on; and whether it does now. What other
 * threads call counts, also while that one waits for them to end. */
static struct calls *script;
static bool script_runs;

/* Names live for ever. */
static const char *keep_name(const char *name)
{
	static char *page;
	static size_t used = NAMES_BYTES;
	size_t n = strlen(name) + 1;
	if (used + n > NAMES_BYTES) {
		char *more = pages_map(NAMES_BYTES);
		if (!more)
			return NULL;
		page = more;
		used = 0;
	}
	used += n;
	return memcpy(page + used - n, name, n);
}

static bool begins_with(const void *object, const char *text)
{
	const char *name = object ? python_api.PyUnicode_AsUTF8((void *)object) : NULL;
	if (object && !name)
		python_api.PyErr_Clear();
	return name && strncmp(name, text, strlen(text)) == 0;
}

static bool has_name(uintptr_t frame, const char *name)
{
	const struct python_layout *l = &python.layout;
	uintptr_t code = python_pointer(PYTHON_AT(uintptr_t, frame, l->frame_code));
	return code && PYTHON_AT(uintptr_t, code, PYTHON_OBJECT_TYPE) == python.code_type &&
	       begins_with(PYTHON_AT(const void *, code, l->code_name), name);
}

/* A module's code that nobody imports: nothing of Python is further out, or runpy, which runs modules by
 * name. */
static bool is_script(uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	uintptr_t frame = python_frame_here();
	if (!frame || !begins_with(PYTHON_AT(const void *, code, l->code_name), "<module>") ||
	    begins_with(PYTHON_AT(const void *, code, l->code_file), "<frozen"))
		return false;
	uintptr_t back = PYTHON_AT(uintptr_t, frame, l->frame_back);
	while (back && l->frame_owner && !l->frame_entry &&
	       PYTHON_AT(u8, back, l->frame_owner) >= PYTHON_NO_FRAME)
		back = PYTHON_AT(uintptr_t, back, l->frame_back);
	return !back || has_name(back, "_run_code");
}

static struct calls *counting(void)
{
	struct calls *t = script ? calls_mine() : NULL;
	return t != script || script_runs ? t : NULL;
}

static void enter(struct calls *t, uintptr_t key, uintptr_t site, uintptr_t slot)
{
	calls_charge(t, calls_now());
	struct call_edge *e = calls_look(t, t->top->node, site, key);
	if (unlikely(!calls_edge_is(e, t->top->node, site, key)))
		e = calls_edge(t, site, key, CALL_PYTHON, NULL, 0);
	if (likely(e))
		calls_push(t, slot, site, e->node);
}

/* What lies inward of it has ended unseen. */
static void leave(struct calls *t, uintptr_t key)
{
	u64 now = calls_now();
	calls_charge(t, now);
	struct call_frame *f = t->top;
	while (f != t->frames && f->node->pc != key)
		f--;
	if (f != t->frames)
		t->top = f - 1;
	if (unlikely(now > t->flush_at))
		calls_flush(t);
	if (unlikely(t == script && t->top == t->frames)) {
		script_runs = false;
		calls_flush(t);
	}
}

void python_calls_enter(uintptr_t code)
{
	struct calls *t = counting();
	if (unlikely(!t)) {
		if (!is_script(code) || !(t = calls_mine()))
			return;
		script = t;
		script_runs = true;
		t->last = calls_now();
	}
	/* A node that is made keeps its code: its address stays its key. */
	u32 nodes = t->n_nodes;
	enter(t, code, SITE_CODE, (uintptr_t)__builtin_frame_address(0));
	if (unlikely(t->n_nodes != nodes))
		python_api.Py_IncRef((void *)code);
}

void python_calls_leave(uintptr_t code)
{
	struct calls *t = counting();
	if (likely(t))
		leave(t, code);
}

/* C functions */

static void *type_of(const void *object)
{
	return PYTHON_AT(void *, object, PYTHON_OBJECT_TYPE);
}

static bool is_a(const void *object, void *type)
{
	return type_of(object) == type || python_api.PyType_IsSubtype(type_of(object), type);
}

/* The PyMethodDef behind it; NULL: cProfile does not see it either (a class, say, or a slot's wrapper). */
static const struct python_method *method_of(void *function, void *self)
{
	void *type = type_of(function);
	if (type == python_api.method_type)
		return self ? PYTHON_AT(const struct python_method *, function, DESCRIPTOR_METHOD) : NULL;
	if (type == python_api.function_type || python_api.PyType_IsSubtype(type, python_api.function_type))
		return PYTHON_AT(const struct python_method *, function, FUNCTION_METHOD);
	return NULL;
}

/* "<method 'append' of 'list' objects>", in braces, as pstats shows it. */
static bool put_repr(char name[NAME_MAX_LEN], void *object)
{
	void *repr = python_api.PyObject_Repr(object);
	const char *text = repr ? python_api.PyUnicode_AsUTF8(repr) : NULL;
	if (text) {
		snprintf(name, NAME_MAX_LEN, "%s", text);
		size_t n = strlen(name);
		if (n > 1 && name[0] == '<' && name[n - 1] == '>') {
			name[0] = '{';
			name[n - 1] = '}';
		}
	}
	if (repr)
		python_api.Py_DecRef(repr);
	python_api.PyErr_Clear();
	return text != NULL;
}

/* By what the type of its first argument has under that name, as cProfile does: a class in Python may have
 * another there. */
static void name_function(char name[NAME_MAX_LEN], void *function, void *self,
			  const struct python_method *method)
{
	bool of_type = type_of(function) == python_api.method_type;
	void *module = of_type ? NULL : PYTHON_AT(void *, function, FUNCTION_MODULE);
	const char *module_name = NULL;
	if (!of_type)
		self = PYTHON_AT(void *, function, FUNCTION_SELF);
	if (self && !is_a(self, python_api.module_type)) {
		void *text = python_api.PyUnicode_FromString(method->name);
		void *descriptor = text ? python_api._PyType_Lookup(type_of(self), text) : NULL;
		bool named = descriptor && put_repr(name, descriptor);
		if (text)
			python_api.Py_DecRef(text);
		if (named)
			return;
	}
	if (module)
		module_name = (uintptr_t)type_of(module) == python.text_type
				      ? python_api.PyUnicode_AsUTF8(module)
			      : is_a(module, python_api.module_type) ? python_api.PyModule_GetName(module)
								     : NULL;
	python_api.PyErr_Clear();
	snprintf(name, NAME_MAX_LEN, "{%s%s%s%s}", self ? "built-in method " : "",
		 module_name ? module_name : "", module_name ? "." : "", method->name);
}

/* Names by PyMethodDef; grows with the number of C functions that a program calls. */
static struct c_name {
	const struct python_method *method;
	const char *name;
	bool waits; /* it may */
} * names;
static u32 names_room, n_names;

static struct c_name *name_place(struct c_name *table, u32 room, const struct python_method *method)
{
	u32 i = (u32)(((uintptr_t)method >> 3) * 0x9e3779b97f4a7c15 >> 32);
	while (table[i & (room - 1)].method && table[i & (room - 1)].method != method)
		i++;
	return &table[i & (room - 1)];
}

static bool grow_names(void)
{
	u32 room = names_room ? names_room * 2 : 256;
	struct c_name *more = pages_map(room * sizeof(*more));
	if (!more)
		return false;
	for (u32 i = 0; i < names_room; i++)
		if (names[i].method)
			*name_place(more, room, names[i].method) = names[i];
	if (names)
		pages_unmap(names, names_room * sizeof(*names));
	names = more;
	names_room = room;
	return true;
}

/* C functions in which threads wait for something to do. */
static bool may_wait(const char *name)
{
	static const char *const words[] = {"acquire", "__enter__", "recv", "accept", ".read}", "poll",
					    "select",  "sleep",     "wait", "get'",   "join"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

static const struct c_name *name_of(void *function, void *self, const struct python_method *method)
{
	char name[NAME_MAX_LEN];
	if (n_names >= names_room / 2 && !grow_names())
		return NULL;
	struct c_name *place = name_place(names, names_room, method);
	if (likely(place->method))
		return place;
	guest_inside++;
	name_function(name, function, self, method);
	if (python.layout.minor < 12)
		python_beside_method(name, method);
	guest_inside--;
	const char *kept = keep_name(name);
	if (kept) {
		*place = (struct c_name){method, kept, may_wait(kept)};
		n_names++;
	}
	return kept ? place : NULL;
}

/* Who waits is often ended so, as a pool's workers are: what was counted is told before. */
static void tell_before_wait(struct calls *t)
{
	u64 most = guest_header->flush_ticks / WAIT_CREDIT;
	u64 credit = t->wait_credit + (t->last - t->wait_last) / WAIT_COSTS;
	t->wait_last = t->last;
	t->wait_credit = MIN(credit, most);
	if (t->flush_cost > t->wait_credit)
		return;
	calls_flush(t);
	t->wait_credit -= MIN(t->wait_credit, t->flush_cost);
}

void python_calls_enter_c(void *function, void *self)
{
	struct calls *t = counting();
	const struct python_method *method = t ? method_of(function, self) : NULL;
	const struct c_name *name = method ? name_of(function, self, method) : NULL;
	if (unlikely(!name))
		return;
	enter(t, (uintptr_t)method | 1, (uintptr_t)name->name, (uintptr_t)__builtin_frame_address(0));
	if (unlikely(name->waits))
		tell_before_wait(t);
}

void python_calls_leave_c(void *function, void *self)
{
	struct calls *t = counting();
	const struct python_method *method = t ? method_of(function, self) : NULL;
	if (likely(method))
		leave(t, (uintptr_t)method | 1);
}

void python_calls_install(void)
{
	if (calls_on &&
	    !(python.layout.minor >= 12 ? python_calls_by_monitoring() : python_calls_by_profile()))
		calls_on = 0;
}
