/* See keys.h. */
#include "viewer/ui/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "viewer/ui/line.h"

const struct action_info action_info[N_ACTIONS] = {
#define ROW(id, n, k, c, h, hi, r, g) [ACTION_##id] = {n, k, g, c, h, hi, r},
#define X(id, n, k, c, h, hi, r)      ROW(id, n, k, c, h, hi, r, "MOVE")
	ACTIONS_MOVE(X)
#undef X
#define X(id, n, k, c, h, hi, r) ROW(id, n, k, c, h, hi, r, "TREE")
		ACTIONS_TREE(X)
#undef X
#define X(id, n, k, c, h, hi, r) ROW(id, n, k, c, h, hi, r, "HEAP")
			ACTIONS_HEAP(X)
#undef X
#define X(id, n, k, c, h, hi, r) ROW(id, n, k, c, h, hi, r, "NARROW (u undoes any)")
				ACTIONS_NARROW(X)
#undef X
#define X(id, n, k, c, h, hi, r) ROW(id, n, k, c, h, hi, r, "COMPARE")
					ACTIONS_DIFF(X)
#undef X
#define X(id, n, k, c, h, hi, r) ROW(id, n, k, c, h, hi, r, "LOOK")
						ACTIONS_LOOK(X)
#undef X
#define X(id, n, k, c, h, hi, r) ROW(id, n, k, c, h, hi, r, "FIND")
							ACTIONS_FIND(X)
#undef X
#define X(id, n, k, c, h, hi, r) ROW(id, n, k, c, h, hi, r, "TAKE AWAY")
								ACTIONS_TAKE(X)
#undef X
#define X(id, n, k, c, h, hi, r) ROW(id, n, k, c, h, hi, r, "PROGRAM")
									ACTIONS_PROGRAM(X)
#undef X
};

static const struct {
	const char *name;
	u32 key;
	int glyph; /* index in glyphs.keys, -1: its name is shown */
} names[] = {
	{"Left", KEY_ARROW_LEFT, 0},
	{"Right", KEY_ARROW_RIGHT, 1},
	{"Up", KEY_ARROW_UP, 2},
	{"Down", KEY_ARROW_DOWN, 3},
	{"PgUp", KEY_PAGE_UP, -1},
	{"PgDn", KEY_PAGE_DOWN, -1},
	{"Home", KEY_TO_HOME, -1},
	{"End", KEY_TO_END, -1},
	{"Del", KEY_DELETE, -1},
	{"S-Left", KEY_SHIFT_LEFT, -1},
	{"S-Right", KEY_SHIFT_RIGHT, -1},
	{"Tab", KEY_TAB, -1},
	{"S-Tab", KEY_BACK_TAB, -1},
	{"Enter", KEY_RETURN, 4},
	{"Esc", KEY_ESCAPE, -1},
	{"Backspace", KEY_ERASE, -1},
	{"Space", ' ', -1},
	{"F1", KEY_F_1, -1},
	{"F2", KEY_F_1 + 1, -1},
	{"F3", KEY_F_1 + 2, -1},
	{"F4", KEY_F_1 + 3, -1},
	{"F5", KEY_F_1 + 4, -1},
	{"F6", KEY_F_1 + 5, -1},
	{"F7", KEY_F_1 + 6, -1},
	{"F8", KEY_F_1 + 7, -1},
	{"F9", KEY_F_1 + 8, -1},
	{"F10", KEY_F_1 + 9, -1},
	{"F11", KEY_F_1 + 10, -1},
	{"F12", KEY_F_12, -1},
};

/* The key that text[0..n) names, 0: none. */
static u32 key_named(const char *text, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strlen(names[i].name) == n && strncmp(names[i].name, text, n) == 0)
			return names[i].key;
	}
	if (n == 2 && text[0] == '^' && text[1] >= '@' && text[1] <= '_')
		return (u32)text[1] & 0x1f;
	i32 c;
	if (n > 0 && text_decode(text, n, &c) == n && c > 0)
		return (u32)c;
	return 0;
}

u32 key_parse(const char **text)
{
	*text += strspn(*text, " ");
	size_t n = strcspn(*text, " ");
	u32 key = key_named(*text, n);
	*text += n;
	return key;
}

