/* The trace tree of one thread: an open-addressing hash in pages of its own. */
#include "record/preload/tree.h"
#include "record/preload/pages.h"

enum { FIRST_BITS = 10, LARGE_BITS = 15, SEEKS_TO_PROMOTE = 8 };

static u64 table_length(const struct tree_table *table)
{
	return (u64)1 << (64 - table->shift);
}

/* Nodes at which the table grows: a large one is better small than sparse. */
static u64 capacity(const struct tree_table *table)
{
	return table->large ? table_length(table) / 4 * 3 : table_length(table) / 2;
}

static size_t table_bytes(u32 shift)
{
	return sizeof(struct tree_table) + ((size_t)1 << (64 - shift)) * sizeof(struct tree_node);
}

static struct tree_table *table_new(u32 shift)
{
	struct tree_table *table = pages_map(table_bytes(shift));
	if (table) {
		table->shift = shift;
		table->large = shift <= 64 - LARGE_BITS;
	}
	return table;
}

/* The node of (parent, pc), or the free one where it belongs. */
static struct tree_node *table_find(struct tree_table *table, u64 hash, u32 parent, uintptr_t pc)
{
	u64 mask = table_length(table) - 1;
	u64 i = hash >> table->shift;
	struct tree_node *node = &table->nodes[i];
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

/* Moves all nodes into a new table. Their hashes come again, parents first. */
static void move_nodes(const struct tree_table *from, struct tree_table *to, u64 *hashes, u32 *places,
		       u32 count)
{
	for (u64 i = 0; i < table_length(from); i++) {
		if (from->nodes[i].pc)
			places[from->nodes[i].id] = (u32)i;
	}
	for (u32 id = 1; id <= count; id++) {
		const struct tree_node *node = &from->nodes[places[id]];
		hashes[id] = tree_hash(hashes[node->parent], node->pc);
		*table_find(to, hashes[id], node->parent, node->pc) = *node;
	}
}

static bool tree_grow(struct tree *tree)
{
	struct tree_table *old = tree->table;
	size_t hash_bytes = ((size_t)tree->count + 1) * sizeof(u64);
	size_t bytes = hash_bytes + ((size_t)tree->count + 1) * sizeof(u32);
	u64 *hashes = old->shift > 64 - 31 ? pages_map(bytes) : NULL;
	struct tree_table *table = hashes ? table_new(old->shift - 1) : NULL;
	if (table) {
		move_nodes(old, table, hashes, (u32 *)((u8 *)hashes + hash_bytes), tree->count);
		__atomic_store_n(&tree->table, table, __ATOMIC_RELEASE);
		pages_unmap(old, table_bytes(old->shift));
	}
	if (hashes)
		pages_unmap(hashes, bytes);
	return table != NULL;
}

/* Of two nodes with one place, the one that is asked for more often shall have it. All that lie between a
 * node's place and the node are taken, so any two of them may change. */
static u32 promote(struct tree *tree, struct tree_node *node, u64 hash)
{
	struct tree_node *first = &tree->table->nodes[hash >> tree->table->shift], found = *node;
	if (++tree->seeks % SEEKS_TO_PROMOTE == 0) {
		*node = *first;
		*first = found;
	}
	return found.id;
}

u32 tree_seek(struct tree *tree, u32 parent, uintptr_t pc, u64 hash)
{
	struct tree_node *node = table_find(tree->table, hash, parent, pc);
	if (likely(node->pc))
		return promote(tree, node, hash);
	u64 length = table_length(tree->table);
	if (unlikely(tree->count >= capacity(tree->table))) {
		if (tree_grow(tree))
			node = table_find(tree->table, hash, parent, pc);
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
