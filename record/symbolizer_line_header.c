/* The header of a line table: its directories and files, and how its rows are told (DWARF 5, 6.2.4). */
#include <dwarf.h>

#include "record/symbolizer_forms.h"
#include "record/symbolizer_lines.h"

static const char *string_at(const struct span *strings, u64 offset)
{
	struct span rest = *strings;

	return offset < span_left(strings) && span_take(&rest, (size_t)offset) != NULL
		       ? debug_take_string(&rest)
		       : NULL;
}

/* A path; NULL: the form is of no text, or of one that is kept in other sections than headers refer to. */
static const char *take_text(struct span *s, u64 form, const struct form_sizes *sizes,
			     const struct debug_sections *sections)
{
	if (form == DW_FORM_string)
		return debug_take_string(s);
	if (form == DW_FORM_line_strp)
		return string_at(&sections->line_strings, form_take(sizes, s, form));
	if (form == DW_FORM_strp)
		return string_at(&sections->strings, form_take(sizes, s, form));
	form_take(sizes, s, form);
	return NULL;
}

static void add_file(struct line_table *t, const char *name, u64 directory)
{
	array_push(&t->files, (struct line_file){.name = name, .directory = directory});
}

void line_header_add_file(struct line_table *t, const char *name, struct span *s)
{
	add_file(t, name, span_varint(s));
	span_varint(s); /* when it was changed */
	span_varint(s); /* its size */
}

/* Until DWARF 4. Directory 0 is the unit's; the first file is 1. */
static void read_plain_lists(struct line_table *t, struct span *s)
{
	const char *text;

	array_push(&t->directories, t->home);
	while ((text = debug_take_string(s)) != NULL && text[0] != '\0')
		array_push(&t->directories, text);
	add_file(t, NULL, 0);
	while ((text = debug_take_string(s)) != NULL && text[0] != '\0')
		line_header_add_file(t, text, s);
}

/* Since DWARF 5: a description of the columns, then rows. */
static void read_list(struct line_table *t, struct span *s, const struct debug_sections *sections, bool files)
{
	struct {
		u64 content, form;
	} columns[UINT8_MAX];
	const struct form_sizes sizes = {.version = t->version, .offset = t->offset_size};
	size_t n_columns = debug_take(s, 1), n;

	for (size_t i = 0; i < n_columns; i++) {
		columns[i].content = span_varint(s);
		columns[i].form = span_varint(s);
	}
	n = span_count(s);
	for (size_t i = 0; i < n && n_columns > 0 && !s->bad; i++) {
		struct line_file file = {0};

		for (size_t k = 0; k < n_columns; k++) {
			if (columns[k].content == DW_LNCT_path)
				file.name = take_text(s, columns[k].form, &sizes, sections);
			else if (columns[k].content == DW_LNCT_directory_index)
				file.directory = form_take(&sizes, s, columns[k].form);
			else
				form_take(&sizes, s, columns[k].form);
		}
		if (files)
			add_file(t, file.name, file.directory);
		else
			array_push(&t->directories, file.name);
	}
}

static void read_opcodes(struct line_table *t, struct span *s)
{
	t->instruction_length = debug_take(s, 1);
	if (t->version >= 4)
		debug_take(s, 1); /* operations in an instruction: one, on any machine of ours */
	debug_take(s, 1);         /* whether rows begin as statements */
	t->line_base = (int8_t)debug_take(s, 1);
	t->line_range = debug_take(s, 1);
	t->opcode_base = debug_take(s, 1);
	for (int i = 0; i + 1 < t->opcode_base; i++)
		t->n_operands[i] = debug_take(s, 1);
}

bool line_header_read(struct line_table *t, const struct debug_sections *sections, u64 offset)
{
	struct span s = sections->lines, header;
	u64 length, version;

	if (offset >= span_left(&s))
		return false;
	span_take(&s, (size_t)offset);
	length = debug_take(&s, 4);
	t->offset_size = length == UINT32_MAX ? 8 : 4;
	if (t->offset_size == 8)
		length = debug_take(&s, 8);
	s = span_of(s.at, MIN(length, span_left(&s)));
	version = debug_take(&s, 2);
	if (version < 2 || version > 5)
		return false;
	t->version = (u8)version;
	if (version == 5)
		debug_take(&s, 2); /* sizes of an address and a segment: the program says them again */
	length = debug_take(&s, t->offset_size);
	header = span_of(s.at, MIN(length, span_left(&s)));
	span_take(&s, span_left(&header));
	t->program = s;
	read_opcodes(t, &header);
	if (version == 5) {
		read_list(t, &header, sections, false);
		read_list(t, &header, sections, true);
	} else {
		read_plain_lists(t, &header);
	}
	return !s.bad && !header.bad && t->line_range > 0 && t->opcode_base > 0;
}
