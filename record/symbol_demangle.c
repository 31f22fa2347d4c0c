/* Demangling, by libiberty, with its three holes closed. It prints a name's tree without regard to how often
 * parts are shared, so that a short name can print for years: output is cut off by a jump out of the
 * callback, and the size that the tree would have without sharing is measured before. It reserves stack in
 * proportion to the product of two counts in the tree: both are counted before. And it refuses names longer
 * than 1 KiB when asked to bound its recursion, which C++ programs do have: so the name is parsed by the
 * interface that uses the heap, up to a length whose recursion a thread's stack holds. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* libiberty.h, which demangle.h includes and does not need, declares an xrealloc that differs from ours. */
#define LIBIBERTY_H
#include <libiberty/demangle.h>

#include "common/mem.h"
#include "record/symbolizer_parts.h"

enum {
	MANGLED_MAX = 16 << 10,
	DEMANGLED_MAX = 64 << 10,
	TREE_DEPTH_MAX = 2048,       /* libiberty prints no tree that is deeper than 1024 */
	TREE_SIZE_MAX = 32 << 10,    /* nodes, shared ones counted as often as they are reached */
	TREE_PRODUCT_MAX = 16 << 10, /* templates times references: 64 bytes of stack each */
	OPTIONS = DMGL_PARAMS | DMGL_ANSI,
};

struct output {
	char *text;
	size_t n, cap;
	jmp_buf full;
};

static void append(const char *piece, size_t n, void *opaque)
{
	struct output *output = opaque;

	if (n > DEMANGLED_MAX - output->n)
		longjmp(output->full, 1);
	if (output->n + n + 1 > output->cap) {
		output->cap = MAX(2 * output->cap, output->n + n + 256);
		output->text = xrealloc(output->text, output->cap, 1);
	}
	memcpy(output->text + output->n, piece, n);
	output->n += n;
	output->text[output->n] = '\0';
}

/* The parsed tree. Its nodes lie in one block. */
struct tree {
	const struct demangle_component *nodes;
	size_t n_nodes;
	u32 *sizes; /* by node, 0: not measured */
	u32 templates, references;
};

static const struct demangle_component *tree_node(const struct tree *tree, const void *pointer)
{
	uintptr_t offset = (uintptr_t)pointer - (uintptr_t)tree->nodes;

	if (offset >= tree->n_nodes * sizeof(tree->nodes[0]) || offset % sizeof(tree->nodes[0]) != 0)
		return NULL;
	return pointer;
}

/* Where a node has its children: the left and the right one of s_binary; the other forms that have any have
 * them at the same places. What is not set holds whatever was in memory before. */
enum children { LEFT = 1, RIGHT = 2 };

static unsigned node_children(const struct demangle_component *node)
{
	switch (node->type) {
	case DEMANGLE_COMPONENT_NAME:
	case DEMANGLE_COMPONENT_TEMPLATE_PARAM:
	case DEMANGLE_COMPONENT_FUNCTION_PARAM:
	case DEMANGLE_COMPONENT_SUB_STD:
	case DEMANGLE_COMPONENT_BUILTIN_TYPE:
	case DEMANGLE_COMPONENT_EXTENDED_BUILTIN_TYPE:
	case DEMANGLE_COMPONENT_OPERATOR:
	case DEMANGLE_COMPONENT_CHARACTER:
	case DEMANGLE_COMPONENT_NUMBER:
	case DEMANGLE_COMPONENT_UNNAMED_TYPE:
		return 0;
	case DEMANGLE_COMPONENT_LAMBDA:
	case DEMANGLE_COMPONENT_DEFAULT_ARG:
	case DEMANGLE_COMPONENT_FIXED_TYPE:
		return LEFT;
	case DEMANGLE_COMPONENT_CTOR:
	case DEMANGLE_COMPONENT_DTOR:
	case DEMANGLE_COMPONENT_EXTENDED_OPERATOR:
		return RIGHT;
	default:
		return LEFT | RIGHT;
	}
}

static u32 tree_measure(struct tree *tree, const void *pointer, unsigned depth);

/* The number of nodes below and with this one, shared ones counted each time; too many, too deep and circular
 * all give a number above TREE_SIZE_MAX. */
static u32 node_measure(struct tree *tree, const struct demangle_component *node, unsigned depth)
{
	unsigned children = node_children(node);
	u32 sum = 1;

	tree->templates += node->type == DEMANGLE_COMPONENT_TEMPLATE;
	tree->references += node->type == DEMANGLE_COMPONENT_REFERENCE ||
			    node->type == DEMANGLE_COMPONENT_RVALUE_REFERENCE;
	if (children & LEFT)
		sum += tree_measure(tree, node->u.s_binary.left, depth + 1);
	if (children & RIGHT && sum <= TREE_SIZE_MAX)
		sum += tree_measure(tree, node->u.s_binary.right, depth + 1);
	return MIN(sum, TREE_SIZE_MAX + 1);
}

static u32 tree_measure(struct tree *tree, const void *pointer, unsigned depth)
{
	const struct demangle_component *node = tree_node(tree, pointer);
	u32 *size;

	if (node == NULL)
		return 0;
	size = &tree->sizes[node - tree->nodes];
	if (*size == 0) {
		*size = TREE_SIZE_MAX + 1;
		if (depth <= TREE_DEPTH_MAX)
			*size = node_measure(tree, node, depth);
	}
	return *size;
}

