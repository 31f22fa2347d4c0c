/* A module's symbol table: the names that its linker gave to code, its own or those of its separate debug
 * file, whichever libdwfl finds. The C library's has ten thousand, of which a recording asks for a hundred:
 * so reading is kept to what finding needs, and names are made ready for people when they are first asked
 * for. */
#include <stdlib.h>
#include <string.h>

#include "record/symbolizer_parts.h"

/* A symbol that names code. Where it has no size, its span reaches to where it ends at the latest. */
struct symbol {
	const char *name;
	bool local, sized;
};

struct table {
	ARRAY(struct symbol) symbols;
	struct spans spans; /* of symbols */
};

/* Names for the same code: one with a size first, then what a program is linked by, then `malloc` before
 * `__libc_malloc`, and of what is left the shortest, `mktime` before `timelocal`. */
static bool is_better(const struct symbol *a, const struct symbol *b)
{
	size_t left, right;

	if (a->sized != b->sized)
		return a->sized;
	if (a->local != b->local)
		return b->local;
	left = strspn(a->name, "_");
	right = strspn(b->name, "_");
	if (left != right)
		return left < right;
	left = strlen(a->name);
	right = strlen(b->name);
	if (left != right)
		return left < right;
	return strcmp(a->name, b->name) < 0;
}

/* The end of the section that a symbol lies in, or 0 when that holds no code. */
static u64 code_end(Elf *elf, GElf_Word section, u64 address)
{
	Elf_Scn *scn = elf != NULL && section != SHN_UNDEF ? elf_getscn(elf, section) : NULL;
	GElf_Shdr header;

	if (scn == NULL || gelf_getshdr(scn, &header) == NULL || !(header.sh_flags & SHF_EXECINSTR))
		return 0;
	return address - header.sh_addr < header.sh_size ? header.sh_addr + header.sh_size : 0;
}

static void read_symbol(struct symbol_module *module, int i, struct table *table)
{
	GElf_Addr address;
	GElf_Word section;
	GElf_Sym sym;
	Dwarf_Addr bias;
	Elf *elf = NULL;
	const char *name = dwfl_module_getsym_info(module->file, i, &sym, &address, &section, &elf, &bias);
	u64 end = address + sym.st_size;
	int type;

	if (elf != NULL)
		module->symbol_elf = elf;
	if (name == NULL || name[0] == '\0' || sym.st_shndx == SHN_UNDEF)
		return;
	type = GELF_ST_TYPE(sym.st_info);
	if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return;
	if (type == STT_NOTYPE || sym.st_size == 0) {
		u64 limit = code_end(elf, section, sym.st_value) + bias;

		if (limit <= address)
			return;
		if (sym.st_size == 0)
			end = limit;
	}
	spans_add(&table->spans, address, end, table->symbols.n);
	array_push(&table->symbols, (struct symbol){
					    .name = name,
					    .local = GELF_ST_BIND(sym.st_info) == STB_LOCAL,
					    .sized = sym.st_size != 0,
				    });
}

static void keep(struct symbol_module *module, u64 low, u64 high, const struct symbol *symbol)
{
	spans_add(&module->symbol_spans, low, high, module->symbols.n);
	array_push(&module->symbols, (struct module_symbol){.raw = symbol->name});
}

/* Symbols that start at the same address, [first, last): the best name for each range. A symbol without a
 * size, as assembly leaves them, names what follows up to the next symbol or the end of the section; a label
 * inside a function, or at its start, names nothing. *covered: up to where functions reach. */
static void keep_best(struct symbol_module *module, const struct table *table, size_t first, size_t last,
		      u64 *covered)
{
	const struct span *spans = table->spans.list.at;
	u64 low = spans[first].low, high = 0;
	const struct symbol *best = NULL;

	/* By their ends, the farthest first; those without a size are anywhere among the others. */
	for (size_t i = first; i < last; i++) {
		const struct symbol *symbol = &table->symbols.at[spans[i].item];

		if (best != NULL && best->sized && symbol->sized && spans[i].high != high) {
			keep(module, low, high, best);
			*covered = MAX(*covered, high);
			best = NULL;
		}
		if (best == NULL || is_better(symbol, best)) {
			best = symbol;
			high = spans[i].high;
		}
	}
	if (best->sized)
		*covered = MAX(*covered, high);
	else if (low < *covered)
		return;
	else if (last < table->spans.list.n)
		high = MIN(high, spans[last].low);
	keep(module, low, high, best);
}

static void read_symbols(struct symbol_module *module)
{
	struct table table = {0};
	int n = dwfl_module_getsymtab(module->file);
	u64 covered = 0;

	module->symbols_read = true;
	if (n > 1) {
		array_reserve(&table.symbols, (size_t)n);
		array_reserve(&table.spans.list, (size_t)n);
	}
	for (int i = 1; i < n; i++)
		read_symbol(module, i, &table);
	spans_sort(&table.spans);
	for (size_t i = 0, next; i < table.spans.list.n; i = next) {
		next = i + 1;
		while (next < table.spans.list.n &&
		       table.spans.list.at[next].low == table.spans.list.at[i].low)
			next++;
		keep_best(module, &table, i, next, &covered);
	}
	spans_sort(&module->symbol_spans);
	spans_free(&table.spans);
	array_free(&table.symbols);
}

static struct module_symbol *symbol_at(struct symbol_module *module, u64 address)
{
	u32 item;

	if (module->file == NULL)
		return NULL;
	if (!module->symbols_read)
		read_symbols(module);
	item = spans_find(&module->symbol_spans, address);
	return item != NO_ID ? &module->symbols.at[item] : NULL;
}

const char *symbol_module_symbol(struct symbol_module *module, u64 address)
{
	const struct module_symbol *symbol = symbol_at(module, address);

	return symbol != NULL ? symbol->raw : NULL;
}

const struct module_symbol *symbol_module_named(struct symbol_module *module, u64 address)
{
	struct module_symbol *symbol = symbol_at(module, address);

	if (symbol != NULL && symbol->name == NULL) {
		symbol->name = symbol_module_name(module, symbol->raw);
		symbol->flags = symbol_flags(symbol->name, module->path);
	}
	return symbol;
}
