/* See symbolizer_sections.h. */
#include "record/symbolizer_sections.h"

#include <stdlib.h>

u64 debug_take(struct span *s, size_t bytes)
{
	const u8 *at = span_take(s, bytes);
	u64 v = 0;

	for (size_t i = 0; at != NULL && i < bytes; i++)
		v |= (u64)at[i] << (i * 8);
	return v;
}

u64 debug_take_leb(struct span *s)
{
	u64 v = 0;
	u32 bits = 0;
	u8 byte;

	do {
		byte = (u8)debug_take(s, 1);
		v |= bits < 64 ? (u64)(byte & 0x7f) << bits : 0;
		bits += 7;
	} while (byte >= 0x80);
	return v;
}

const char *debug_take_string(struct span *s)
{
	const u8 *end = memchr(s->at, 0, span_left(s));

	return (const char *)span_take(s, end != NULL ? (size_t)(end - s->at) + 1 : SIZE_MAX);
}

/* ".debug_line", ".zdebug_line", ".debug_line.dwo". */
static bool is_called(const char *name, const char *plain)
{
	size_t n = strlen(plain);

	if (name[0] != '.')
		return false;
	name += name[1] == 'z' ? 2 : 1;
	return strncmp(name, plain, n) == 0 && (name[n] == '\0' || strcmp(name + n, ".dwo") == 0);
}

/* Decompressed by libdw, where they were compressed. */
static struct debug_sections find_sections(Dwarf *dwarf)
{
	struct debug_sections found = {.dwarf = dwarf};
	const struct {
		const char *name;
		struct span *place;
	} wanted[] = {{"debug_info", &found.entries},
		      {"debug_abbrev", &found.abbreviations},
		      {"debug_line", &found.lines},
		      {"debug_line_str", &found.line_strings},
		      {"debug_str", &found.strings}};
	Elf *elf = dwarf_getelf(dwarf);
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf == NULL || elf_getshdrstrndx(elf, &names) != 0)
		return found;
	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		GElf_Shdr header;
		const char *name = gelf_getshdr(scn, &header) != NULL && header.sh_type != SHT_NOBITS
					   ? elf_strptr(elf, names, header.sh_name)
					   : NULL;
		Elf_Data *data;

		for (size_t i = 0; name != NULL && i < ARRAY_LEN(wanted); i++)
			if (is_called(name, wanted[i].name) && (data = elf_rawdata(scn, NULL)) != NULL &&
			    data->d_buf != NULL)
				*wanted[i].place = span_of(data->d_buf, data->d_size);
	}
	return found;
}

const struct debug_sections *debug_files_get(struct debug_files *files, Dwarf_Die *entry)
{
	Dwarf *dwarf = dwarf_cu_getdwarf(entry->cu);

	for (size_t i = 0; i < files->list.n; i++)
		if (files->list.at[i].dwarf == dwarf)
			return &files->list.at[i];
	array_push(&files->list, find_sections(dwarf));
	return &files->list.at[files->list.n - 1];
}

void debug_files_fini(struct debug_files *files)
{
	array_free(&files->list);
}
