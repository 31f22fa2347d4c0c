/* Ranges of mapped memory, against a table of pages: holes, splits, mappings over others. */
#include "tests/unit/test.h"

#include "record/mappings.h"

enum { PAGES = 64, SITES = 8 };

struct truth {
	u32 site[PAGES]; /* site + 1, 0: free */
	u64 gone[SITES];
	u64 expected_gone[SITES];
};

static void on_gone(void *context, u32 site, u64 bytes)
{
	struct truth *t = context;
	t->gone[site] += bytes;
}

static void clear(struct truth *t, u32 from, u32 n)
{
	for (u32 p = from; p < from + n; p++) {
		if (t->site[p])
			t->expected_gone[t->site[p] - 1] += 4096;
		t->site[p] = 0;
	}
}

static void same(const struct mappings *m, const struct truth *t)
{
	u32 seen[PAGES] = {0};
	u64 last = 0;

	for (size_t i = 0; i < m->ranges.n; i++) {
		const struct mapping *r = &m->ranges.at[i];
		assert_true(r->start >= last && r->end > r->start);
		last = r->end;
		for (u64 p = r->start / 4096; p < r->end / 4096; p++)
			seen[p] = r->site + 1;
	}
	assert_memory_equal(seen, t->site, sizeof(seen));
	assert_memory_equal(t->gone, t->expected_gone, sizeof(t->gone));
}

static void like_pages(void **state)
{
	static struct truth t;
	struct mappings m = {0};
	u64 seed = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		u32 from = (u32)(seed >> 33) % PAGES;
		u32 n = 1 + (u32)(seed >> 45) % (PAGES - from);
		u32 site = (u32)(seed >> 55) % SITES;

		clear(&t, from, n);
		if (seed >> 62 & 1) {
			mappings_add(&m, from * 4096ull, n * 4096ull, site, on_gone, &t);
			for (u32 p = from; p < from + n; p++)
				t.site[p] = site + 1;
		} else {
			mappings_remove(&m, from * 4096ull, n * 4096ull, on_gone, &t);
		}
		same(&m, &t);
	}
	mappings_fini(&m);
}

static void hostile_ranges(void **state)
{
	struct truth t = {{0}, {0}, {0}};
	struct mappings m = {0};

	(void)state;
	mappings_add(&m, 4096, UINT64_MAX, 0, on_gone, &t);
	assert_int_equal(m.ranges.n, 0);
	mappings_add(&m, 4096, 0, 0, on_gone, &t);
	assert_int_equal(m.ranges.n, 0);
	mappings_add(&m, 4096, 8192, 1, on_gone, &t);
	mappings_remove(&m, 8192, UINT64_MAX, on_gone, &t);
	assert_int_equal(m.ranges.n, 1);
	assert_int_equal(t.gone[1], 4096);
	mappings_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_pages),
		cmocka_unit_test(hostile_ranges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
