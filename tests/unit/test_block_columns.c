/* A block's columns, there and back: what the writer's functions make of arrays the reader's make arrays of
 * again; what is cut short is refused; and no bytes at all lead out of the arrays. */
#include "tests/unit/test.h"

#include "record/writer_columns.h"
#include "viewer/load/columns.h"

static struct {
	struct content content;
	struct column_room room;
	struct size_groups groups;
	struct size_room size_room;
	u16 locals[BLOCK_EVENTS];
	u32 locals_back[BLOCK_EVENTS];
	u64 values[BLOCK_EVENTS], counts[BLOCK_EVENTS], means[BLOCK_EVENTS], made[BLOCK_EVENTS],
		back[BLOCK_EVENTS];
	u64 words[BIT_WORDS], words_back[BIT_WORDS];
	struct free_codes frees;
	u32 n, n_local;
	u64 first, end_ns;
} t;

static u64 seed;

static u64 draw(u64 below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % below;
}

static u64 draw_any(void)
{
	u64 high = draw(1ull << 31), low = draw(1ull << 31);

	return (high << 40 ^ low << 11 ^ high) >> draw(64);
}

static struct span content_span(size_t n)
{
	return span_of(t.content.bytes.at, n);
}

/* get() takes the column from a record; no strict prefix of it may do. Prefixes are tried near both ends, and
 * some in between. */
static void check_column(int (*get)(struct span *record), const void *wanted, const void *back, size_t size)
{
	struct span all = content_span(t.content.bytes.n);
	size_t n = t.content.bytes.n;

	assert_int_equal(get(&all), 0);
	assert_false(all.bad);
	assert_int_equal(span_left(&all), 0);
	if (size > 0)
		assert_memory_equal(wanted, back, size);
	for (size_t cut = 0; cut < n; cut += cut < 40 || cut + 40 > n ? 1 : MAX(n / 50, (size_t)1)) {
		/* A copy of its own, so that a sanitizer sees every byte read too many. */
		u8 *copy = malloc(cut + 1);
		struct span part = span_of(copy, cut);

		memcpy(copy, t.content.bytes.at, cut);
		assert_int_equal(get(&part), -1);
		free(copy);
	}
	for (u32 i = 0; i < t.content.n_cuts; i++) {
		assert_in_range(t.content.cuts[i], 1, n);
		assert_true(i == 0 || t.content.cuts[i] > t.content.cuts[i - 1]);
	}
}

static int get_bits_back(struct span *record)
{
	return get_bits(record, t.words_back, t.n);
}

static int get_kinds_back(struct span *record)
{
	return get_kinds(record, t.words_back, t.n);
}

static int get_locals_back(struct span *record)
{
	return get_locals(record, t.locals_back, t.n, t.n_local);
}

static int get_sizes_back(struct span *record)
{
	return get_sizes(record, &t.size_room, t.locals_back, t.back, t.n, t.n_local);
}

static int get_distances_back(struct span *record)
{
	return get_distances(record, t.back, t.n);
}

static int get_ordinals_back(struct span *record)
{
	return get_ordinals(record, t.back, t.n, t.first);
}

static int get_times_back(struct span *record)
{
	return get_times(record, t.back, t.n, t.values[0], t.end_ns);
}

static int get_values_back(struct span *record)
{
	return get_values(record, t.back, t.n);
}

static int get_sums_back(struct span *record)
{
	return get_sums(record, t.counts, NULL, t.back, t.n);
}

static int get_sums_of_means_back(struct span *record)
{
	return get_sums(record, t.counts, t.means, t.back, t.n);
}

static const u32 lengths[] = {0, 1, 2, 63, 64, 65, 1000, 5000, BLOCK_EVENTS};

static void bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		t.n = lengths[i];
		memset(t.words, 0, sizeof(t.words));
		for (u32 k = 0; k < t.n / 2; k++)
			t.words[k / 64] |= draw(2) << (k % 64);
		content_clear(&t.content);
		column_bits(&t.content, t.words, t.n);
		check_column(get_bits_back, t.words, t.words_back, sizeof(t.words));
	}
}

