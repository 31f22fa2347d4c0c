/* See sequence.h. */
#include "viewer/ui/sequence.h"

#include "viewer/ui/event.h"

enum { SEQUENCE_MAX = 32 };

static const struct {
	char final;
	u32 plain, shifted; /* 0: none */
} finals[] = {
	{'A', KEY_ARROW_UP, 0},
	{'B', KEY_ARROW_DOWN, 0},
	{'C', KEY_ARROW_RIGHT, KEY_SHIFT_RIGHT},
	{'D', KEY_ARROW_LEFT, KEY_SHIFT_LEFT},
	{'H', KEY_TO_HOME, 0},
	{'F', KEY_TO_END, 0},
};

enum sequence_result sequence_take(struct sequence *s, u32 c, u32 *key)
{
	static const char shift[] = "1;2";
	int at = s->n - 1; /* behind the introducer */

	*key = 0;
	if (s->n++ == 0)
		return c == '[' || c == 'O' ? SEQUENCE_MORE : SEQUENCE_NONE;
	if (c < '@' || c > '~') {
		s->shift = s->shift == at && at < 3 && c == (u32)shift[at] ? at + 1 : -1;
		return at + 1 < SEQUENCE_MAX ? SEQUENCE_MORE : SEQUENCE_DONE;
	}
	for (size_t i = 0; i < ARRAY_LEN(finals); i++) {
		if ((u32)finals[i].final == c && (at == 0 || s->shift == 3))
			*key = at == 0 ? finals[i].plain : finals[i].shifted;
	}
	return SEQUENCE_DONE;
}
