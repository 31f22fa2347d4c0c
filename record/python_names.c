/* Qualified names of Python's functions where their code objects have plain ones only. The library tells them
 * long before they are needed, and of many that never are: so none is in the trace before its code is. */
#include <stdlib.h>
#include <string.h>

#include "record/python_merge.h"
#include "record/recorder.h"

enum { MAX_NAMES = 1 << 20 };

void python_names_init(struct python_names *names)
{
	*names = (struct python_names){0};
	idmap_init(&names->ids);
}

void python_names_fini(struct python_names *names)
{
	for (size_t i = 0; i < names->list.n; i++)
		free(names->list.at[i]);
	array_free(&names->list);
	idmap_fini(&names->ids);
}

const char *python_name(const struct python_names *names, const char *text, u32 len)
{
	if (!names->list.n)
		return NULL;
	u32 id = idmap_get(&names->ids, idmap_hash(text, len));
	return id == NO_ID ? NULL : names->list.at[id];
}

void python_take_name(struct recorder *recorder, const char *text, u32 len)
{
	struct python_names *names = &recorder->python.names;
	struct ring_code_name head;
	if (len < sizeof(head) || names->list.n >= MAX_NAMES)
		return;
	memcpy(&head, text, sizeof(head));
	if (head.name_len > len - sizeof(head))
		return;
	u32 code_len = len - (u32)sizeof(head) - head.name_len;
	bool found;
	u32 *id = idmap_put(&names->ids, idmap_hash(text + sizeof(head), code_len), &found);
	if (found)
		return;
	*id = (u32)names->list.n;
	array_push(&names->list, xstrndup(text + sizeof(head) + code_len, head.name_len));
}