u32 key_parse_typed(const char **text)
{
	size_t left = strlen(*text);
	i32 c;

	if (left == 0)
		return 0;
	if (**text == '<') {
		const char *end = strchr(*text + 1, '>');
		size_t n = end ? (size_t)(end - *text - 1) : 0;
		u32 key = n > 1 ? key_named(*text + 1, n) : 0;
		if (key) {
			*text = end + 1;
			return key;
		}
	}
	*text += text_decode(*text, left, &c);
	return c > 0 ? (u32)c : '?';
}

static ARRAY(struct key_binding) bound;

void keys_bind(unsigned contexts, u32 key, enum action action)
{
	size_t kept = 0;

	/* The same again takes the place of what was. */
	for (size_t i = 0; i < bound.n; i++) {
		if (bound.at[i].key != key || bound.at[i].contexts != contexts)
			bound.at[kept++] = bound.at[i];
	}
	bound.n = kept;
	array_push(&bound, (struct key_binding){contexts, key, action});
}

void keys_unbind_all(void)
{
	array_free(&bound);
}

size_t keys_bound(const struct key_binding **bindings)
{
	*bindings = bound.at;
	return bound.n;
}

/* The last binding of a key there; NULL: none. */
static const struct key_binding *find_bound(u32 key, unsigned contexts)
{
	for (size_t i = bound.n; i-- > 0;) {
		if (bound.at[i].key == key && (bound.at[i].contexts & contexts))
			return &bound.at[i];
	}
	return NULL;
}

char *key_name(u32 key, char *out, size_t size)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].key == key) {
			snprintf(out, size, "%s", names[i].name);
			return out;
		}
	}
	char text[5] = "";
	if (key < ' ')
		snprintf(out, size, "^%c", (int)(key | '@'));
	else {
		text_encode(text, (i32)key);
		snprintf(out, size, "%s", text);
	}
	return out;
}

enum action action_by_name(const char *name)
{
	for (int i = 0; i < N_ACTIONS; i++) {
		if (strcmp(action_info[i].name, name) == 0)
			return (enum action)i;
	}
	return ACTION_NONE;
}

enum action action_of_key(u32 key, unsigned context)
{
	const struct key_binding *binding = find_bound(key, context);

	if (binding && (binding->action == ACTION_NONE || (action_info[binding->action].contexts & context)))
		return binding->action;
	for (int i = 0; i < N_ACTIONS; i++) {
		if (!(action_info[i].contexts & context))
			continue;
		const char *text = action_info[i].keys;
		for (u32 k; (k = key_parse(&text)) != 0;) {
			if (k == key)
				return (enum action)i;
		}
	}
	return ACTION_NONE;
}

/* The keys of an action as they are now: the user's own, then those of the table that they leave. */
static void keys_now(enum action action, char *out, size_t size)
{
	const char *text = action_info[action].keys;
	unsigned contexts = action_info[action].contexts;
	char name[32];

	out[0] = '\0';
	for (size_t i = bound.n; i-- > 0;) {
		if (bound.at[i].action == action && find_bound(bound.at[i].key, contexts) == &bound.at[i])
			line_add(out, size, "%s ", key_name(bound.at[i].key, name, sizeof(name)));
	}
	for (u32 key; (key = key_parse(&text)) != 0;) {
		if (!find_bound(key, contexts))
			line_add(out, size, "%s ", key_name(key, name, sizeof(name)));
	}
}

u32 action_key(enum action action)
{
	char now[256];
	const char *text = now;

	keys_now(action, now, sizeof(now));
	return key_parse(&text);
}

char *action_keys(enum action action, const struct glyphs *glyphs, bool first_only, char *out, size_t size)
{
	char now[256];
	const char *text = action_info[action].keys;
	size_t used = 0;

	if (bound.n) {
		keys_now(action, now, sizeof(now));
		text = now;
	}
	out[0] = '\0';
	while (*text) {
		text += strspn(text, " ");
		size_t n = strcspn(text, " ");
		if (n == 0)
			break;
		const char *shown = text;
		int shown_len = (int)n;
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			if (names[i].glyph >= 0 && strlen(names[i].name) == n &&
			    strncmp(names[i].name, text, n) == 0) {
				shown = glyphs->keys[names[i].glyph];
				shown_len = (int)strlen(shown);
			}
		}
		int len = snprintf(out + used, size - used, "%s%.*s", used ? " " : "", shown_len, shown);
		if (len < 0 || (size_t)len >= size - used) {
			out[used] = '\0';
			break;
		}
		used += (size_t)len;
		text += n;
		if (first_only)
			break;
	}
	return out;
}
