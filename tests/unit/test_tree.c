/* The trace tree: ids, growth, reset, and memory that can't be had. */
#include "record/preload/tree.h"
#include "tests/unit/test.h"
#include "tests/unit/unwind_pages.h"

/* The hashes of the paths to nodes, as the unwinder keeps them with its frames. */
static u64 hashes[1 << 17];

/* The id of the child of a node that is known. */
static u32 child_of(struct tree *tree, u32 parent, uintptr_t pc)
{
	u64 hash = tree_hash(hashes[parent], pc);
	u32 id = tree_child(tree, parent, pc, hash);
	if (id != NO_ID)
		hashes[id] = hash;
	return id;
}

struct log {
	u32 count;
	u32 parents[1 << 17];
	uintptr_t pcs[1 << 17];
};

static void remember(void *context, u32 parent, uintptr_t pc)
{
	struct log *log = context;
	log->count++;
	if (log->count < ARRAY_LEN(log->pcs)) {
		log->parents[log->count] = parent;
		log->pcs[log->count] = pc;
	}
}

static struct log *log_new(void)
{
	struct log *log = calloc(1, sizeof(*log));
	assert_non_null(log);
	return log;
}

static void test_ids_count_up(void **state)
{
	struct log *log = log_new();
	struct tree tree;
	(void)state;
	assert_true(tree_init(&tree, remember, log));
	assert_int_equal(child_of(&tree, 0, 100), 1);
	assert_int_equal(child_of(&tree, 1, 100), 2);
	assert_int_equal(child_of(&tree, 0, 200), 3);
	assert_int_equal(child_of(&tree, 1, 100), 2);
	assert_int_equal(child_of(&tree, 0, 100), 1);
	assert_int_equal(log->count, 3);
	assert_int_equal(log->parents[2], 1);
	assert_int_equal(log->pcs[3], 200);
	tree_release(&tree);
	free(log);
}

static void test_growth(void **state)
{
	struct log *log = log_new();
	struct tree tree;
	(void)state;
	assert_true(tree_init(&tree, remember, log));
	/* Nodes change places when they are asked for again. */
	for (int round = 0; round < 6; round++) {
		for (u32 i = 0; i < 100000; i++)
			assert_int_equal(child_of(&tree, i / 3, 0x400000 + i % 3 * 16), i + 1);
	}
	assert_int_equal(log->count, 100000);
	for (u32 i = 0; i < 100000; i++)
		assert_int_equal(log->parents[i + 1], i / 3);
	tree_release(&tree);
	assert_int_equal(pages_in_use(), 0);
	free(log);
}

/* One parent with very many children, and one very deep line. */
static void test_unlike_shapes(void **state)
{
	struct log *log = log_new();
	struct tree tree;
	(void)state;
	assert_true(tree_init(&tree, remember, log));
	for (u32 i = 0; i < 50000; i++)
		assert_int_equal(child_of(&tree, 0, 0x7f0000000000 + i), i + 1);
	for (u32 i = 50000; i < 100000; i++)
		assert_int_equal(child_of(&tree, i, 0x7f0000000000), i + 1);
	tree_release(&tree);
	free(log);
}

static void test_reset(void **state)
{
	struct log *log = log_new();
	struct tree tree;
	(void)state;
	assert_true(tree_init(&tree, remember, log));
	for (u32 nodes = 10; nodes <= 100000; nodes *= 100) {
		for (u32 i = 0; i < nodes; i++)
			assert_int_equal(child_of(&tree, i, 5), i + 1);
		tree_reset(&tree);
		assert_int_equal(child_of(&tree, 0, 7), 1);
		tree_reset(&tree);
	}
	tree_release(&tree);
	free(log);
}

/* No memory to grow: as long as there is room nodes are made, known ones are found, and it goes on when
 * memory is back. */
static void test_no_memory(void **state)
{
	struct log *log = log_new();
	struct tree tree;
	u32 made = 0;
	(void)state;
	pages_fail_after(0);
	assert_false(tree_init(&tree, remember, log));
	pages_fail_after(1);
	assert_true(tree_init(&tree, remember, log));
	while (child_of(&tree, 0, made + 1) != NO_ID)
		made++;
	assert_true(made > 500);
	assert_int_equal(log->count, made);
	for (u32 i = 0; i < made; i++)
		assert_int_equal(child_of(&tree, 0, i + 1), i + 1);
	assert_int_equal(child_of(&tree, 3, 4), NO_ID);
	pages_fail_after(UINT32_MAX);
	assert_int_equal(child_of(&tree, 3, 4), made + 1);
	assert_int_equal(child_of(&tree, 0, 1), 1);
	tree_release(&tree);
	assert_int_equal(pages_in_use(), 0);
	free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_count_up),  cmocka_unit_test(test_growth),
		cmocka_unit_test(test_unlike_shapes), cmocka_unit_test(test_reset),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
