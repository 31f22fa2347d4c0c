/* What pstats.Stats loads: a dictionary in Python's marshal format, of functions' figures and those of their
 * callers. Little-endian; nothing in it is shared, so that no references are needed. */
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "viewer/text/export.h"
#include "viewer/text/pstats.h"

static void put_u32(FILE *out, u32 value)
{
	for (int i = 0; i < 4; i++)
		putc((int)(value >> (8 * i) & 0xff), out);
}

/* Above 31 bits marshal has digits of 15 bits each. */
static void put_number(FILE *out, u64 value)
{
	u32 n = 0;

	if (value <= INT32_MAX) {
		putc('i', out);
		put_u32(out, (u32)value);
		return;
	}
	for (u64 rest = value; rest; rest >>= 15)
		n++;
	putc('l', out);
	put_u32(out, n);
	for (; value; value >>= 15) {
		putc((int)(value & 0xff), out);
		putc((int)(value >> 8 & 0x7f), out);
	}
}

static void put_seconds(FILE *out, u64 ns)
{
	double seconds = (double)ns / 1e9;
	u64 bits;

	memcpy(&bits, &seconds, sizeof(bits));
	putc('g', out);
	put_u32(out, (u32)bits);
	put_u32(out, (u32)(bits >> 32));
}

/* A text from a trace may be anything; what is no UTF-8 Python would refuse the whole file for. */
static void put_string(FILE *out, const char *s)
{
	char *safe = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&safe, &n);

	if (!to)
		return;
	text_print(to, s);
	fclose(to);
	putc('u', out);
	put_u32(out, (u32)n);
	fwrite(safe, 1, n, out);
	free(safe);
}

static void put_tuple(FILE *out, int n)
{
	putc('(', out);
	put_u32(out, (u32)n);
}

/* What is printed as {built-in method builtins.len} stands in the file as <built-in method builtins.len>. */
static void put_key(FILE *out, const struct pstats_name *name)
{
	size_t n = strlen(name->name);
	char *kept = xstrdup(name->name);

	if (strcmp(name->file, "~") == 0 && n > 1 && kept[0] == '{' && kept[n - 1] == '}') {
		kept[0] = '<';
		kept[n - 1] = '>';
	}
	put_tuple(out, 3);
	put_string(out, name->file);
	put_number(out, name->line);
	put_string(out, kept);
	free(kept);
}

static void put_callers(FILE *out, const struct pstats *p, const struct profile_row *row)
{
	putc('{', out);
	for (u32 i = 0; i < row->n_callers; i++) {
		const struct profile_caller *c = &p->profile.callers.at[row->first_caller + i];

		put_key(out, &p->names[c->caller]);
		put_tuple(out, 4);
		put_number(out, c->figures.calls);
		put_number(out, c->figures.primitive_calls);
		put_seconds(out, c->figures.self_ns);
		put_seconds(out, c->figures.total_ns);
	}
	putc('0', out);
}

int export_pstats(const struct export *e, struct err *err)
{
	struct pstats p;

	if (pstats_init(&p, e->a, err) < 0)
		return -1;
	putc('{', e->out);
	for (size_t i = 0; i < p.profile.rows.n; i++) {
		const struct profile_row *row = &p.profile.rows.at[i];

		put_key(e->out, &p.names[i]);
		put_tuple(e->out, 5);
		put_number(e->out, row->figures.primitive_calls);
		put_number(e->out, row->figures.calls);
		put_seconds(e->out, row->figures.self_ns);
		put_seconds(e->out, row->figures.total_ns);
		put_callers(e->out, &p, row);
	}
	putc('0', e->out);
	pstats_fini(&p);
	return 0;
}
