/* How much memory a file may make us take, however little it is: what its counts name is taken from that
 * first. */
#include "viewer/load/load.h"

enum {
	MEMORY_MIN = 512 << 20, /* what any file may claim; a larger one may claim in proportion */
	MEMORY_RATIO = 64,
};

static int within_reason(const struct trace *t, u64 bytes, struct err *err)
{
	if (bytes > MAX((u64)MEMORY_MIN, t->private->bytes_read * MEMORY_RATIO))
		return err_set(err, "it claims to hold more than fits into memory");
	return 0;
}

int claim(struct trace *t, u64 n, size_t size, struct err *err)
{
	struct trace_private *p = t->private;

	p->memory = sat_add(p->memory, n > UINT64_MAX / size ? UINT64_MAX : n * size);
	return within_reason(t, p->memory, err);
}

int claim_unpacked(struct trace *t, size_t n, struct err *err)
{
	t->private->unpacked += n;
	return within_reason(t, t->private->unpacked, err);
}
