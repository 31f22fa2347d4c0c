/* The layout of a flame graph, over trees made of a table: where boxes lie, and what is too narrow for one.
 */
#include "tests/ui/fake_tree.h"
#include "tests/unit/test.h"
#include "viewer/ui/flamebox.h"

/* Named by its number. */
static u32 add(struct fake *f, u32 parent, u64 w)
{
	return fake_add(f, parent, f->n, w);
}

static void root(struct fake *f, u64 w)
{
	f->n = 0;
	add(f, NO_ID, w);
}

/* Box number k of a row. */
static const struct flamebox *box(const struct flamebox_layout *l, size_t row, u32 k)
{
	assert_true(row < l->rows.n && k < l->rows.at[row].n);
	return &l->boxes.at[l->rows.at[row].first + k];
}

/* A hundred equal children in 150 columns take all 150, one or two each. */
static void test_nothing_drifts(void **state)
{
	static struct fake f;
	struct flamebox_layout l = {0};

	(void)state;
	root(&f, 100);
	for (int i = 0; i < 100; i++)
		add(&f, 0, 1);
	flamebox_begin(&l, &fake_ops, &f, 0, 150);
	assert_int_equal(flamebox_rows(&l, 9), 2);
	assert_true(l.ended);
	assert_int_equal(l.rows.at[1].n, 100);
	for (u32 i = 0; i < 100; i++) {
		const struct flamebox *b = box(&l, 1, i);
		assert_int_equal(b->x0, (int)(i * 1.5 + 0.5));
		assert_int_equal(b->x1, i < 99 ? box(&l, 1, i + 1)->x0 : 150);
		assert_int_equal(b->above, 0);
	}
	flamebox_free(&l);
}

/* Heaviest first, equal ones by function; where the parent's own part is, nothing hangs. */
static void test_order(void **state)
{
	static struct fake f;
	struct flamebox_layout l = {0};

	(void)state;
	root(&f, 100);
	u32 a = add(&f, 0, 20), b = add(&f, 0, 40), c = add(&f, 0, 20), d = add(&f, c, 10);
	f.nodes[a].function = 9;
	flamebox_begin(&l, &fake_ops, &f, 0, 100);
	flamebox_rows(&l, 9);
	assert_int_equal(l.rows.n, 3);
	assert_int_equal(box(&l, 1, 0)->node, b);
	assert_int_equal(box(&l, 1, 1)->node, c);
	assert_int_equal(box(&l, 1, 2)->node, a);
	assert_int_equal(l.rows.at[1].n, 3);
	assert_int_equal(box(&l, 2, 0)->node, d);
	assert_int_equal(box(&l, 2, 0)->x0, 40);
	assert_int_equal(box(&l, 2, 0)->x1, 50);
	assert_int_equal(flamebox_at(&l, 1, 45), l.rows.at[1].first + 1);
	assert_int_equal(flamebox_at(&l, 1, 80), NO_ID);
	assert_int_equal(flamebox_at(&l, 2, 39), NO_ID);
	assert_int_equal(flamebox_at(&l, 7, 0), NO_ID);
	assert_int_equal(flamebox_row_of(&l, 0), 0);
	assert_int_equal(flamebox_row_of(&l, l.rows.at[2].first), 2);
	flamebox_free(&l);
}

/* What is too narrow is one box, or none, and always counted. */
static void test_rest(void **state)
{
	static struct fake f;
	struct flamebox_layout l = {0};

	(void)state;
	root(&f, 1000);
	add(&f, 0, 800);
	for (int i = 0; i < 30; i++)
		add(&f, 0, 5);
	add(&f, 0, 0);
	flamebox_begin(&l, &fake_ops, &f, 0, 100);
	flamebox_rows(&l, 9);
	assert_int_equal(l.rows.at[1].n, 2);
	assert_int_equal(l.rows.at[1].narrow, 30);
	assert_int_equal(l.rows.at[1].narrow_weight, 150);
	assert_int_equal(box(&l, 1, 1)->hidden, 30);
	assert_int_equal(box(&l, 1, 1)->node, 0);
	assert_int_equal(box(&l, 1, 1)->x0, 80);
	assert_int_equal(box(&l, 1, 1)->x1, 95);
	/* With room enough each has its own. */
	flamebox_begin(&l, &fake_ops, &f, 0, 200);
	flamebox_rows(&l, 9);
	assert_int_equal(l.rows.at[1].n, 31);
	assert_int_equal(l.rows.at[1].narrow, 0);
	/* With none at all, they are counted with the row above. */
	root(&f, 1000);
	add(&f, 0, 1);
	add(&f, 0, 1);
	flamebox_begin(&l, &fake_ops, &f, 0, 20);
	assert_int_equal(flamebox_rows(&l, 9), 1);
	assert_int_equal(l.rows.at[0].narrow, 2);
	/* A single one is itself, where it has a cell. */
	root(&f, 1000);
	add(&f, 0, 700);
	u32 last = add(&f, 0, 8);
	flamebox_begin(&l, &fake_ops, &f, 0, 50);
	flamebox_rows(&l, 9);
	assert_int_equal(l.rows.at[1].narrow, l.rows.at[1].n == 2 ? 0 : 1);
	flamebox_begin(&l, &fake_ops, &f, 0, 90);
	flamebox_rows(&l, 9);
	assert_int_equal(l.rows.at[1].n, 2);
	assert_int_equal(box(&l, 1, 1)->node, last);
	assert_int_equal(box(&l, 1, 1)->hidden, 0);
	flamebox_free(&l);
}