/* Events in turn, in runs, at random, all of one kind; both forms. */
static void kinds(void **state)
{
	bool used[2] = {false, false};

	(void)state;
	for (size_t i = 1; i < ARRAY_LEN(lengths); i++)
		for (u32 shape = 0; shape < 6; shape++) {
			u32 kind = shape == 4;

			t.n = lengths[i];
			memset(t.words, 0, sizeof(t.words));
			for (u32 k = 0; k < t.n; k++) {
				kind ^= shape == 0   ? 1
					: shape == 1 ? k % 100 == 99
					: shape == 2 ? draw(2)
					: shape == 3 ? draw(8) == 0
						     : 0;
				t.words[k / 64] |= (u64)kind << (k % 64);
			}
			content_clear(&t.content);
			column_kinds(&t.content, &t.room, t.words, t.n);
			used[t.content.bytes.at[0]] = true;
			check_column(get_kinds_back, t.words, t.words_back, sizeof(t.words));
		}
	assert_true(used[KINDS_BITS] && used[KINDS_RUNS]);
}

/* The kinds of sizes that sites have. */
static u64 draw_size(u32 shape, u32 local, u32 i)
{
	static const u64 edges[] = {0,          1,
				    127,        128,
				    129,        136,
				    1015,       1016,
				    1023,       1024,
				    1032,       3839,
				    3840,       3841,
				    UINT32_MAX, 1ull << 32,
				    8,          255,
				    256,        UINT64_MAX,
				    1ull << 63, (1ull << 63) - 1};

	switch (shape) {
	case 0:
		return local * 24;
	case 1:
		return 600 + i % 3000;
	case 2:
		return 8 + draw(16) * 64;
	case 3:
		return UINT64_MAX - (u64)i * i * 5; /* of the greatest length */
	case 4:
		return edges[draw(ARRAY_LEN(edges))];
	default:
		return draw_any();
	}
}

static void sizes_of(u32 n, u32 n_local, u32 shape)
{
	t.n = n;
	t.n_local = n_local;
	for (u32 i = 0; i < n; i++) {
		t.locals[i] = (u16)draw(n_local);
		t.values[i] = draw_size(shape < 6 ? shape : t.locals[i] % 6, t.locals[i], i);
	}
	content_clear(&t.content);
	column_locals(&t.content, t.locals, n, n_local);
	check_column(get_locals_back, NULL, NULL, 0);
	for (u32 i = 0; i < n; i++)
		assert_int_equal(t.locals_back[i], t.locals[i]);
	content_clear(&t.content);
	sizes_group(&t.groups, t.locals, t.values, NULL, n, n_local);
	column_sizes(&t.content, &t.room, &t.groups);
	check_column(get_sizes_back, t.values, t.back, n * sizeof(*t.values));
}

static void sites_and_sizes(void **state)
{
	static const u32 sites[] = {1, 2, 63, 64, 65, 256, 257, 4000, BLOCK_EVENTS};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		for (size_t k = 0; k < ARRAY_LEN(sites); k++)
			for (u32 shape = 0; shape < 7; shape += 1 + lengths[i] / 5000)
				sizes_of(lengths[i], sites[k], shape);
}

/* What the encodings are for: usual sizes take a byte, those that grow in steps one that is the same. */
static void usual_sizes_are_small(void **state)
{
	(void)state;
	t.n = 1000;
	t.n_local = 1;
	memset(t.locals, 0, sizeof(t.locals));
	memset(t.locals_back, 0, sizeof(t.locals_back));
	for (u32 i = 0; i < t.n; i++)
		t.values[i] = draw(2) ? draw(128) : 8 * (16 + draw(112));
	content_clear(&t.content);
	sizes_group(&t.groups, t.locals, t.values, NULL, t.n, 1);
	column_sizes(&t.content, &t.room, &t.groups);
	assert_in_range(t.content.bytes.n, 1000, 1003);
	for (u32 i = 0; i < t.n; i++)
		t.values[i] = 1ull << 40 | i * 3;
	content_clear(&t.content);
	sizes_group(&t.groups, t.locals, t.values, NULL, t.n, 1);
	column_sizes(&t.content, &t.room, &t.groups);
	assert_in_range(t.content.bytes.n, 1000, 1020);
}

