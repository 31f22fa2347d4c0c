/* The unfolding of trees, over a tree made of a table. */
#include "tests/ui/fake_tree.h"
#include "tests/unit/test.h"

/* root > A(100) > [B(60) > D(60) > E(1), C(39), F(1), G(1)] and root > Z(50) */
static void make(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	fake_add(f, 0, 0, 150);
	u32 a = fake_add(f, 0, 'A', 100), b = fake_add(f, a, 'B', 60);
	fake_add(f, a, 'C', 39);
	u32 d = fake_add(f, b, 'D', 60);
	fake_add(f, d, 'E', 1);
	fake_add(f, a, 'F', 1);
	fake_add(f, a, 'G', 1);
	fake_add(f, 0, 'Z', 50);
	f->nodes[0].parent = NO_ID;
}

/* The rows as letters, depth by dots, the cursor by >, a tail by its count. */
static void check(struct tree *t, const char *wanted)
{
	char got[1024];
	size_t n = 0;

	for (size_t i = 0; i < t->rows.n; i++) {
		const struct tree_row *row = &t->rows.at[i];
		if (i)
			got[n++] = ' ';
		if (i == t->list.cursor)
			got[n++] = '>';
		for (u32 d = 0; d < row->depth; d++)
			got[n++] = '.';
		got[n++] = row->flags & TREE_ROW_TAIL ? (char)('0' + row->hidden)
						      : (char)fake_ops.function(t->data, row->node);
	}
	got[n] = '\0';
	assert_string_equal(got, wanted);
}

static void begin(struct tree *t, struct fake *f)
{
	make(f);
	tree_init(t, &fake_ops, f);
	tree_fit(t, 10);
	tree_update(t);
}

static void test_folding(void **state)
{
	struct fake f;
	struct tree t;

	(void)state;
	begin(&t, &f);
	check(&t, ">A Z");
	tree_unfold(&t);
	check(&t, ">A .B .C .F .G Z");
	tree_unfold(&t);
	check(&t, "A >.B .C .F .G Z");
	tree_unfold(&t);
	check(&t, "A >.B ..D .C .F .G Z");
	tree_move(&t, 1);
	tree_fold(&t); /* folded already: to the parent */
	check(&t, "A >.B ..D .C .F .G Z");
	tree_go(&t, 0);
	tree_fold(&t);
	check(&t, ">A Z");
	tree_unfold(&t); /* what was unfolded inside is still */
	check(&t, ">A .B ..D .C .F .G Z");
	tree_move(&t, 100);
	tree_unfold(&t); /* a leaf */
	check(&t, "A .B ..D .C .F .G >Z");
	tree_fold_all(&t);
	check(&t, "A >Z");
	tree_fini(&t);
}

static void test_the_cursor_follows_its_node(void **state)
{
	struct fake f;
	struct tree t;

	(void)state;
	begin(&t, &f);
	tree_unfold(&t);
	tree_go(&t, 1);
	check(&t, "A >.B .C .F .G Z");
	f.by_function = f.reverse = true;
	tree_update(&t);
	check(&t, "Z A .G .F .C >.B");
	tree_reveal(&t, 5);
	check(&t, "Z A .G .F .C .B ..D >...E");
	/* its row goes: the nearest ancestor */
	tree_fold_all(&t);
	check(&t, "Z >A");
	tree_fini(&t);
}

static void test_tail(void **state)
{
	struct fake f;
	struct tree t;

	(void)state;
	begin(&t, &f);
	t.tail_below = 2;
	tree_unfold(&t);
	check(&t, ">A .B .C .2 Z");
	tree_go(&t, 3);
	assert_true(tree_selected(&t)->flags & TREE_ROW_TAIL);
	tree_unfold(&t);
	check(&t, "A .B .C >.F .G Z");
	tree_go(&t, 0);
	tree_fold(&t);
	tree_unfold(&t); /* folding closes the tail again */
	check(&t, ">A .B .C .2 Z");
	/* a single small one is shown, and so are small ones alone */
	tree_reveal(&t, 5);
	check(&t, "A .B ..D >...E .C .2 Z");
	tree_reveal(&t, 6);
	check(&t, "A .B ..D ...E .C >.F .G Z");
	tree_fini(&t);
}

static void test_siblings_and_paths(void **state)
{
	struct fake f;
	struct tree t;

	(void)state;
	begin(&t, &f);
	tree_hot_path(&t);
	check(&t, "A .B ..D >...E .C .F .G Z");
	tree_go(&t, 1);
	tree_sibling(&t, 1);
	check(&t, "A .B ..D ...E >.C .F .G Z");
	tree_sibling(&t, -1);
	check(&t, "A >.B ..D ...E .C .F .G Z");
	tree_sibling(&t, -1); /* the first one */
	check(&t, "A >.B ..D ...E .C .F .G Z");
	tree_fold_all(&t);
	tree_unfold_all(&t, 1000);
	assert_int_equal(t.rows.n, 8);
	tree_fold_all(&t);
	tree_unfold_all(&t, 3); /* limited: the upper levels first */
	assert_true(t.rows.n < 8 && t.rows.n > 2);
	tree_fini(&t);
}

static void test_trunk(void **state)
{
	struct fake f;
	struct tree t;

	(void)state;
	begin(&t, &f);
	f.nodes[8].weight = 1; /* Z */
	f.nodes[0].weight = 101;
	tree_unfold_trunk(&t);
	check(&t, ">A .B .C .F .G Z");
	tree_fini(&t);
}

