/* Modules, functions, code addresses, stacks and sites of a trace that is made from text. */
#include "tests/unit/tracegen_private.h"

#include <string.h>

enum { PC_STRIDE = 16, FIRST_OFFSET = 0x1000 };

u32 gen_string(struct gen *g, const char *s)
{
	return writer_string(g->w, s, strlen(s));
}

static u32 module(struct gen *g, const char *path, const char *build_id)
{
	struct trace_module m = {.path = gen_string(g, path)};
	unsigned byte;

	for (u32 i = 0; i < g->modules.n; i++)
		if (strcmp(g->modules.at[i].path, path) == 0)
			return i;
	for (; build_id && sscanf(build_id, "%2x", &byte) == 1 && m.build_id_len < BUILD_ID_MAX;
	     build_id += 2)
		m.build_id[m.build_id_len++] = (u8)byte;
	array_push(&g->modules, (struct gen_module){xstrdup(path), writer_module(g->w, &m), FIRST_OFFSET});
	return (u32)g->modules.n - 1;
}

void gen_do_module(struct gen *g)
{
	module(g, gen_word(g, 1), g->n_words > 2 ? g->words[2] : NULL);
}

struct gen_function *gen_function(struct gen *g, const char *name)
{
	for (size_t i = g->functions.n; i-- > 0;)
		if (strcmp(g->functions.at[i].name, name) == 0)
			return &g->functions.at[i];
	return NULL;
}

static struct gen_function *declare(struct gen *g, const char *name, const char *module_path,
				    const char *file, u32 line, u8 flags, u8 language)
{
	struct gen_function new = {.name = xstrdup(name), .module = module(g, module_path, NULL)};

	new.f = (struct trace_function){gen_string(g, name),
					gen_string(g, file),
					line,
					g->modules.at[new.module].id,
					flags,
					language};
	new.id = writer_function(g->w, &new.f);
	array_push(&g->functions, new);
	return &g->functions.at[g->functions.n - 1];
}

void gen_do_function(struct gen *g)
{
	static const struct {
		const char *name;
		u8 flag, language;
	} traits[] = {
		{"allocator", FUNCTION_ALLOCATOR, 0}, {"runtime", FUNCTION_RUNTIME, 0},
		{"nosymbol", FUNCTION_NO_SYMBOL, 0},  {"interpreter", FUNCTION_INTERPRETER, 0},
		{"python", 0, LANGUAGE_PYTHON},
	};
	u8 flags = 0, language = 0;

	for (int i = 5; i < g->n_words; i++) {
		size_t t = 0;

		while (t < ARRAY_LEN(traits) && strcmp(traits[t].name, g->words[i]) != 0)
			t++;
		if (t == ARRAY_LEN(traits))
			BAD(g, "unknown trait: %s", g->words[i]);
		flags |= traits[t].flag;
		language |= traits[t].language;
	}
	declare(g, gen_word(g, 1), gen_word(g, 2), gen_word(g, 3), (u32)gen_number(g, gen_word(g, 4)), flags,
		language);
}

/* The next of f~g~h; a ~ behind a colon is a destructor's. */
static char *inlined(char **rest)
{
	char *name = *rest, *p;

	if (!name)
		return NULL;
	for (p = name; *p && (*p != '~' || p == name || p[-1] == ':'); p++)
		;
	*rest = *p ? p + 1 : NULL;
	*p = '\0';
	return name;
}

/* One step of a stack: f, f:12, f~g:3 (g inlined into f), ?module+0x1f. */
static u32 pc(struct gen *g, const char *text)
{
	struct trace_frame frames[WORDS_MAX];
	u32 n = 0, home = 0;
	struct gen_pc new = {0};
	char *copy, *rest, *name;
	u64 offset = 0;

	for (size_t i = 0; i < g->pcs.n; i++)
		if (strcmp(g->pcs.at[i].text, text) == 0)
			return g->pcs.at[i].id;
	new.text = xstrdup(text);
	rest = copy = xstrdup(text);
	if (*copy == '?') {
		char *plus = strrchr(copy, '+');

		if (!plus)
			BAD(g, "not ?module+offset: %s", text);
		*plus = '\0';
		home = module(g, copy + 1, NULL);
		offset = gen_number(g, plus + 1);
		rest = NULL;
	}
	while ((name = inlined(&rest)) != NULL) {
		char *colon = strrchr(name, ':');
		bool has_line = colon && colon[1] >= '0' && colon[1] <= '9';
		struct gen_function *f;
		char file[256];

		if (has_line)
			*colon = '\0';
		snprintf(file, sizeof(file), "%s.c", name);
		f = gen_function(g, name);
		f = f ? f : declare(g, name, "app", file, 1, 0, LANGUAGE_NATIVE);
		if (n == 0)
			home = f->module;
		memmove(frames + 1, frames, n * sizeof(*frames)); /* the outermost is named first */
		frames[0] = (struct trace_frame){f->id, f->f.file,
						 has_line ? (u32)gen_number(g, colon + 1) : f->f.line + 1};
		if (++n == WORDS_MAX)
			BAD(g, "too many inlined functions");
	}
	if (n > 0) {
		offset = g->modules.at[home].next_offset;
		g->modules.at[home].next_offset += PC_STRIDE;
	}
	new.id = writer_pc(g->w, &(struct trace_pc){g->modules.at[home].id, offset});
	if (n > 0 && !g->no_symbols)
		writer_symbol(g->w, new.id, frames, n);
	array_push(&g->pcs, new);
	free(copy);
	return new.id;
}

static u32 stack(struct gen *g, const char *text)
{
	const char *separator = strchr(text, ';') ? ";" : ">";
	char *copy = xstrdup(text), *rest = copy, *step;
	u32 node = 0;

	while ((step = strsep(&rest, separator)) != NULL) {
		struct trace_node n = {node, pc(g, step)};
		bool found;
		u32 *place = idmap_put(&g->nodes, idmap_pair(n.parent, n.pc), &found);

		if (!found)
			*place = writer_node(g->w, &n);
		node = *place;
	}
	free(copy);
	return node;
}

u32 gen_thread(struct gen *g, const char *name)
{
	u64 n = name[0] == 't' ? gen_number(g, name + 1) : 0;

	if (n < 1 || n > g->threads.n)
		BAD(g, "no such thread: %s", name);
	return (u32)n - 1;
}

u32 gen_site(struct gen *g, u32 t, const char *text)
{
	struct trace_site s = {t, stack(g, text)};
	bool found;
	u32 *place = idmap_put(&g->sites, idmap_pair(s.thread, s.node), &found);

	if (!found) {
		*place = writer_site(g->w, &s);
		ledger_site(&g->ledger, g->threads.at[t].t.process);
	}
	return *place;
}

u32 gen_process(struct gen *g, const char *name)
{
	u64 n = gen_number(g, name);

	if (n < 1 || n > g->processes.n)
		BAD(g, "no such process: %s", name);
	return (u32)n - 1;
}