static void test_nothing_to_weigh(void **state)
{
	static struct fake f;
	struct flamebox_layout l = {0};

	(void)state;
	root(&f, 0);
	add(&f, 0, 0);
	flamebox_begin(&l, &fake_ops, &f, 0, 80);
	assert_int_equal(flamebox_rows(&l, 9), 1);
	assert_int_equal(box(&l, 0, 0)->x1, 80);
	flamebox_free(&l);
}

/* Any tree, any width: boxes of a row never overlap, and lie under theirs; what is drawn and what is not is
 * all there is; a row more or less changes nothing above it. */
static void test_random(void **state)
{
	static struct fake f;
	u32 seed = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct flamebox_layout l = {0}, part = {0};
		u64 left[NODES_MAX];
		int w = 1 + round * 7 % 240;
		root(&f, round % 3 ? 1000003 : UINT64_MAX / 2);
		left[0] = f.nodes[0].weight;
		while (f.n < 400) {
			seed = seed * 1664525 + 1013904223;
			u32 parent = (seed >> 8) % f.n;
			u64 most = left[parent] / (1 + (seed >> 24) % 5), mine = most ? most - most / 7 : 0;
			left[parent] -= mine;
			left[f.n] = mine;
			add(&f, parent, mine);
		}
		flamebox_begin(&l, &fake_ops, &f, 0, w);
		size_t n = flamebox_rows(&l, NODES_MAX);
		assert_true(l.ended);
		for (size_t row = 1; row < n; row++) {
			int x = 0;
			u64 sum = 0, drawn = 0;
			for (u32 k = 0; k < l.rows.at[row].n; k++) {
				const struct flamebox *b = box(&l, row, k), *above = &l.boxes.at[b->above];
				assert_true(b->x0 >= x && b->x0 < b->x1);
				assert_true(above->x0 <= b->x0 && b->x1 <= above->x1);
				assert_int_equal(flamebox_row_of(&l, b->above), row - 1);
				assert_int_equal(flamebox_at(&l, row, b->x0), l.rows.at[row].first + k);
				assert_int_equal(flamebox_at(&l, row, b->x1 - 1), l.rows.at[row].first + k);
				x = b->x1;
				drawn += b->hidden ? 0 : b->weight;
			}
			for (u32 k = 0; k < l.rows.at[row - 1].n; k++) {
				const struct flamebox *b = box(&l, row - 1, k);
				for (u32 c = fake_ops.first_child(&f, b->node); c != NO_ID && !b->hidden;
				     c = fake_ops.next_sibling(&f, c))
					sum += f.nodes[c].weight;
			}
			if (row + 1 < n)
				assert_int_equal(sum, drawn + l.rows.at[row].narrow_weight);
		}
		flamebox_begin(&part, &fake_ops, &f, 0, w);
		for (size_t row = 1; row <= n; row++)
			flamebox_rows(&part, row);
		assert_int_equal(part.boxes.n, l.boxes.n);
		for (size_t i = 0; i < l.boxes.n; i++) {
			assert_int_equal(part.boxes.at[i].node, l.boxes.at[i].node);
			assert_int_equal(part.boxes.at[i].x0, l.boxes.at[i].x0);
		}
		flamebox_free(&l);
		flamebox_free(&part);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_drifts), cmocka_unit_test(test_order),
		cmocka_unit_test(test_rest),           cmocka_unit_test(test_nothing_to_weigh),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