static void ordinals(void **state)
{
	(void)state;
	t.first = 5000000000;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		for (u32 shape = 0; shape < 4; shape++) {
			t.n = lengths[i];
			for (u32 k = 0; k < t.n; k++)
				t.values[k] = shape == 0   ? t.first - 1 - k
					      : shape == 1 ? 7 + k + draw(300)
					      : shape == 2 ? t.first - 1 - draw(400000)
							   : draw_any();
			content_clear(&t.content);
			column_ordinals(&t.content, &t.room, t.values, t.n, t.first);
			check_column(get_ordinals_back, t.values, t.back, t.n * sizeof(*t.values));
		}
}

static void distances(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		for (u32 shape = 0; shape < 4; shape++) {
			t.n = lengths[i];
			for (u32 k = 0; k < t.n; k++)
				t.values[k] = shape == 0   ? 0
					      : shape == 1 ? 200 + draw(100)
					      : shape == 2 ? UINT64_MAX - draw(2)
							   : draw_any();
			content_clear(&t.content);
			column_addresses(&t.content, &t.room, t.values, t.n);
			check_column(get_distances_back, t.values, t.back, t.n * sizeof(*t.values));
		}
}

/* Of what is live in the block either a neighbour of the last one is freed, or any. */
static void frees(void **state)
{
	static u32 freed[BLOCK_EVENTS], allocs[BLOCK_EVENTS];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct span record;
		const u8 *codes;
		u64 behind = 0;
		u32 n_far = 0;

		struct free_hand hand = free_codes_begin(&t.frees);
		for (u32 k = 0; k < lengths[i]; k++) {
			allocs[k] = 1 + (u32)draw(BLOCK_EVENTS);
			freed[k] = draw(3) == 0 ? NO_ID
				   : draw(2)    ? (u32)draw(allocs[k])
						: (u32)MIN(k, allocs[k] - 1);
			if (freed[k] == NO_ID)
				free_codes_earlier(&hand);
			else
				free_codes_own(&hand, freed[k], allocs[k]);
		}
		free_codes_end(&t.frees, &hand);
		content_clear(&t.content);
		column_frees(&t.content, &t.frees);
		record = content_span(t.content.bytes.n);
		assert_int_equal(get_frees(&record, &codes, t.back, lengths[i]), 0);
		assert_int_equal(span_left(&record), 0);
		for (u32 k = 0; k < lengths[i]; k++) {
			u64 index = codes[k] == FREE_FAR ? allocs[k] - 1 - t.back[n_far++]
							 : behind + unzigzag((u64)codes[k] - FREE_NEAR);

			assert_int_equal(codes[k] == FREE_EARLIER, freed[k] == NO_ID);
			if (codes[k] == FREE_EARLIER)
				continue;
			assert_int_equal(index, freed[k]);
			behind = index + 1;
		}
	}
}

static u64 draw_step(u32 shape, u32 i)
{
	switch (shape) {
	case 0:
		return 0;
	case 1:
		return 70;
	case 2:
		return 60 + draw(20) + (draw(300) == 0 ? 30000 : 0);
	case 3:
		return draw(3000);
	case 4:
		return draw(40) == 0 ? draw(1ull << 31) * 1000 : draw(900);
	case 5:
		return draw(4) ? draw(100) : draw(6000);
	case 6:
		return i % 70 == 0 ? 1ull << 41 : 3;
	default:
		return i % 200 ? 1 : 1ull << 45;
	}
}

