/* Memory for the recorder and the viewer (never for the preload library): allocation that ends the program with a clear
 * line when there is none left, a growing array, and an arena for what lives as long as its owner. */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include "common/types.h"

/* libiberty, which the recorder is linked with for its demangler, has functions of these names, too. */
#define xmalloc mt_xmalloc
#define xcalloc mt_xcalloc
#define xrealloc mt_xrealloc
#define xstrdup mt_xstrdup
#define xstrndup mt_xstrndup
#define xasprintf mt_xasprintf

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *block, size_t n, size_t size); /* n * size bytes, checked for overflow */
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A growing array: `ARRAY(struct row) rows = {0}; array_push(&rows, row); rows.at[i]; rows.n; array_free(&rows);` */
#define ARRAY(type)                                                                                                   \
	struct {                                                                                                      \
		type *at;                                                                                             \
		size_t n, cap;                                                                                        \
	}
#define array_reserve(a, want)                                                                                        \
	do {                                                                                                          \
		size_t array_want_ = (want);                                                                          \
		if (array_want_ > (a)->cap) {                                                                         \
			size_t array_cap_ = (a)->cap ? (a)->cap * 2 : 16;                                             \
			if (array_cap_ < array_want_)                                                                 \
				array_cap_ = array_want_;                                                             \
			(a)->at = xrealloc((a)->at, array_cap_, sizeof(*(a)->at));                                    \
			(a)->cap = array_cap_;                                                                        \
		}                                                                                                     \
	} while (0)
#define array_push(a, ...)                                                                                            \
	do {                                                                                                          \
		array_reserve(a, (a)->n + 1);                                                                         \
		(a)->at[(a)->n++] = (__VA_ARGS__);                                                                    \
	} while (0)
/* For one that was reserved larger than it came to be, and grows no more. */
#define array_shrink(a)                                                                                               \
	do {                                                                                                          \
		if ((a)->n == 0)                                                                                      \
			array_free(a);                                                                                \
		else if ((a)->n < (a)->cap)                                                                           \
			(a)->at = xrealloc((a)->at, (a)->n, sizeof(*(a)->at));                                        \
		(a)->cap = (a)->n;                                                                                    \
	} while (0)
#define array_free(a)                                                                                                 \
	do {                                                                                                          \
		free((a)->at);                                                                                        \
		(a)->at = NULL;                                                                                       \
		(a)->n = (a)->cap = 0;                                                                                \
	} while (0)

/* Blocks that are freed all at once. Memory is zeroed and aligned to 16 bytes. */
struct arena {
	struct arena_chunk *chunk;
};
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strndup(struct arena *arena, const char *s, size_t n);
void arena_free(struct arena *arena);

#endif
