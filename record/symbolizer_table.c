/* A module's symbol table: the names that its linker gave to code, its own or those of its separate debug
 * file, whichever libdwfl finds. The C library's has ten thousand, of which a recording asks for a hundred:
 * so reading is kept to what finding needs, and names are made ready for people when they are first asked
 * for. */
#include <stdlib.h>
#include <string.h>

#include "record/symbolizer_parts.h"

static size_t underscores(const char *name)
{
	size_t n = 0;

	while (name[n] == '_')
		n++;
	return n;
}

/* Names for the same code: one with a size first, then what a program is linked by, then `malloc` before
 * `__libc_malloc`, and of what is left the shortest, `mktime` before `timelocal`. */
static bool is_better(const struct module_symbol *a, const struct module_symbol *b)
{
	size_t left, right;

	if (a->sized != b->sized)
		return a->sized;
	if (a->local != b->local)
		return b->local;
	left = underscores(a->raw);
	right = underscores(b->raw);
	if (left != right)
		return left < right;
	left = strlen(a->raw);
	right = strlen(b->raw);
	if (left != right)
		return left < right;
	return strcmp(a->raw, b->raw) < 0;
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

static void read_symbol(struct symbol_module *module, int i)
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
	/* The names themselves are not looked at: their pages need not be read for it. */
	if (name == NULL || sym.st_name == 0 || sym.st_shndx == SHN_UNDEF)
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
	spans_add(&module->symbol_spans, address, end, module->symbols.n);
	array_push(&module->symbols, (struct module_symbol){
					     .raw = name,
					     .local = GELF_ST_BIND(sym.st_info) == STB_LOCAL,
					     .sized = sym.st_size != 0,
				     });
}

/* Symbols that start at the same address, at [first, last): of those with the same end the best is kept, at
 * *kept, from where the list is written anew. A symbol without a size, as assembly leaves them, names what
 * follows up to the next symbol or the end of the section; a label inside a function, or at its start, names
 * nothing. *covered: up to where functions reach. */
static void keep_best(struct symbol_module *module, size_t first, size_t last, size_t *kept, u64 *covered)
{
	struct extent *spans = module->symbol_spans.list.at, best = spans[first];

	/* By their ends, the farthest first; those without a size are anywhere among the others. */
	for (size_t i = first + 1; i < last; i++) {
		const struct module_symbol *symbol = &module->symbols.at[spans[i].item];
		const struct module_symbol *other = &module->symbols.at[best.item];

		if (other->sized && symbol->sized && spans[i].high != best.high) {
			*covered = MAX(*covered, best.high);
			spans[(*kept)++] = best;
			best = spans[i];
		} else if (is_better(symbol, other)) {
			best = spans[i];
		}
	}
	if (module->symbols.at[best.item].sized)
		*covered = MAX(*covered, best.high);
	else if (best.low < *covered)
		return;
	else if (last < module->symbol_spans.list.n)
		best.high = MIN(best.high, spans[last].low);
	spans[(*kept)++] = best;
}

static void read_symbols(struct symbol_module *module)
{
	struct spans *spans = &module->symbol_spans;
	int n = dwfl_module_getsymtab(module->file);
	size_t kept = 0;
	u64 covered = 0;

	module->symbols_read = true;
	if (n <= 1)
		return;
	array_reserve(&module->symbols, (size_t)n);
	array_reserve(&spans->list, (size_t)n);
	for (int i = 1; i < n; i++)
		read_symbol(module, i);
	spans_sort(spans);
	for (size_t i = 0, next; i < spans->list.n; i = next) {
		u64 low = spans->list.at[i].low;

		for (next = i + 1; next < spans->list.n && spans->list.at[next].low == low;)
			next++;
		keep_best(module, i, next, &kept, &covered);
	}
	spans->list.n = kept;
	spans_sort(spans);
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
