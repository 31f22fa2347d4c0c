/* What the tables of lines have gathered, into the ring of the thread that is here. */
#include "record/preload/python_lines.h"
#include "record/preload/python_stack.h"

enum { LINES_AT_ONCE = 1024 };

/* The code's number in the ring. False: it can't be told. */
static bool number_of(struct guest *g, uintptr_t code, u32 *number)
{
	*number = guest_tree(g) ? python_number(g, code) : NO_ID;
	return *number < PYTHON_CODE_NONE;
}

static void put(struct guest *g, const void *from, size_t bytes)
{
	/* Copied, as a compiler takes words read in place for others than the u32 that were just set there.
	 */
	for (size_t i = 0; i < bytes / sizeof(u64); i++) {
		u64 word;
		__builtin_memcpy(&word, (const u8 *)from + i * sizeof(word), sizeof(word));
		guest_put(g, word);
	}
}

static void put_text(struct guest *g, enum ring_text type, size_t bytes)
{
	guest_open(g);
	guest_put_record(g, RING_TEXT, (u64)type << 32 | bytes, guest_clock(), 0, 0, 0);
}

static void tell_some(struct line_table *t, u32 from, u32 to, u32 n)
{
	struct ring_lines head = {.n = n};
	size_t bytes = sizeof(head) + n * sizeof(struct ring_line);
	struct guest *g = guest_recording ? guest_enter() : NULL;
	if (!g || !guest_begin(g))
		return;
	if (number_of(g, t->code, &head.code) && guest_room(g, (u32)(1 + bytes / 8))) {
		put_text(g, RING_TEXT_LINES, bytes);
		put(g, &head, sizeof(head));
		for (u32 i = from; i < to; i++) {
			struct line *line = &t->lines[i];
			if (!line->hits && !line->most)
				continue;
			struct ring_line told = {t->first_line + i, line->hits, line->most, line->increment};
			put(g, &told, sizeof(told));
			*line = (struct line){0};
		}
		guest_publish(g);
	}
	guest_end(g);
}

void lines_tell(struct line_table *t)
{
	u32 from = 0, n = 0;
	for (u32 i = 0; i < t->used; i++) {
		n += t->lines[i].hits || t->lines[i].most;
		if (n == LINES_AT_ONCE || (n && i + 1 == t->used)) {
			tell_some(t, from, i + 1, n);
			from = i + 1;
			n = 0;
		}
	}
	t->used = 0;
}

void lines_tell_bracket(const struct line_bracket *b)
{
	struct ring_bracket told = {
		.level = b->level,
		.start_ns = b->start_ns,
		.end_ns = b->end_ns,
		.start_rss = b->start_rss,
		.end_rss = b->end_rss,
	};
	struct guest *g = guest_recording ? guest_enter() : NULL;
	if (!g || !guest_begin(g))
		return;
	if (number_of(g, b->table->code, &told.code) && guest_room(g, 1 + sizeof(told) / 8)) {
		put_text(g, RING_TEXT_BRACKET, sizeof(told));
		put(g, &told, sizeof(told));
		guest_publish(g);
	}
	guest_end(g);
}