static bool tree_is_bounded(const struct demangle_component *root, const void *nodes, size_t n_nodes)
{
	struct tree tree = {.nodes = nodes, .n_nodes = n_nodes, .sizes = xcalloc(n_nodes, sizeof(u32))};
	u32 size = tree_measure(&tree, root, 0);
	bool bounded = size > 0 && size <= TREE_SIZE_MAX &&
		       (u64)tree.templates * tree.references <= TREE_PRODUCT_MAX;

	free(tree.sizes);
	return bounded;
}

static bool print_cplus(struct demangle_component *root, struct output *output)
{
	if (setjmp(output->full) != 0)
		return false;
	return cplus_demangle_print_callback(OPTIONS, root, append, output) != 0;
}

/* The return type that instances of templates have in their names is no part of what people call them.
 * (DMGL_RET_DROP would do, but takes it away from each pointer to a function as well.) */
static void drop_return_type(struct demangle_component *root)
{
	struct demangle_component *type;

	if (root->type != DEMANGLE_COMPONENT_TYPED_NAME)
		return;
	type = root->u.s_binary.right;
	if (type != NULL && type->type == DEMANGLE_COMPONENT_FUNCTION_TYPE)
		type->u.s_binary.left = NULL;
}

/* Whether no pack is expanded, or counted, that is more than one parameter of a template. libiberty searches
 * what is expanded, however often it shares its parts, and prints nothing meanwhile. */
static bool expands_only_parameters(const char *name)
{
	static const char *const others[] = {"sZ", "sP", "fl", "fr", "fL", "fR"};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (strstr(name, others[i]) != NULL)
			return false;
	for (const char *at = strstr(name, "Dp"); at != NULL; at = strstr(at, "Dp")) {
		at += 2;
		at += strspn(at, "ORPKV");
		if (*at++ != 'T')
			return false;
		at += strspn(at, "0123456789");
		if (*at != '_')
			return false;
	}
	return true;
}

/* Names whose tree can't be had: `sr` before an unqualified name, as clang 14 writes std::enable_if
 * conditions, is only parsed by the interface that also prints. It bounds length and stack. */
static bool demangle_at_once(const char *name, struct output *output)
{
	if (strstr(name, "sr") == NULL || !expands_only_parameters(name) || setjmp(output->full) != 0)
		return false;
	return cplus_demangle_v3_callback(name, OPTIONS | DMGL_RET_DROP, append, output) != 0;
}

static bool demangle_cplus(const char *name, struct output *output)
{
	void *nodes = NULL;
	struct demangle_component *root = cplus_demangle_v3_components(name, OPTIONS, &nodes);
	bool done;

	if (root == NULL)
		return demangle_at_once(name, output);
	drop_return_type(root);
	done = tree_is_bounded(root, nodes, 2 * strlen(name)) && print_cplus(root, output);
	free(nodes);
	return done;
}

static bool demangle_rust(const char *name, struct output *output)
{
	if (setjmp(output->full) != 0)
		return false;
	return rust_demangle_callback(name, OPTIONS, append, output) != 0;
}

/* Symbols that a clone of foo is called by: foo.isra.0, foo.part.0.cold, foo.llvm.8123. */
static const char *const clone_suffixes[] = {
	"isra", "part", "constprop", "cold", "lto_priv", "localalias", "llvm", "__uniq", "clone", "warm",
};

static bool is_clone_suffix(const char *word, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(clone_suffixes); i++)
		if (strlen(clone_suffixes[i]) == n && memcmp(clone_suffixes[i], word, n) == 0)
			return true;
	return false;
}

static size_t last_dot(const char *name, size_t n)
{
	while (n > 0 && name[n - 1] != '.')
		n--;
	return n > 0 ? n - 1 : 0;
}

size_t symbol_stem(const char *name)
{
	size_t n = strcspn(name, "@");

	if (n == 0)
		n = strlen(name);
	for (;;) {
		size_t end = n, dot = last_dot(name, n);

		if (dot > 0 && dot + 1 < n && strspn(name + dot + 1, "0123456789") >= n - dot - 1) {
			end = dot;
			dot = last_dot(name, end);
		}
		if (dot == 0 || !is_clone_suffix(name + dot + 1, end - dot - 1))
			return n;
		n = dot;
	}
}

char *symbol_demangle(const char *name)
{
	struct output output = {0};
	size_t n = strnlen(name, MANGLED_MAX + 1);
	bool rust = strncmp(name, "_R", 2) == 0, cplus = strncmp(name, "_Z", 2) == 0;
	char *stem;
	bool done;

	if (n > MANGLED_MAX || (!rust && !cplus))
		return xstrdup(name);
	stem = xstrndup(name, symbol_stem(name));
	done = demangle_rust(stem, &output);
	if (!done && cplus) {
		output.n = 0;
		done = demangle_cplus(stem, &output);
	}
	free(stem);
	if (!done || output.n == 0) {
		free(output.text);
		return xstrdup(name);
	}
	return output.text;
}
