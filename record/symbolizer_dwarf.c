/* One module's DWARF: from an address to its unit, its function, the calls that were inlined there, and the
 * line.
 *
 * Units are found by the ranges of their own entries, not by .debug_aranges, which clang does not write. A
 * unit's functions are listed when the first address falls into it, and a function's inlined calls when the
 * first falls into that: so that each entry is decoded once, and only where something was allocated. Every
 * walk is bounded, whatever the file says. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "record/symbolizer_describe.h"
#include "record/symbolizer_walk.h"

enum {
	RANGES_MAX = 64 << 10, /* of one entry */
};

/* A call that was inlined. */
struct inlined {
	Dwarf_Die die;
	u32 parent; /* the call that it is part of, NO_ID: the function itself */
};

struct function {
	Dwarf_Die die;
	bool listed; /* its inlined calls are */
	ARRAY(struct inlined) inlined;
	struct spans spans; /* of inlined */
};

struct unit {
	Dwarf_Die lines;     /* what has the line table: the skeleton of a split unit */
	Dwarf_Die functions; /* what has the functions */
	bool listed;
	bool deep; /* functions inside functions and classes are listed too */
	struct walk_unit walk;
	ARRAY(struct function) list;
	struct spans spans; /* of list */
};

struct dwarf_source {
	ARRAY(struct unit) units;
	struct spans spans; /* of units */
	struct descriptions descriptions;
};

/* An entry's code. */
static void add_ranges(struct spans *spans, Dwarf_Die *die, u32 item)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t offset = 0;

	for (unsigned i = 0; i < RANGES_MAX; i++) {
		offset = dwarf_ranges(die, offset, &base, &low, &high);
		if (offset <= 0)
			return;
		/* What the linker threw away stands at 0. */
		if (low != 0)
			spans_add(spans, low, high, item);
	}
}

struct dwarf_source *dwarf_source_open(struct symbol_module *module)
{
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(module->file, &bias);
	struct dwarf_source *source;
	Dwarf_CU *cu = NULL;
	struct unit unit = {0};
	uint8_t type;

	if (dwarf == NULL)
		return NULL;
	source = xcalloc(1, sizeof(*source));
	descriptions_init(&source->descriptions, module, bias);
	while (dwarf_get_units(dwarf, cu, &cu, NULL, &type, &unit.lines, &unit.functions) == 0) {
		if (type != DW_UT_compile && type != DW_UT_skeleton)
			continue;
		if (unit.functions.addr == NULL)
			unit.functions = unit.lines;
		else
			line_tables_share(&source->descriptions.lines, &unit.functions, &unit.lines);
		add_ranges(&source->spans, &unit.lines, source->units.n);
		array_push(&source->units, unit);
	}
	spans_sort(&source->spans);
	return source;
}

static void forget_functions(struct unit *unit)
{
	for (size_t i = 0; i < unit->list.n; i++) {
		array_free(&unit->list.at[i].inlined);
		spans_free(&unit->list.at[i].spans);
	}
	unit->list.n = 0;
	unit->spans.list.n = 0;
}

void dwarf_source_close(struct dwarf_source *source)
{
	if (source == NULL)
		return;
	for (size_t i = 0; i < source->units.n; i++) {
		forget_functions(&source->units.at[i]);
		walk_unit_fini(&source->units.at[i].walk);
		array_free(&source->units.at[i].list);
		spans_free(&source->units.at[i].spans);
	}
	array_free(&source->units);
	spans_free(&source->spans);
	descriptions_fini(&source->descriptions);
	free(source);
}

static void unit_list(struct unit *unit, bool deep)
{
	struct walk walk;
	Dwarf_Die die;

	forget_functions(unit);
	unit->deep = deep;
	walk_begin(&walk, &unit->walk, &unit->functions);
	for (int tag; (tag = walk_next(&walk, &die)) != 0;) {
		size_t before = unit->spans.list.n;

		if (tag == DW_TAG_subprogram && walk.has_code)
			add_ranges(&unit->spans, &die, unit->list.n);
		if (unit->spans.list.n > before)
			array_push(&unit->list, (struct function){.die = die});
		if (die_holds_functions(tag, deep))
			walk_into(&walk);
	}
	spans_sort(&unit->spans);
}

static struct function *unit_find(struct unit *unit, struct debug_files *files, u64 address)
{
	u32 item;

	if (!unit->listed) {
		unit->listed = true;
		walk_unit_init(&unit->walk, debug_files_get(files, &unit->functions), &unit->functions);
		unit_list(unit, false);
	}
	item = spans_find(&unit->spans, address);
	if (item == NO_ID && !unit->deep) {
		unit_list(unit, true);
		item = spans_find(&unit->spans, address);
	}
	return item != NO_ID ? &unit->list.at[item] : NULL;
}

static bool holds_inlined(int tag)
{
	return tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

/* The call that an entry is part of is known by the depth that it stands at. */
static void list_inlined(struct function *function, const struct walk_unit *unit)
{
	u32 calls[DIE_DEPTH_MAX + 1] = {NO_ID};
	struct walk walk;
	Dwarf_Die die;

	walk_begin(&walk, unit, &function->die);
	for (int tag; (tag = walk_next(&walk, &die)) != 0;) {
		u32 depth = walk.inside, call = calls[depth];

		if (tag == DW_TAG_inlined_subroutine) {
			array_push(&function->inlined, (struct inlined){die, call});
			call = (u32)function->inlined.n - 1;
			add_ranges(&function->spans, &die, call);
		} else if (!holds_inlined(tag)) {
			continue;
		}
		if (depth < DIE_DEPTH_MAX) {
			calls[depth + 1] = call;
			walk_into(&walk);
		}
	}
}

static u32 function_find(struct function *function, const struct walk_unit *unit, u64 address)
{
	if (!function->listed) {
		function->listed = true;
		list_inlined(function, unit);
		spans_sort(&function->spans);
	}
	return spans_find(&function->spans, address);
}

static void frame_describe(struct symbol_frame *frame, const struct description *d)
{
	frame->function = d->name;
	frame->decl_file = d->file;
	frame->decl_line = d->line;
	frame->flags = d->flags;
}

u32 dwarf_source_find(struct dwarf_source *source, u64 address, struct symbol_frame *frames)
{
	struct descriptions *d = &source->descriptions;
	u64 code = address - d->bias;
	u32 item = spans_find(&source->spans, code), n = 0;
	struct symbol_frame here = {0}; /* where the next frame stands */
	struct function *function;
	const struct line_row *row;
	struct line_table *table;
	struct unit *unit;

	if (item == NO_ID)
		return 0;
	unit = &source->units.at[item];
	table = line_tables_get(&d->lines, &unit->lines);
	row = table != NULL ? line_table_find(table, code) : NULL;
	if (row != NULL && row->line > 0) {
		here.line = row->line;
		here.file = line_table_path(table, row->file);
	}
	function = unit_find(unit, &d->files, code);
	if (function == NULL) {
		frames[0] = here;
		return 1;
	}
	for (item = function_find(function, &unit->walk, code); item != NO_ID;) {
		struct inlined *inlined = &function->inlined.at[item];

		if (n < SYMBOL_CHAIN_MAX - 1) {
			frame_describe(&here, describe(d, inlined->die, 0, here.file));
			frames[n++] = here;
		}
		here = (struct symbol_frame){
			.file = describe_file(d, &inlined->die, DW_AT_call_file),
			.line = die_number(&inlined->die, DW_AT_call_line),
		};
		item = inlined->parent;
	}
	frame_describe(&here, describe(d, function->die, address, here.file));
	frames[n++] = here;
	return n;
}
