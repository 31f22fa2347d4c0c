/* The heap map of a moment: areas, pages, holes, and what is said where there are no addresses. */
#include "tests/unit/test.h"

#include <unistd.h>

#include "common/bytes.h"
#include "tests/unit/modeltest.h"
#include "tests/unit/tracegen.h"
#include "viewer/model/heap_map.h"

#define BEGIN "process 1 100 1 ./app\nthread 1 100 app\n"

static struct heap_map map;

static void make(const char *text, u32 pid, bool at_end, u64 to_ns)
{
	struct trace *trace = modeltest_trace(text);
	struct lens lens;
	struct analysis *a;
	struct err err = {""};

	lens_init(&lens);
	if (pid) {
		lens.pids = &pid;
		lens.n_pids = 1;
	}
	if (at_end)
		lens.to_ns = to_ns;
	a = modeltest_lens(trace, &lens);
	heap_map_fini(&map);
	if (heap_map_init(&map, a, at_end, &err) < 0)
		fail_msg("%s", err.text);
	assert_false(map.damaged);
	assert_int_equal(map.unknown, 0);
	if (!at_end)
		assert_int_equal(map.bytes, a->total.figures.peak_bytes);
	analysis_free(a);
	trace_free(trace);
}

/* 1000 blocks of 4000 bytes, each in 4016; of the last 999 every second is freed, so that there is another,
 * later moment. */
static char *every_second(void)
{
	struct bytes text = {0};
	char line[64];

	static const char begin[] = BEGIN "address 0x10000010\n0.001 t1 alloc 4000 main>f x1000\n";

	bytes_put(&text, begin, strlen(begin));
	for (int i = 1; i < 1000; i += 2)
		bytes_put(&text, line, (size_t)snprintf(line, sizeof(line), "0.002 t1 free #%d\n", i));
	bytes_put(&text, "end 1", strlen("end 1") + 1);
	return (char *)text.at;
}

static void holes_are_found(void **state)
{
	char *text = every_second();
	const struct map_area *area;

	(void)state;
	make(text, 0, false, 0);
	assert_int_equal(map.areas.n, 1);
	area = &map.areas.at[0];
	assert_int_equal(map.bytes, 4000000);
	assert_int_equal(map.pages, 981); /* of 4,016,000 bytes */
	assert_int_equal(area->hole, 16);
	assert_int_equal(map.ns / 1000000, 1);

	make(text, 0, true, 3000000);
	assert_int_equal(map.areas.n, 1);
	area = &map.areas.at[0];
	assert_int_equal(area->start, 0x10000010);
	assert_int_equal(area->span, 998 * 4016 + 4000);
	assert_int_equal(area->blocks, 500);
	assert_int_equal(area->bytes, 2000000);
	assert_int_equal(area->hole, 16 + 4000 + 16);
	assert_int_equal(map.hole, area->hole);
	/* Nearly all pages still have a part of some block: half of them is free. */
	assert_in_range(area->pages, 970, 980);
	assert_in_range(map_fragmentation(map.bytes, map.pages) / 10000000, 49, 51);
	for (u32 i = 0; i + 1 < MAP_CELLS; i++)
		assert_in_range(area->cells[i] * 100 / map_cell(area->span), 45, 55);
	free(text);
}

static void areas_are_parted(void **state)
{
	(void)state;
	make(BEGIN "address 0x10000010\n"
		   "0.001 t1 alloc 100 main>f x2\n"
		   "address 0x10100010\n" /* the next touched page but 255 */
		   "0.001 t1 alloc 100 main>f\n"
		   "address 0x10300010\n" /* too far */
		   "0.001 t1 alloc 0 main>f\n"
		   "address 0x10301010\n" /* mapped by itself, as its size and place say */
		   "0.001 t1 alloc 200000 main>f\n"
		   "address 0x10340000\n" /* not so */
		   "0.001 t1 alloc 200000 main>f\n",
	     0, false, 0);
	assert_int_equal(map.areas.n, 4);
	assert_int_equal(map.areas.at[0].blocks, 3);
	assert_int_equal(map.areas.at[0].pages, 2);
	assert_int_equal(map.areas.at[0].span, 0x100000 + 100);
	assert_int_equal(map.areas.at[0].hole, 0x100000 - 112 - 100);
	assert_int_equal(map.areas.at[1].blocks, 1);
	assert_int_equal(map.areas.at[1].bytes, 0);
	assert_int_equal(map.areas.at[1].pages, 1);
	assert_true(map.areas.at[2].large);
	assert_int_equal(map.areas.at[2].pages, (200000 + 16 + 4095) / 4096);
	assert_false(map.areas.at[3].large);
	assert_int_equal(map.pages, 2 + 1 + 49 + 49);
}

