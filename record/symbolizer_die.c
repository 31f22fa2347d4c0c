/* Reading entries of the debug information (DIEs), and the qualified names of functions that have no linkage
 * name there: those of local classes, lambdas above all, which gcc names "operator()" and no more. Their
 * names are made of what they stand in. Only a walk through a unit shows that, so all such functions of a
 * unit are named at once. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "record/symbolizer_die.h"
#include "record/symbolizer_walk.h"

enum {
	REFERENCES_MAX = 16, /* from an inlined call to its function, and on to its declaration */
};

const char *die_string(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	const char *text = NULL;

	if (dwarf_attr(die, name, &attribute) != NULL)
		text = dwarf_formstring(&attribute);
	return text != NULL && text[0] != '\0' ? text : NULL;
}

u32 die_number(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word number;

	if (dwarf_attr(die, name, &attribute) == NULL || dwarf_formudata(&attribute, &number) != 0 ||
	    number > UINT32_MAX)
		return 0;
	return number;
}

const char *die_linkage_name(Dwarf_Die *die)
{
	const char *name = die_string(die, DW_AT_linkage_name);

	if (name == NULL)
		name = die_string(die, DW_AT_MIPS_linkage_name);
	/* Mangled: _Z of C++, _R of Rust. Others are C's names for the assembler (glibc's __GI_strdup is
	 * strdup). */
	return name != NULL && name[0] == '_' && name[1] >= 'A' && name[1] <= 'Z' ? name : NULL;
}

bool die_follow(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Die other;

	if (dwarf_attr(die, DW_AT_abstract_origin, &attribute) == NULL &&
	    dwarf_attr(die, DW_AT_specification, &attribute) == NULL)
		return false;
	if (dwarf_formref_die(&attribute, &other) == NULL)
		return false;
	*die = other;
	return true;
}

/* Where the walk stands: the entries around, outermost first. */
struct place {
	struct scoped_functions *functions;
	struct symbol_module *module;
	Dwarf_Die around[DIE_DEPTH_MAX];
	size_t depth;
};

struct name {
	char text[SYMBOL_TEXT_MAX];
	size_t n;
};

static void name_add(struct name *name, const char *part)
{
	size_t n = strlen(part), separator = name->n > 0 ? 2 : 0;

	if (n + separator >= sizeof(name->text) - name->n)
		return;
	memcpy(name->text + name->n, "::", separator);
	memcpy(name->text + name->n + separator, part, n + 1);
	name->n += separator + n;
}

static void name_add_class(struct name *name, Dwarf_Die *die, const char *inner)
{
	const char *plain = die_string(die, DW_AT_name);

	if (plain != NULL)
		name_add(name, plain);
	else
		name_add(name, strcmp(inner, "operator()") == 0 ? "{lambda}" : "{unnamed}");
}

/* A function has all that is around it in its linkage name. */
static void name_add_function(struct name *name, Dwarf_Die die, struct symbol_module *module)
{
	const char *plain = NULL, *linkage = NULL;

	for (unsigned i = 0; i < REFERENCES_MAX && linkage == NULL; i++) {
		linkage = die_linkage_name(&die);
		if (plain == NULL)
			plain = die_string(&die, DW_AT_name);
		if (!die_follow(&die))
			break;
	}
	if (linkage != NULL) {
		name->n = 0;
		plain = symbol_module_name(module, linkage);
	}
	if (plain != NULL)
		name_add(name, plain);
}

static struct scoped_function *function_at(struct scoped_functions *functions, Dwarf_Die *die)
{
	bool found;
	u32 *item = idmap_put(&functions->by_entry, (uintptr_t)die->addr, &found);

	if (!found) {
		*item = functions->list.n;
		array_push(&functions->list, (struct scoped_function){0});
	}
	return &functions->list.at[*item];
}

