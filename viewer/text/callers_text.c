/* See callers_text.h. */
#include "viewer/text/callers_text.h"

#include <stdlib.h>

#include "common/mem.h"

void callers_text_begin(struct callers_text *c)
{
	*c = (struct callers_text){0};
	c->to = open_memstream(&c->text, &c->size);
}

void callers_text_add(struct callers_text *c, const char *function)
{
	if (c->to)
		fprintf(c->to, "%s%s", ftell(c->to) ? " < " : "", function);
}

struct value callers_text_end(struct callers_text *c, struct arena *arena)
{
	struct value value = {.kind = VALUE_NONE};

	if (!c->to || fclose(c->to) != 0)
		return value;
	value = (struct value){.kind = VALUE_TEXT, .text = arena_strndup(arena, c->text, c->size)};
	free(c->text);
	return value;
}
