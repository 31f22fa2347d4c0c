/* The rows of line tables, which a program for a small machine tells (DWARF 5, 6.2.5), where a unit has its
 * table, and the paths of its files. See symbolizer_lines.h. */
#include "record/symbolizer_lines.h"

#include <dwarf.h>
#include <stdlib.h>

#include "record/symbolizer_die.h"

/* The machine's registers, as far as we need them. */
struct machine {
	u64 address;
	u64 file;
	u64 line;     /* goes round below 0 */
	size_t first; /* row of the sequence */
};

static const struct machine at_start = {.file = 1, .line = 1};

static u64 take_signed(struct span *s)
{
	u64 v = 0;
	unsigned shift = 0;
	u8 byte;

	do {
		byte = (u8)debug_take(s, 1);
		if (shift < 64)
			v |= (u64)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte >= 0x80);
	if (shift < 64 && (byte & 0x40))
		v |= UINT64_MAX << shift;
	return v;
}

/* Of several rows for one address the last one counts. What does not go on upwards is not sound. */
static inline void put_row(struct line_table *t, const struct machine *m)
{
	bool fits = m->line > 0 && m->line <= UINT32_MAX && m->file <= UINT32_MAX;
	struct line_row row = {m->address, fits ? (u32)m->file : 0, fits ? (u32)m->line : 0};
	struct line_row *last = t->rows.n > m->first ? &t->rows.at[t->rows.n - 1] : NULL;

	if (last != NULL && last->address == row.address)
		*last = row;
	else if (last == NULL ||
		 (last->address < row.address && (last->file != row.file || last->line != row.line)))
		array_push(&t->rows, row);
}

/* What the linker threw away stands at 0. */
static void end_sequence(struct line_table *t, struct machine *m)
{
	struct line_sequence sequence = {(u32)m->first, (u32)(t->rows.n - m->first)};

	if (sequence.n > 0 && t->rows.at[m->first].address != 0 && t->rows.n <= UINT32_MAX) {
		spans_add(&t->spans, t->rows.at[m->first].address, m->address, (u32)t->sequences.n);
		array_push(&t->sequences, sequence);
	} else {
		t->rows.n = m->first;
	}
	*m = at_start;
	m->first = t->rows.n;
}

static void run_extended(struct line_table *t, struct machine *m, struct span *program)
{
	struct span s = span_column(program);
	const char *name;

	switch (debug_take(&s, 1)) {
	case DW_LNE_end_sequence:
		end_sequence(t, m);
		break;
	case DW_LNE_set_address:
		m->address = debug_take(&s, MIN(span_left(&s), sizeof(m->address)));
		break;
	case DW_LNE_define_file:
		name = debug_take_string(&s);
		if (name != NULL)
			line_header_add_file(t, name, &s);
		break;
	}
}

static void advance(const struct line_table *t, struct machine *m, u64 n)
{
	m->address += n * t->instruction_length;
}

static void run_standard(struct line_table *t, struct machine *m, u8 opcode, struct span *s)
{
	switch (opcode) {
	case DW_LNS_copy:
		put_row(t, m);
		break;
	case DW_LNS_advance_pc:
		advance(t, m, span_varint(s));
		break;
	case DW_LNS_advance_line:
		m->line += take_signed(s);
		break;
	case DW_LNS_set_file:
		m->file = span_varint(s);
		break;
	case DW_LNS_const_add_pc:
		advance(t, m, (UINT8_MAX - t->opcode_base) / t->line_range);
		break;
	case DW_LNS_fixed_advance_pc:
		m->address += debug_take(s, 2);
		break;
	default:
		for (int i = 0; i < t->n_operands[opcode - 1]; i++)
			debug_take_leb(s);
	}
}

static void run(struct line_table *t)
{
	struct span s = t->program;
	struct machine m = at_start;
	u64 steps[UINT8_MAX + 1]; /* by opcode: what it adds to the address, to the line */
	u64 lines[UINT8_MAX + 1];

	for (int i = t->opcode_base; i <= UINT8_MAX; i++) {
		steps[i] = (u64)((i - t->opcode_base) / t->line_range) * t->instruction_length;
		lines[i] = (u64)(i64)(t->line_base + (i - t->opcode_base) % t->line_range);
	}
	t->run = true;
	while (span_left(&s) > 0) {
		u8 opcode = *s.at++;

		if (opcode >= t->opcode_base) {
			m.address += steps[opcode];
			m.line += lines[opcode];
			put_row(t, &m);
		} else if (opcode == 0) {
			run_extended(t, &m, &s);
		} else {
			run_standard(t, &m, opcode, &s);
		}
	}
	t->rows.n = m.first;
	array_shrink(&t->rows);
	spans_sort(&t->spans);
}

