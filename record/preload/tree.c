/* The trace tree of one thread: an open-addressing hash of (parent, pc) in pages of its own. */
#include "record/preload/pages.h"
#include "record/preload/tree.h"

enum { FIRST_BITS = 10 };

struct tree_node {
	u64 pc; /* 0: free */
	u32 parent;
	u32 id;
};

/* The size lies with the nodes, so that one store of a pointer changes both. */
struct tree_table {
	u32 shift; /* of the hash; 64 - log2 of the number of nodes */
	u8 page[PAGE_BYTES -
		sizeof(u32)]; /* the nodes begin on a page of their own, to be zeroed by the page */
	struct tree_node nodes[];
};

static u64 table_length(const struct tree_table *table)
{
	return (u64)1 << (64 - table->shift);
}

static size_t table_bytes(u32 shift)
{
	return sizeof(struct tree_table) + ((size_t)1 << (64 - shift)) * sizeof(struct tree_node);
}

static struct tree_table *table_new(u32 shift)
{
	struct tree_table *table = pages_map(table_bytes(shift));
	if (table)
		table->shift = shift;
	return table;
}

/* The node of (parent, pc), or the free one where it belongs. */
static struct tree_node *table_find(struct tree_table *table, u32 parent, uintptr_t pc)
{
	u64 hash = (pc ^ (u64)parent << 40 ^ parent) * 0x9e3779b97f4a7c15;
	u64 mask = table_length(table) - 1;
	u64 i = (hash ^ hash << 32) >> table->shift;
	struct tree_node *node = &table->nodes[i & mask];
	while (node->pc && (node->pc != pc || node->parent != parent)) {
		i++;
		node = &table->nodes[i & mask];
	}
	return node;
}

bool tree_init(struct tree *tree, unwind_emit emit, void *context)
{
	tree->table = table_new(64 - FIRST_BITS);
	tree->count = 0;
	tree->emit = emit;
	tree->context = context;
	return tree->table != NULL;
}

void tree_release(struct tree *tree)
{
	pages_unmap(tree->table, table_bytes(tree->table->shift));
}

void tree_reset(struct tree *tree)
{
	tree->count = 0;
	pages_zero(tree->table->nodes, table_bytes(tree->table->shift) - sizeof(struct tree_table));
}

static bool tree_grow(struct tree *tree)
{
	struct tree_table *old = tree->table;
	struct tree_table *table = table_new(old->shift - 1);
	if (!table)
		return false;
	for (u64 i = 0; i < table_length(old); i++) {
		const struct tree_node *node = &old->nodes[i];
		if (node->pc)
			*table_find(table, node->parent, node->pc) = *node;
	}
	__atomic_store_n(&tree->table, table, __ATOMIC_RELEASE);
	pages_unmap(old, table_bytes(old->shift));
	return true;
}

u32 tree_child(struct tree *tree, u32 parent, uintptr_t pc)
{
	struct tree_node *node = table_find(tree->table, parent, pc);
	if (likely(node->pc))
		return node->id;
	u64 length = table_length(tree->table);
	if (unlikely(tree->count >= length / 2)) {
		if (tree_grow(tree))
			node = table_find(tree->table, parent, pc);
		else if (tree->count >= length / 8 * 7)
			return NO_ID;
	}
	u32 id = ++tree->count;
	tree->emit(tree->context, parent, pc);
	node->parent = parent;
	node->id = id;
	node->pc = pc;
	return id;
}