static void name_function(struct place *place, Dwarf_Die *die, const char *plain)
{
	struct name *name = xmalloc(sizeof(*name));

	name->n = 0;
	for (size_t i = 0; i < place->depth; i++) {
		Dwarf_Die *around = &place->around[i];
		const char *namespace;

		switch (dwarf_tag(around)) {
		case DW_TAG_namespace:
			namespace
			= die_string(around, DW_AT_name);
			name_add(name, namespace != NULL ? namespace : "(anonymous namespace)");
			break;
		case DW_TAG_class_type:
		case DW_TAG_structure_type:
		case DW_TAG_union_type:
			name_add_class(name, around, plain);
			break;
		case DW_TAG_subprogram:
			name_add_function(name, *around, place->module);
			break;
		}
	}
	if (name->n > 0) {
		name_add(name, plain);
		function_at(place->functions, die)->name =
			arena_strndup(&place->module->arena, name->text, name->n);
	}
	free(name);
}

/* Code belongs to the entry that has the name, which the entry with the code refers to. */
static void place_function(struct place *place, Dwarf_Die *die)
{
	Dwarf_Addr base, low, high;
	Dwarf_Die named = *die;

	if (dwarf_ranges(die, 0, &base, &low, &high) <= 0 || low == 0)
		return;
	for (unsigned i = 0; i < REFERENCES_MAX && die_linkage_name(&named) == NULL; i++) {
		if (die_string(&named, DW_AT_name) != NULL) {
			function_at(place->functions, &named)->code = low;
			return;
		}
		if (!die_follow(&named))
			return;
	}
}

static void visit_function(struct place *place, Dwarf_Die *die)
{
	const char *plain = die_linkage_name(die) == NULL ? die_string(die, DW_AT_name) : NULL;

	if (plain != NULL)
		name_function(place, die, plain);
	place_function(place, die);
}

static void visit_functions(struct place *place, const struct walk_unit *unit, const Dwarf_Die *top)
{
	struct walk walk;
	Dwarf_Die die;

	place->around[0] = *top;
	walk_begin(&walk, unit, top);
	for (int tag; (tag = walk_next(&walk, &die)) != 0;) {
		place->depth = walk.inside + 1;
		if (tag == DW_TAG_subprogram)
			visit_function(place, &die);
		if (die_holds_functions(tag, true) && place->depth < DIE_DEPTH_MAX) {
			place->around[place->depth] = die;
			walk_into(&walk);
		}
	}
}

bool die_holds_functions(int tag, bool deep)
{
	switch (tag) {
	case DW_TAG_namespace:
	case DW_TAG_module:
		return true;
	case DW_TAG_subprogram:
	case DW_TAG_lexical_block:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
		return deep;
	default:
		return false;
	}
}

static bool has_scopes(Dwarf_Die *unit)
{
	static const int languages[] = {
		DW_LANG_C_plus_plus,    DW_LANG_C_plus_plus_03, DW_LANG_C_plus_plus_11,
		DW_LANG_C_plus_plus_14, DW_LANG_ObjC_plus_plus, DW_LANG_D,
		DW_LANG_Rust,           DW_LANG_Swift,          0x2b /* C++17 */,
		0x2c /* C++20 */,
	};
	int language = dwarf_srclang(unit);

	for (size_t i = 0; i < ARRAY_LEN(languages); i++)
		if (languages[i] == language)
			return true;
	return false;
}

void scoped_functions_init(struct scoped_functions *functions)
{
	*functions = (struct scoped_functions){0};
	idmap_init(&functions->scanned);
	idmap_init(&functions->by_entry);
}

void scoped_functions_fini(struct scoped_functions *functions)
{
	idmap_fini(&functions->scanned);
	idmap_fini(&functions->by_entry);
	array_free(&functions->list);
}

const struct scoped_function *scoped_functions_find(struct scoped_functions *functions,
						    struct symbol_module *module, struct debug_files *files,
						    Dwarf_Die *die)
{
	struct walk_unit walked;
	struct place *place;
	Dwarf_Die unit;
	bool found;
	u32 item;

	if (dwarf_diecu(die, &unit, NULL, NULL) == NULL || !has_scopes(&unit))
		return NULL;
	*idmap_put(&functions->scanned, (uintptr_t)unit.addr, &found) = 1;
	if (!found) {
		place = xcalloc(1, sizeof(*place));
		place->functions = functions;
		place->module = module;
		walk_unit_init(&walked, debug_files_get(files, &unit), &unit);
		visit_functions(place, &walked, &unit);
		walk_unit_fini(&walked);
		free(place);
	}
	item = idmap_get(&functions->by_entry, (uintptr_t)die->addr);
	return item != NO_ID ? &functions->list.at[item] : NULL;
}
