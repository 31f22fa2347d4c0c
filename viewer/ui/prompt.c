/* See prompt.h. Editing as in a shell: ^A ^E ^U ^W ^K, arrows, Home, End, Backspace, Del. */
#include "viewer/ui/prompt.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

void prompt_set(struct prompt *prompt, const char *text)
{
	size_t n = strlen(text);

	if (n >= sizeof(prompt->text))
		n = 0; /* what can't be edited whole isn't taken over */
	memcpy(prompt->text, text, n);
	prompt->text[n] = '\0';
	prompt->n = prompt->at = n;
}

static size_t before(const struct prompt *p, size_t at)
{
	while (at > 0) {
		at--;
		if (((u8)p->text[at] & 0xc0) != 0x80)
			break;
	}
	return at;
}

static size_t after(const struct prompt *p, size_t at)
{
	i32 c;

	return at < p->n ? at + text_decode(p->text + at, p->n - at, &c) : at;
}

static enum prompt_result erase(struct prompt *p, size_t from, size_t to)
{
	if (from == to)
		return PROMPT_MOVED;
	memmove(p->text + from, p->text + to, p->n - to + 1);
	p->n -= to - from;
	p->at = from;
	return PROMPT_CHANGED;
}

static enum prompt_result insert(struct prompt *p, u32 c)
{
	char bytes[4];
	size_t len = text_encode(bytes, (i32)c);

	if (p->n + len >= sizeof(p->text))
		return PROMPT_MOVED;
	memmove(p->text + p->at + len, p->text + p->at, p->n - p->at + 1);
	memcpy(p->text + p->at, bytes, len);
	p->n += len;
	p->at += len;
	return PROMPT_CHANGED;
}

static size_t word_start(const struct prompt *p)
{
	size_t at = p->at;

	while (at > 0 && p->text[at - 1] == ' ')
		at--;
	while (at > 0 && p->text[at - 1] != ' ')
		at--;
	return at;
}

enum prompt_result prompt_key(struct prompt *p, u32 key)
{
	enum { CTRL_A = 1, CTRL_E = 5, CTRL_H = 8, CTRL_K = 11, CTRL_U = 21, CTRL_W = 23 };

	switch (key) {
	case KEY_RETURN:
		return PROMPT_DONE;
	case KEY_ESCAPE:
	case KEY_CTRL_C:
		return PROMPT_CANCELLED;
	case KEY_ERASE:
	case CTRL_H:
		/* Rubbing out the label itself leaves the prompt. */
		return p->n == 0 ? PROMPT_CANCELLED : erase(p, before(p, p->at), p->at);
	case KEY_DELETE:
		return erase(p, p->at, after(p, p->at));
	case CTRL_U:
		return erase(p, 0, p->at);
	case CTRL_K:
		return erase(p, p->at, p->n);
	case CTRL_W:
		return erase(p, word_start(p), p->at);
	case KEY_ARROW_LEFT:
		p->at = before(p, p->at);
		return PROMPT_MOVED;
	case KEY_ARROW_RIGHT:
		p->at = after(p, p->at);
		return PROMPT_MOVED;
	case KEY_TO_HOME:
	case CTRL_A:
		p->at = 0;
		return PROMPT_MOVED;
	case KEY_TO_END:
	case CTRL_E:
		p->at = p->n;
		return PROMPT_MOVED;
	}
	return key >= ' ' && key < KEY_SPECIAL ? insert(p, key) : PROMPT_IGNORED;
}

void prompt_draw(const struct prompt *p, struct surface *s, int x, int y, int w, const char *label)
{
	char head[PROMPT_MAX];
	int used = surface_put(s, x, y, w, ROLE_STRONG, label), width = w - used;

	memcpy(head, p->text, p->at);
	head[p->at] = '\0';
	/* The text begins left of the grid's edge when the cursor would be beyond the right one. */
	size_t from = 0;
	while (from < p->at && surface_columns(s, head + from) >= width)
		from = after(p, from);
	int cursor = x + used + surface_columns(s, head + from);
	surface_put(s, x + used, y, width, ROLE_NORMAL, p->text + from);
	if (cursor < x + w)
		surface_select(s, cursor, y, 1);
}
