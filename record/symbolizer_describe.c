/* Names and paths out of DWARF. A function is described once, whichever of its entries is met first: by its
 * name, from the entries that lead to its declaration, the symbol table and what it stands in, and by the
 * place of its declaration. */
#include "record/symbolizer_describe.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

enum { REFERENCES_MAX = 16 /* from an inlined call to its function, and on to its declaration */ };

void descriptions_init(struct descriptions *all, struct symbol_module *module, u64 bias)
{
	*all = (struct descriptions){.module = module, .bias = bias};
	idmap_init(&all->described);
	line_tables_init(&all->lines, module, &all->files);
	scoped_functions_init(&all->scoped);
}

void descriptions_fini(struct descriptions *all)
{
	array_free(&all->list);
	idmap_fini(&all->described);
	line_tables_fini(&all->lines);
	debug_files_fini(&all->files);
	scoped_functions_fini(&all->scoped);
}

const char *describe_file(struct descriptions *all, Dwarf_Die *die, unsigned name)
{
	struct line_table *table;
	Dwarf_Attribute attribute;
	Dwarf_Word number;
	Dwarf_Die unit;

	if (dwarf_attr(die, name, &attribute) == NULL || dwarf_formudata(&attribute, &number) != 0 ||
	    dwarf_diecu(die, &unit, NULL, NULL) == NULL)
		return NULL;
	table = line_tables_get(&all->lines, &unit);
	return table != NULL ? line_table_path(table, number) : NULL;
}

static bool is_mangled(const char *name)
{
	return strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0;
}

/* What a function's entries, from the one that was met to its declaration, say of its name. */
struct naming {
	const char *linkage, *plain;
	Dwarf_Die plain_die; /* which has the plain name */
};

static const char *mangled_symbol(struct symbol_module *module, u64 address)
{
	const char *symbol = symbol_module_symbol(module, address);

	return symbol != NULL && is_mangled(symbol) ? symbol : NULL;
}

/* A function's name: by what it is linked as, because that has its arguments; where the debug information
 * leaves that out, as gcc does for what a file keeps to itself, by the symbol of its code (address, 0: the
 * instance in question has none of its own), or by what it stands in. */
static const char *make_name(struct descriptions *all, struct naming *naming, u64 address)
{
	struct symbol_module *module = all->module;
	const struct scoped_function *scoped = NULL;
	const char *linkage = naming->linkage, *name = NULL;

	if (linkage == NULL && naming->plain != NULL)
		scoped = scoped_functions_find(&all->scoped, module, &all->files, &naming->plain_die);
	if (scoped != NULL && address == 0 && scoped->code != 0)
		address = scoped->code + all->bias;
	if (scoped != NULL && address != 0)
		linkage = mangled_symbol(module, address);
	if (linkage != NULL)
		name = symbol_module_name(module, linkage);
	if (naming->plain == NULL || (name != NULL && !is_mangled(name)))
		return name;
	if (scoped != NULL && scoped->name != NULL)
		return scoped->name;
	return symbol_module_name(module, naming->plain);
}

const struct description *describe(struct descriptions *all, Dwarf_Die die, u64 address, const char *file)
{
	struct naming naming = {0};
	struct description d = {0};
	bool found;
	u32 *item;

	/* Each inlining has an entry of its own: they are one function. */
	if (dwarf_tag(&die) == DW_TAG_inlined_subroutine)
		die_follow(&die);
	item = idmap_put(&all->described, (uintptr_t)die.addr, &found);
	if (found)
		return &all->list.at[*item];
	*item = all->list.n;
	for (unsigned i = 0; i < REFERENCES_MAX; i++) {
		if (naming.linkage == NULL)
			naming.linkage = die_linkage_name(&die);
		if (naming.plain == NULL) {
			naming.plain = die_string(&die, DW_AT_name);
			naming.plain_die = die;
		}
		if (d.file == NULL)
			d.file = describe_file(all, &die, DW_AT_decl_file);
		if (d.line == 0)
			d.line = die_number(&die, DW_AT_decl_line);
		if (!die_follow(&die))
			break;
	}
	if (d.file == NULL)
		d.file = file;
	d.name = make_name(all, &naming, address);
	d.flags = symbol_flags(d.name, all->module->path);
	array_push(&all->list, d);
	return &all->list.at[all->list.n - 1];
}