/* Down to where there are several; no further where it is unfolded already. */
static void test_chain(void **state)
{
	struct fake f;
	struct tree t;

	(void)state;
	begin(&t, &f);
	tree_unfold_chain(&t);
	check(&t, ">A .B .C .F .G Z");
	tree_move(&t, 1);
	tree_unfold_chain(&t);
	check(&t, "A >.B ..D ...E .C .F .G Z");
	tree_unfold_chain(&t);
	check(&t, "A >.B ..D ...E .C .F .G Z");
	tree_go(&t, 3); /* a leaf */
	tree_unfold_chain(&t);
	check(&t, "A .B ..D >...E .C .F .G Z");
	tree_fini(&t);
}

static void test_search(void **state)
{
	struct fake f;
	struct tree t;

	(void)state;
	begin(&t, &f);
	fake_add(&f, 3, 'E', 2); /* a second E, below C */
	f.wanted = 'E';
	tree_search(&t);
	assert_int_equal(t.matches.n, 2);
	assert_int_equal(tree_match_number(&t), 0);
	assert_true(tree_next_match(&t, 1, true));
	check(&t, "A .B ..D >...E .C .F .G Z");
	assert_int_equal(tree_match_number(&t), 1);
	tree_next_match(&t, 1, true); /* the row itself counts */
	assert_int_equal(tree_match_number(&t), 1);
	tree_next_match(&t, 1, false);
	check(&t, "A .B ..D ...E .C >..E .F .G Z");
	tree_next_match(&t, 1, false); /* around the end */
	assert_int_equal(tree_match_number(&t), 1);
	tree_next_match(&t, -1, false);
	assert_int_equal(tree_match_number(&t), 2);
	/* from a row that is no match, by its place */
	tree_go(&t, 4);
	tree_next_match(&t, -1, false);
	assert_int_equal(tree_match_number(&t), 1);
	tree_go(&t, 4);
	tree_next_match(&t, 1, false);
	assert_int_equal(tree_match_number(&t), 2);
	f.wanted = 'X';
	tree_search(&t);
	assert_false(tree_next_match(&t, 1, true));
	tree_fini(&t);
}

/* What a search has unfolded while it was typed is folded again, for the next letter and when it is given up.
 */
static void test_search_given_up(void **state)
{
	struct fake f;
	struct tree t;

	(void)state;
	begin(&t, &f);
	t.tail_below = 2;
	tree_unfold(&t);
	tree_go(&t, 3);
	check(&t, "A .B .C >.2 Z");
	tree_keep_place(&t);
	f.wanted = 'E';
	tree_search(&t);
	tree_next_match(&t, 1, true);
	check(&t, "A .B ..D >...E .C .2 Z");
	tree_back_to_place(&t);
	f.wanted = 'G';
	tree_search(&t);
	tree_next_match(&t, 1, true);
	check(&t, "A .B .C .F >.G Z");
	tree_back_to_place(&t);
	check(&t, "A .B .C >.2 Z");
	tree_fini(&t);
	/* Of a tree that came meanwhile nothing is known. */
	begin(&t, &f);
	tree_unfold(&t);
	tree_back_to_place(&t);
	check(&t, ">A .B .C .F .G Z");
	tree_fini(&t);
}

static void test_another_tree_takes_over(void **state)
{
	struct fake f, g;
	struct tree t, u;
	struct tree_memory memory = {0};

	(void)state;
	begin(&t, &f);
	tree_reveal(&t, 5); /* E */
	/* the other one has other numbers, and no E */
	memset(&g, 0, sizeof(g));
	fake_add(&g, 0, 0, 9);
	g.nodes[0].parent = NO_ID;
	u32 z = fake_add(&g, 0, 'Z', 8), a = fake_add(&g, 0, 'A', 7);
	u32 b = fake_add(&g, a, 'B', 6);
	fake_add(&g, z, 'B', 5);
	fake_add(&g, b, 'D', 4);
	tree_init(&u, &fake_ops, &g);
	tree_remember(&t, &memory);
	tree_recall(&u, &memory);
	array_free(&memory.spots);
	check(&u, "Z A .B >..D");
	tree_fini(&t);
	tree_fini(&u);
}

static void test_no_nodes(void **state)
{
	struct fake f;
	struct tree t;

	(void)state;
	memset(&f, 0, sizeof(f));
	fake_add(&f, NO_ID, 0, 0);
	tree_init(&t, &fake_ops, &f);
	tree_update(&t);
	assert_null(tree_selected(&t));
	tree_unfold(&t);
	tree_fold(&t);
	tree_sibling(&t, 1);
	tree_hot_path(&t);
	tree_unfold_trunk(&t);
	tree_unfold_all(&t, 10);
	tree_move(&t, 1);
	tree_scroll(&t, 1);
	tree_search(&t);
	assert_false(tree_next_match(&t, 1, false));
	assert_int_equal(t.rows.n, 0);
	tree_fini(&t);
}

static void test_depth(void **state)
{
	static struct fake f;
	struct tree t;

	(void)state;
	memset(&f, 0, sizeof(f));
	fake_add(&f, NO_ID, 0, 0);
	for (u32 i = 1; i < NODES_MAX; i++)
		fake_add(&f, i - 1, 'A', 1);
	tree_init(&t, &fake_ops, &f);
	tree_fit(&t, 5);
	tree_update(&t);
	tree_hot_path(&t);
	assert_int_equal(t.rows.n, NODES_MAX - 1);
	assert_int_equal(tree_selected(&t)->depth, NODES_MAX - 2);
	tree_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folding),
		cmocka_unit_test(test_the_cursor_follows_its_node),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_siblings_and_paths),
		cmocka_unit_test(test_trunk),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_search_given_up),
		cmocka_unit_test(test_another_tree_takes_over),
		cmocka_unit_test(test_no_nodes),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