const struct line_row *line_table_find(struct line_table *t, u64 address)
{
	const struct line_sequence *sequence;
	size_t low, high;
	u32 item;

	if (!t->run)
		run(t);
	item = spans_find(&t->spans, address);
	if (item == NO_ID)
		return NULL;
	sequence = &t->sequences.at[item];
	/* The first row is at the sequence's start. */
	low = sequence->first;
	high = low + sequence->n;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (t->rows.at[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	return &t->rows.at[low];
}

/* Names are relative to their directory, and directories to where the unit was compiled. */
static char *join_path(const struct line_table *t, const struct line_file *file)
{
	const char *directory =
		file->directory < t->directories.n ? t->directories.at[file->directory] : NULL;

	if (file->name[0] == '/')
		return xstrdup(file->name);
	if (directory == NULL || directory[0] == '\0')
		directory = t->home;
	if (directory == NULL)
		return xstrdup(file->name);
	if (directory[0] == '/' || file->directory == 0 || directory == t->home || t->home == NULL)
		return xasprintf("%s/%s", directory, file->name);
	return xasprintf("%s/%s/%s", t->home, directory, file->name);
}

const char *line_table_path(struct line_table *t, u64 number)
{
	struct line_file *file = number < t->files.n ? &t->files.at[number] : NULL;

	if (file == NULL || file->name == NULL || file->name[0] == '\0')
		return NULL;
	if (file->path == NULL) {
		char *whole = join_path(t, file), *tidy = symbol_tidy_path(whole);

		file->path = arena_strndup(&t->module->arena, tidy, strlen(tidy));
		free(whole);
		free(tidy);
	}
	return file->path;
}

static void free_table(struct line_table *t)
{
	if (t == NULL)
		return;
	array_free(&t->directories);
	array_free(&t->files);
	array_free(&t->rows);
	array_free(&t->sequences);
	spans_free(&t->spans);
	free(t);
}

static struct line_table *read_table(struct line_tables *tables, Dwarf_Die *unit)
{
	const struct debug_sections *sections = debug_files_get(tables->files, unit);
	struct line_table *t;
	Dwarf_Attribute attribute;
	Dwarf_Word offset = 0;
	uint8_t type;

	/* The table of a split unit's file stands alone. */
	if ((dwarf_attr(unit, DW_AT_stmt_list, &attribute) == NULL ||
	     dwarf_formudata(&attribute, &offset) != 0) &&
	    (dwarf_cu_info(unit->cu, NULL, &type, NULL, NULL, NULL, NULL, NULL) != 0 ||
	     (type != DW_UT_split_compile && type != DW_UT_split_type)))
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->module = tables->module;
	t->home = die_string(unit, DW_AT_comp_dir);
	if (line_header_read(t, sections, offset))
		return t;
	free_table(t);
	return NULL;
}

struct line_table *line_tables_get(struct line_tables *tables, Dwarf_Die *unit)
{
	bool found;
	u32 *item = idmap_put(&tables->by_unit, (uintptr_t)unit->cu, &found);

	if (!found) {
		*item = (u32)tables->list.n;
		array_push(&tables->list, read_table(tables, unit));
	}
	return tables->list.at[*item];
}

void line_tables_share(struct line_tables *tables, Dwarf_Die *unit, Dwarf_Die *other)
{
	bool found;

	if (line_tables_get(tables, unit) != NULL)
		return;
	line_tables_get(tables, other);
	u32 item = idmap_get(&tables->by_unit, (uintptr_t)other->cu);
	*idmap_put(&tables->by_unit, (uintptr_t)unit->cu, &found) = item;
}

void line_tables_init(struct line_tables *tables, struct symbol_module *module, struct debug_files *files)
{
	*tables = (struct line_tables){.module = module, .files = files};
	idmap_init(&tables->by_unit);
}

void line_tables_fini(struct line_tables *tables)
{
	for (size_t i = 0; i < tables->list.n; i++)
		free_table(tables->list.at[i]);
	array_free(&tables->list);
	idmap_fini(&tables->by_unit);
}
