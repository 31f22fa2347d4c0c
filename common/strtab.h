/* Interned strings: each distinct string has one dense id, in order of first appearance. Id 0 is always the
 * empty string. */
#ifndef COMMON_STRTAB_H
#define COMMON_STRTAB_H

#include "common/mem.h"

struct strtab {
	ARRAY(const char *) strings; /* by id; NUL-terminated, owned by the arena */
	u32 *slots;                  /* open addressing, id + 1 */
	size_t n_slots;
	struct arena arena;
};

void strtab_init(struct strtab *tab);
void strtab_fini(struct strtab *tab);
u32 strtab_add(struct strtab *tab, const char *s, size_t n); /* finds or adds; s need not be NUL-terminated */
size_t strtab_length(const struct strtab *tab, u32 id); /* in bytes; a command line has NUL bytes inside */
static inline const char *strtab_get(const struct strtab *tab, u32 id)
{
	return id < tab->strings.n ? tab->strings.at[id] : "";
}

#endif