/* Addresses of two processes are different things; what one had is gone with it. */
static void processes_are_parted(void **state)
{
	static const char *text = BEGIN "address 0x10000010\n"
					"0.001 t1 alloc 100 main>f\n"
					"fork 2 200 100 ./app\n"
					"thread 2 200\n"
					"address 0x10000010\n"
					"0.002 t2 alloc 300 main>f\n"
					"0.003 exit 2 0\n"
					"0.004 t1 alloc 100 main>f\n"
					"0.005 t1 free #0\n"
					"end 1\n";

	(void)state;
	make(text, 0, false, 0);
	assert_int_equal(map.areas.n, 2);
	assert_int_equal(map.bytes, 400);
	make(text, 200, false, 0);
	assert_int_equal(map.areas.n, 1);
	assert_int_equal(map.areas.at[0].process, 1);
	assert_int_equal(map.bytes, 300);
	make(text, 100, false, 0);
	assert_int_equal(map.blocks, 2);
	make(text, 0, true, UINT64_MAX);
	assert_int_equal(map.blocks, 1);
	assert_int_equal(map.bytes, 100);
}

/* The block is told of as a realloc; it has moved. */
static void a_realloc_moves(void **state)
{
	(void)state;
	make(BEGIN "address 0x10000010\n"
		   "0.001 t1 alloc 100 main>f\n"
		   "address 0x20000010\n"
		   "0.002 t1 realloc #0 200 main>f\n",
	     0, false, 0);
	assert_int_equal(map.areas.n, 1);
	assert_int_equal(map.areas.at[0].start, 0x20000010);
}

/* Blocks of events over and over, of which few have what lives. */
static void many_blocks(void **state)
{
	(void)state;
	make(BEGIN "address 0x10000010\n"
		   "0.001 t1 alloc 16 main>f x200000\n"
		   "flush\n"
		   "0.002 t1 free #3..199990\n"
		   "flush\n"
		   "0.003 t1 alloc 7000000 main>f\n"
		   "flush\n"
		   "end 1\n",
	     0, true, UINT64_MAX);
	assert_int_equal(map.blocks, 3 + 9 + 1);
	assert_int_equal(map.areas.n, 2);
	assert_int_equal(map.areas.at[0].blocks, 3);
	assert_int_equal(map.areas.at[1].blocks, 10);
}

static void addresses_at_the_ends_do(void **state)
{
	(void)state;
	make(BEGIN "address 0xfffffffffffffff8\n"
		   "0.001 t1 alloc 100 main>f\n"
		   "address 0x0\n"
		   "0.001 t1 alloc 0x100000000000000 main>f\n"
		   "0.001 t1 alloc 0 main>f\n"
		   "address 0x10\n"
		   "0.001 t1 alloc 0xfffffffffffffff main>f\n"
		   "address 0x8\n"
		   "0.001 t1 alloc 0 main>f\n",
	     0, true, UINT64_MAX);
	assert_int_equal(map.blocks, 5);
}

static void without_addresses_it_is_refused(void **state)
{
	struct trace *trace = modeltest_trace(BEGIN "0.001 t1 alloc 64 main>f\n");
	struct analysis *a = modeltest_all(trace);
	struct err err = {""};

	(void)state;
	heap_map_fini(&map);
	assert_int_equal(heap_map_init(&map, a, false, &err), -1);
	assert_non_null(strstr(err.text, "memtrace record --addresses"));
	analysis_free(a);
	trace_free(trace);
}

static void an_empty_one_is_empty(void **state)
{
	(void)state;
	make(BEGIN "address 0x10000010\n", 0, false, 0);
	assert_int_equal(map.areas.n, 0);
	assert_int_equal(map_fragmentation(0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holes_are_found),
		cmocka_unit_test(areas_are_parted),
		cmocka_unit_test(processes_are_parted),
		cmocka_unit_test(a_realloc_moves),
		cmocka_unit_test(many_blocks),
		cmocka_unit_test(addresses_at_the_ends_do),
		cmocka_unit_test(without_addresses_it_is_refused),
		cmocka_unit_test(an_empty_one_is_empty),
	};
	int failed = cmocka_run_group_tests_name("heap map", tests, NULL, NULL);

	heap_map_fini(&map);
	return failed;
}
