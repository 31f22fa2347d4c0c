/* See file_lines.h. The tree of lines is summed twice more, by line whatever the function and by file: so a
 * stack counts once in a total, however many functions of a line or a file are in it. A line's key is the
 * first of the line numbers (struct lines) that say the same. */
#include "viewer/model/file_lines.h"

#include <stdlib.h>

#include "common/idmap.h"

struct keys {
	u32 *place, *file; /* by line number */
};

static u32 first_of(struct idmap *map, u64 key, u32 number)
{
	bool found;
	u32 *first = idmap_put(map, key, &found);

	if (!found)
		*first = number;
	return *first;
}

/* Where no line is known every function is a place of its own. */
static void make_keys(struct keys *keys, const struct lines *lines)
{
	struct idmap places, files;

	keys->place = xmalloc(((size_t)lines->n + 1) * sizeof(*keys->place));
	keys->file = xmalloc(((size_t)lines->n + 1) * sizeof(*keys->file));
	idmap_init(&places);
	idmap_init(&files);
	for (u32 i = 0; i < lines->n; i++) {
		struct line_row row = lines_get(lines, i);

		keys->place[i] = row.line ? first_of(&places, idmap_pair(row.file, row.line), i) : i;
		keys->file[i] = first_of(&files, row.file, i);
	}
	idmap_fini(&places);
	idmap_fini(&files);
}

/* Rows are large: what says their order is sorted, then they are put into it. */
struct place {
	u32 file, line, function;
	u32 sum; /* its number among the sums */
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->function < y->function ? -1 : x->function > y->function;
}

static int by_file(const void *a, const void *b)
{
	const struct file_row *x = a, *y = b;

	return x->file < y->file ? -1 : x->file > y->file;
}

/* The function with most to say for each place. */
static u32 *heaviest_functions(const struct keys *keys, const struct lines *lines,
			       const struct function_row *sums, u32 n_sums)
{
	u32 *function = xmalloc(((size_t)lines->n + 1) * sizeof(*function));
	u64 *most = xcalloc((size_t)lines->n + 1, sizeof(*most));

	for (u32 i = 0; i < n_sums; i++) {
		u32 place = keys->place[sums[i].function];
		u64 amount = sums[i].total.allocated_bytes;

		/* One more, so that the first one counts even if it has nothing. */
		if (amount + 1 > most[place]) {
			most[place] = amount + 1;
			function[place] = lines_get(lines, sums[i].function).function;
		}
	}
	free(most);
	return function;
}

static void relabel(struct calltree *tree, const u32 *keys)
{
	for (u32 i = 1; i < tree->n; i++)
		tree->nodes[i].function = keys[tree->nodes[i].function];
}

static void add_places(struct line_tables *t, const struct lines *lines, const struct function_row *found,
		       u32 n, const u32 *function)
{
	struct place *places = xmalloc(((size_t)n + 1) * sizeof(*places));

	for (u32 i = 0; i < n; i++) {
		struct line_row row = lines_get(lines, found[i].function);

		places[i] = (struct place){row.file, row.line, function[found[i].function], i};
	}
	qsort(places, n, sizeof(*places), by_place);
	array_reserve(&t->places, n);
	for (u32 i = 0; i < n; i++)
		array_push(&t->places, (struct line_row){.file = places[i].file,
							 .line = places[i].line,
							 .function = places[i].function,
							 .self = found[places[i].sum].self,
							 .total = found[places[i].sum].total});
	free(places);
}

void file_lines_add(struct line_tables *t, struct calltree *tree, const struct lines *lines,
		    const struct function_row *sums, u32 n_sums)
{
	struct function_row *found;
	struct keys keys;
	u32 *function, n;

	make_keys(&keys, lines);
	function = heaviest_functions(&keys, lines, sums, n_sums);
	relabel(tree, keys.place);
	found = mergetree_sums(tree, lines->n, &n);
	add_places(t, lines, found, n, function);
	free(found);
	relabel(tree, keys.file);
	found = mergetree_sums(tree, lines->n, &n);
	array_reserve(&t->files, n);
	for (u32 i = 0; i < n; i++)
		array_push(&t->files, (struct file_row){.file = lines_get(lines, found[i].function).file,
							.self = found[i].self,
							.total = found[i].total});
	free(found);
	if (t->files.n > 0)
		qsort(t->files.at, t->files.n, sizeof(*t->files.at), by_file);
	for (u32 i = 0, at = 0; i < t->files.n; i++) {
		struct file_row *row = &t->files.at[i];

		for (row->first = at; at < t->places.n && t->places.at[at].file == row->file; at++)
			row->n++;
	}
	free(function);
	free(keys.place);
	free(keys.file);
}
