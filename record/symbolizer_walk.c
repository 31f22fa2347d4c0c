/* See symbolizer_walk.h. */
#include "record/symbolizer_walk.h"

#include <dwarf.h>
#include <stdlib.h>

#include "record/symbolizer_die.h"

enum {
	KINDS_MAX = 1 << 16, /* compilers number them from 1 on */
};

/* Where the next entry beside this one stands, if it says so. */
static const u8 *sibling_of(const struct walk_unit *w, u64 form, u64 value)
{
	bool relative =
		form == DW_FORM_ref1 || form == DW_FORM_ref2 || form == DW_FORM_ref4 || form == DW_FORM_ref8;

	return relative && value < (u64)(w->entries.end - w->start) ? w->start + value : NULL;
}

static bool read_kind(struct walk_unit *w, struct span *s, u64 code)
{
	struct walk_kind kind = {.first = (u32)w->forms.n, .sized = true};
	u64 tag = span_varint(s), name, form;

	kind.tag = tag <= UINT16_MAX ? (u16)tag : 0;
	kind.has_children = debug_take(s, 1) != 0;
	for (;;) {
		u32 length;

		name = span_varint(s);
		form = span_varint(s);
		if (s->bad || (name == 0 && form == 0))
			break;
		if (form == DW_FORM_implicit_const)
			debug_take_leb(s);
		if (form > UINT16_MAX)
			return false;
		length = form_length(&w->sizes, form);
		kind.has_code |= name == DW_AT_low_pc || name == DW_AT_ranges;
		kind.sized = kind.sized && length != FORM_VARIES && name != DW_AT_sibling;
		kind.size += kind.sized ? length : 0;
		array_push(&w->forms, (struct walk_form){name <= UINT16_MAX ? (u16)name : 0, (u16)form});
	}
	kind.n = (u32)w->forms.n - kind.first;
	while (w->kinds.n <= code)
		array_push(&w->kinds, (struct walk_kind){0});
	w->kinds.at[code] = kind;
	return !s->bad && kind.tag != 0;
}

static bool read_kinds(struct walk_unit *w, struct span s)
{
	for (u64 code; (code = span_varint(&s)) != 0;)
		if (code >= KINDS_MAX || !read_kind(w, &s, code))
			return false;
	return !s.bad;
}

/* Behind the attributes of an entry; *sibling: what the entry says of where the next one beside it stands. */
static void skip_entry(struct walk *w, const struct walk_kind *kind, const u8 **sibling)
{
	*sibling = NULL;
	if (kind->sized) {
		span_take(&w->left, kind->size);
		return;
	}
	for (u32 i = 0; i < kind->n; i++) {
		const struct walk_form *form = &w->unit->forms.at[kind->first + i];
		u64 value = form_take(&w->unit->sizes, &w->left, form->form);

		if (form->name == DW_AT_sibling)
			*sibling = sibling_of(w->unit, form->form, value);
	}
}

/* Steps over the entry that stands here. NULL: that was the end of its siblings, or there is no sense in what
 * comes. */
static const struct walk_kind *step(struct walk *w)
{
	u64 code = span_varint(&w->left);
	const struct walk_kind *kind = code > 0 && code < w->unit->kinds.n ? &w->unit->kinds.at[code] : NULL;
	const u8 *sibling;

	if (kind == NULL || kind->tag == 0) {
		w->left.bad |= code != 0;
		return NULL;
	}
	skip_entry(w, kind, &sibling);
	w->children = kind->has_children ? w->left.at : NULL;
	if (!kind->has_children)
		return kind;
	/* Never backwards. */
	if (sibling != NULL && sibling > w->left.at)
		w->left.at = sibling;
	else
		w->depth++;
	return kind;
}

void walk_unit_init(struct walk_unit *unit, const struct debug_sections *sections, Dwarf_Die *entry)
{
	struct span kinds = sections->abbreviations, header;
	Dwarf_Off abbreviations;
	Dwarf_Half version;
	Dwarf_Die top;
	u64 length;

	*unit = (struct walk_unit){.cu = entry->cu};
	if (dwarf_cu_die(entry->cu, &top, &version, &abbreviations, &unit->sizes.address, &unit->sizes.offset,
			 NULL, NULL) == NULL)
		return;
	unit->sizes.version = (u8)version;
	unit->start = (const u8 *)top.addr - dwarf_cuoffset(&top);
	if (unit->start < sections->entries.at || unit->start >= sections->entries.end ||
	    abbreviations >= span_left(&kinds))
		return;
	header = span_of(unit->start, (size_t)(sections->entries.end - unit->start));
	length = debug_take(&header, 4);
	if (unit->sizes.offset == 8)
		length = debug_take(&header, 8);
	span_take(&kinds, abbreviations);
	if (read_kinds(unit, kinds))
		unit->entries = span_of(header.at, MIN(length, span_left(&header)));
}

void walk_unit_fini(struct walk_unit *unit)
{
	array_free(&unit->kinds);
	array_free(&unit->forms);
}

void walk_begin(struct walk *w, const struct walk_unit *unit, const Dwarf_Die *parent)
{
	const u8 *at = parent->addr;

	*w = (struct walk){.unit = unit, .left = unit->entries};
	if (parent->cu != unit->cu || at < w->left.at || at >= w->left.end) {
		w->left.at = w->left.end;
		return;
	}
	w->left.at = at;
	if (step(w) == NULL || w->children == NULL)
		w->children = w->left.end;
	w->left.at = w->children;
	w->depth = 0;
}

void walk_into(struct walk *w)
{
	if (w->children == NULL)
		return;
	w->left.at = w->children;
	w->depth = ++w->inside;
}

int walk_next(struct walk *w, Dwarf_Die *entry)
{
	while (span_left(&w->left) > 0 && !w->left.bad) {
		u32 depth = w->depth;
		const u8 *at = w->left.at;
		const struct walk_kind *kind = step(w);

		if (kind == NULL) {
			if (w->left.bad || depth == 0)
				return 0;
			w->depth = depth - 1;
			w->inside = MIN(w->inside, w->depth);
		} else if (depth == w->inside) {
			w->has_code = kind->has_code;
			*entry = (Dwarf_Die){.addr = (void *)at, .cu = w->unit->cu};
			return kind->tag;
		}
	}
	return 0;
}
