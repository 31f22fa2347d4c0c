/* Runs a fuzz target without libFuzzer. fuzz_X [MUTANTS]: its seeds, each cut at many places and with many
 * bytes changed, then random mutants, always the same ones without a number. fuzz_X FILE...: these inputs.
 * fuzz_X --seeds DIR: writes the seeds there, for libFuzzer to start from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "tests/fuzz/fuzz.h"

#ifndef FUZZ_MUTANTS
#define FUZZ_MUTANTS 1000
#endif
#ifndef FUZZ_SINGLES
#define FUZZ_SINGLES 400
#endif
enum { EDITS_MAX = 6 };

static u64 next_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* One change at a random place: a byte, a run of absurd varint bytes, bytes from elsewhere, a gap, or a copy.
 * n may change within room. */
static size_t edit(u8 *data, size_t n, size_t room, u64 *random)
{
	static const u8 values[] = {0, 1, 0x7f, 0x80, 0xff};
	u64 r = next_random(random);
	size_t at = (size_t)((r >> 32) % n), length = 1 + (size_t)(r >> 8) % 16;
	size_t from = (size_t)(next_random(random) % n);

	length = MIN(length, n - MAX(at, from));
	switch (r % 8) {
	case 0:
		data[at] ^= (u8)(1u << (r >> 16 & 7));
		return n;
	case 1:
		data[at] = (u8)(r >> 16);
		return n;
	case 2:
		data[at] = values[(r >> 16) % ARRAY_LEN(values)];
		return n;
	case 3:
		data[at] += (r >> 16 & 1) ? 1 : 0xff;
		return n;
	case 4:
		memset(data + at, 0xff, length - 1);
		data[at + length - 1] = 1;
		return n;
	case 5:
		memmove(data + at, data + from, length);
		return n;
	case 6:
		memmove(data + at, data + at + length, n - at - length);
		return n - length > 0 ? n - length : n;
	default:
		if (n + length > room)
			return n;
		memmove(data + at + length, data + at, n - at);
		return n + length;
	}
}

struct seed {
	u8 *data;
	size_t n;
};

static void run_singles(const struct seed *seed)
{
	size_t n = seed->n;
	u8 *data = xmalloc(n + 1);

	for (size_t i = 0; i <= n; i += 1 + n / FUZZ_SINGLES) {
		LLVMFuzzerTestOneInput(seed->data, i);
		if (i == n)
			break;
		memcpy(data, seed->data, n);
		data[i] ^= (u8)(1u << i % 8);
		LLVMFuzzerTestOneInput(data, n);
		data[i] = 0xff;
		LLVMFuzzerTestOneInput(data, n);
	}
	free(data);
}

static void run_mutant(const struct seed *seed, u64 *random)
{
	u64 edits = 1 + next_random(random) % EDITS_MAX;
	size_t room = seed->n + 256, now = seed->n;
	u8 *data = xmalloc(room);

	memcpy(data, seed->data, seed->n);
	while (edits-- > 0)
		now = edit(data, now, room, random);
	LLVMFuzzerTestOneInput(data, now);
	free(data);
}

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	u8 *data = NULL;
	size_t n = 0, got;

	if (!f) {
		perror(path);
		return 1;
	}
	do {
		data = xrealloc(data, n + 65536, 1);
		got = fread(data + n, 1, 65536, f);
		n += got;
	} while (got > 0);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	return 0;
}

static int write_seeds(const char *dir)
{
	size_t n;
	u8 *seed;

	for (unsigned i = 0; (seed = fuzz_seed(i, &n)) != NULL; i++) {
		char *path = xasprintf("%s/seed-%u", dir, i);
		FILE *f = fopen(path, "wb");

		if (!f || fwrite(seed, 1, n, f) != n || fclose(f) != 0) {
			perror(path);
			return 1;
		}
		free(path);
		free(seed);
	}
	return 0;
}

int main(int argc, char **argv)
{
	u64 mutants = FUZZ_MUTANTS, random = 1;
	struct seed seed;

	if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
		return write_seeds(argv[2]);
	if (argc > 1 && (mutants = strtoull(argv[1], NULL, 10)) == 0) {
		int failed = 0;

		for (int i = 1; i < argc; i++)
			failed |= run_file(argv[i]);
		return failed;
	}
	ARRAY(struct seed) seeds = {0};
	while ((seed.data = fuzz_seed((unsigned)seeds.n, &seed.n)) != NULL)
		array_push(&seeds, seed);
	for (size_t i = 0; i < seeds.n; i++)
		run_singles(&seeds.at[i]);
	for (u64 k = 0; k < mutants * seeds.n; k++)
		run_mutant(&seeds.at[k % seeds.n], &random);
	for (size_t i = 0; i < seeds.n; i++)
		free(seeds.at[i].data);
	array_free(&seeds);
	return 0;
}
