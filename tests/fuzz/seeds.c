/* See seeds.h. */
#include "tests/fuzz/seeds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/mem.h"
#include "tests/unit/synth.h"
#include "tests/unit/tracegen.h"

static const char *text = "module /lib/libx.so 0a1b2c3d\n"
			  "function main app main.c 10\n"
			  "function g /lib/libx.so g.h 30 allocator\n"
			  "process 1 100 1 ./app --big\n"
			  "thread 1 100 app\n"
			  "thread 1 101 worker\n"
			  "time 1 exact wall\n"
			  "address 0x7f0000000010\n"
			  "0.001 t1 alloc 64 main>f:25>g\n"
			  "0.002 t2 alloc 100 main>f~g:33 x30\n"
			  "0.003 t1 free #0\n"
			  "0.003 t1 free #9..20\n"
			  "flush\n"
			  "fork 2 200 100 ./app\n"
			  "thread 2 200\n"
			  "time 2 sample cpu 1000\n"
			  "0.003 t1 calls 5 0.001 main>f>f\n"
			  "0.003 t3 sample 0.001 main>py x2\n"
			  "0.004 t3 alloc 1000 main>py\n"
			  "0.006 t1 free #1..2\n"
			  "0.006 t1 map 8192 main>f\n"
			  "0.007 rss 1 65536\n"
			  "0.008 exit 2 7\n";

/* A small one with everything, the same cut short, one of several blocks, one of short blocks with merged
 * ones. */
u8 *seed_trace(unsigned i, size_t *n)
{
	static const struct synth programs[] = {
		{.seed = 1,
		 .n_events = 2500,
		 .n_sites = 20,
		 .n_threads = 9,
		 .n_processes = 4,
		 .n_live = 60,
		 .flush_every = 900,
		 .addresses = true,
		 .ends = true},
		{.seed = 2,
		 .n_events = 700,
		 .n_sites = 4,
		 .n_threads = 2,
		 .n_processes = 1,
		 .n_live = 20,
		 .extremes = true,
		 .flush_every = 10},
	};
	char path[] = "/tmp/fuzz-seed.XXXXXX", *killed;
	struct ledger ledger = {0};
	int fd;
	u8 *data;
	FILE *f;

	if (i >= 2 + ARRAY_LEN(programs))
		return NULL;
	fd = mkstemp(path);
	if (fd < 0)
		die(99, "%s: %s", path, strerror(errno));
	close(fd);
	killed = xasprintf("%scut\n", text);
	if (i < 2)
		tracegen_write(path, i == 0 ? text : killed);
	else
		synth_write(path, &programs[i - 2], &ledger);
	free(killed);
	ledger_free(&ledger);
	f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) != 0)
		die(99, "%s: %s", path, strerror(errno));
	*n = (size_t)ftell(f);
	data = xmalloc(*n);
	rewind(f);
	*n = fread(data, 1, *n, f);
	fclose(f);
	unlink(path);
	return data;
}