/* Every time comes back within the promise, none goes back, in whichever form. */
static void times(void **state)
{
	bool used[2] = {false, false};

	(void)state;
	for (size_t i = 1; i < ARRAY_LEN(lengths); i++)
		for (u32 shape = 0; shape < 8; shape++) {
			t.n = lengths[i];
			t.values[0] = 123456789012345ull + shape;
			for (u32 k = 1; k < t.n; k++)
				t.values[k] = t.values[k - 1] + draw_step(shape, k);
			t.end_ns = t.values[t.n - 1];
			content_clear(&t.content);
			column_times(&t.content, &t.room, t.values, t.n);
			used[t.content.bytes.at[0]] = true;
			check_column(get_times_back, NULL, NULL, 0);
			for (u32 k = 0; k < t.n; k++) {
				u64 a = t.values[k], b = t.back[k];

				assert_true((a > b ? a - b : b - a) <= TIME_ERROR);
				assert_in_range(b, k > 0 ? t.back[k - 1] : t.values[0], t.end_ns);
			}
		}
	assert_true(used[TIME_PIECES] && used[TIME_TICKS]);
}

static void sums(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		for (u32 shape = 0; shape < 4; shape++) {
			t.n = lengths[i];
			for (u32 k = 0; k < t.n; k++) {
				t.counts[k] = shape == 3 ? draw_any() : draw(5);
				t.means[k] = shape == 3 ? draw_any() : draw(500);
				t.values[k] = shape == 0   ? 0
					      : shape == 1 ? t.counts[k] * t.means[k]
							   : draw_any();
			}
			content_clear(&t.content);
			column_values(&t.content, &t.room, t.values, t.n);
			check_column(get_values_back, t.values, t.back, t.n * sizeof(*t.values));
			content_clear(&t.content);
			column_sums(&t.content, &t.room, t.counts, t.values, t.made, t.n);
			check_column(get_sums_back, t.values, t.back, t.n * sizeof(*t.values));
			content_clear(&t.content);
			column_sums_of(&t.content, &t.room, t.counts, t.values, t.means, t.n);
			check_column(get_sums_of_means_back, t.values, t.back, t.n * sizeof(*t.values));
		}
}

/* Bytes that nobody wrote: refused or not, all that comes out is in its bounds. */
static void any_bytes(void **state)
{
	(void)state;
	for (u32 round = 0; round < 20000; round++) {
		size_t size = draw(60);
		u8 *copy = malloc(size + 1);
		struct span record = span_of(copy, size);
		const u8 *codes;

		for (size_t i = 0; i < size; i++)
			copy[i] = (u8)(draw(3) ? draw(5) : draw(256));
		t.n = (u32)draw(30);
		t.n_local = 1 + (u32)draw(300);
		t.values[0] = draw_any();
		t.end_ns = t.values[0] + draw(1000000);
		t.first = draw_any();
		switch (round % 9) {
		case 0:
			get_bits_back(&record);
			break;
		case 1:
			if (get_locals_back(&record) == 0)
				for (u32 i = 0; i < t.n; i++)
					assert_true(t.locals_back[i] < t.n_local);
			break;
		case 2:
			for (u32 i = 0; i < t.n; i++)
				t.locals_back[i] = (u32)draw(t.n_local);
			get_sizes_back(&record);
			break;
		case 3:
			get_ordinals_back(&record);
			break;
		case 4:
			get_frees(&record, &codes, t.back, t.n);
			break;
		case 6:
			get_kinds_back(&record);
			break;
		case 7:
			get_distances_back(&record);
			break;
		case 5:
			if (get_times_back(&record) < 0)
				break;
			for (u32 i = 0; i < t.n; i++)
				assert_in_range(t.back[i], i > 0 ? t.back[i - 1] : t.values[0], t.end_ns);
			break;
		default:
			get_sums_of_means_back(&record);
		}
		free(copy);
	}
}

static int setup(void **state)
{
	(void)state;
	seed = 1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	array_free(&t.content.bytes);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits),
		cmocka_unit_test(kinds),
		cmocka_unit_test(sites_and_sizes),
		cmocka_unit_test(usual_sizes_are_small),
		cmocka_unit_test(ordinals),
		cmocka_unit_test(distances),
		cmocka_unit_test(frees),
		cmocka_unit_test(times),
		cmocka_unit_test(sums),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests_name("block columns", tests, setup, teardown);
}
