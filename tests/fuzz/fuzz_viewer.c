/* Any bytes as a trace, and any keys, clicks and sizes while it is looked at: what must always hold of a
 * screen (tests/ui/monkey.h) holds, of hostile traces too. The first bytes are what is done, the rest is the
 * trace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/err.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/stored.h"
#include "tests/ui/monkey.h"

enum { DEED_BYTES = 160 };

static void look(const char *path, const u8 *deeds)
{
	struct monkey monkey = {.bytes = deeds, .n_bytes = DEED_BYTES};
	struct focus first = {.metric = METRIC_PEAK, .sort = COLUMN_METRIC};
	struct bench b;
	struct err err;
	struct trace *trace = trace_open(path, NULL, NULL, &err);

	if (!trace)
		return;
	lens_init(&first.lens);
	app_init(&b.app, path, &first, monkey_roll(&monkey, 2) ? &glyphs_utf8 : &glyphs_ascii);
	surface_init(&b.s, b.app.glyphs->ascii);
	surface_resize(&b.s, 40 + (int)monkey_roll(&monkey, 120), 10 + (int)monkey_roll(&monkey, 40));
	if (monkey_roll(&monkey, 4) == 0)
		app_give_before(&b.app, trace_open(path, NULL, NULL, &err));
	app_give_trace(&b.app, trace, &first.lens);
	settle(&b);
	app_show_view(&b.app, (enum view_id)monkey_roll(&monkey, N_VIEWS));
	while (monkey.n_bytes > 0)
		monkey_step(&monkey, &b);
	end(&b);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
	int fd;
	u8 *copy;
	char path[64];

	if (n < DEED_BYTES)
		return 0;
	fd = memfd_create("trace", MFD_CLOEXEC);
	copy = xmalloc(n - DEED_BYTES + 1);
	memcpy(copy, data + DEED_BYTES, n - DEED_BYTES);
	stored_fix(copy, n - DEED_BYTES);
	if (fd < 0 || write(fd, copy, n - DEED_BYTES) != (ssize_t)(n - DEED_BYTES))
		die(99, "memfd");
	free(copy);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	look(path, data);
	close(fd);
	return 0;
}

/* Each trace with deeds of its own. */
u8 *fuzz_seed(unsigned i, size_t *n)
{
	struct monkey monkey = {.seed = i};
	size_t n_trace;
	u8 *trace = seed_trace(i, &n_trace), *data;

	if (!trace)
		return NULL;
	*n = DEED_BYTES + n_trace;
	data = xmalloc(*n);
	for (size_t k = 0; k < DEED_BYTES; k++)
		data[k] = (u8)monkey_roll(&monkey, 256);
	memcpy(data + DEED_BYTES, trace, n_trace);
	free(trace);
	return data;
}
