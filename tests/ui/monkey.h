/* Someone who knows nothing at the viewer's keys and mouse, and what must hold of the screen whatever is
 * done: no row is wider than it, nothing but printable characters is on it, the selected row is seen, the
 * hint row says where help is. */
#ifndef TESTS_UI_MONKEY_H
#define TESTS_UI_MONKEY_H

#include "tests/ui/bench.h"

/* What is done is told by the bytes, as long as there are any, then by the seed. */
struct monkey {
	const u8 *bytes;
	size_t n_bytes;
	u32 seed;
};

/* Below n. */
u32 monkey_roll(struct monkey *m, u32 n);

/* One event, maybe a new size before it, maybe new findings after it; then the screen is drawn and checked.
 */
void monkey_step(struct monkey *m, struct bench *b);

void monkey_check(const struct app *app, const struct surface *s);

#endif
