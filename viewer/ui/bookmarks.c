/* See bookmarks.h. A line of the file is words of the form name=value, parted by tabs, with %XX for what
 * would be in the way. */
#include "viewer/ui/bookmarks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/ui/columns.h"
#include "viewer/ui/view.h"

enum { IDS_MAX = 4096 };

static void bookmark_fini(struct bookmark *bookmark)
{
	focus_lens_free(&bookmark->focus.lens);
	free(bookmark->function);
}

void bookmarks_fini(struct bookmarks *bookmarks)
{
	for (size_t i = 0; i < bookmarks->n; i++)
		bookmark_fini(&bookmarks->at[i]);
	bookmarks->n = 0;
}

bool bookmark_add(struct app *app)
{
	const struct view_ops *ops = view_now(app)->ops;
	u32 function = app->findings && ops->selected ? ops->selected(view_now(app)) : NO_ID;

	if (app->bookmarks.n == BOOKMARKS_MAX)
		return false;
	struct bookmark *new = &app->bookmarks.at[app->bookmarks.n++];
	new->view = (int)app->view;
	new->focus = *app_focus(app);
	new->focus.lens = focus_lens_copy(&app_focus(app)->lens);
	new->function = xstrdup(function == NO_ID ? "" : function_name(app->trace, function));
	return true;
}

void bookmark_remove(struct bookmarks *bookmarks, size_t i)
{
	bookmark_fini(&bookmarks->at[i]);
	bookmarks->n--;
	memmove(&bookmarks->at[i], &bookmarks->at[i + 1], (bookmarks->n - i) * sizeof(bookmarks->at[0]));
}

static u32 function_of_name(const struct trace *trace, const char *name)
{
	for (u32 i = 0; i < trace->functions.n; i++) {
		if (strcmp(function_name(trace, i), name) == 0)
			return i;
	}
	return NO_ID;
}

void bookmark_go(struct app *app, size_t i)
{
	const struct bookmark *bookmark = &app->bookmarks.at[i];
	u32 function = *bookmark->function ? function_of_name(app->trace, bookmark->function) : NO_ID;

	if (!app->views[bookmark->view])
		return;
	app_show_view(app, (enum view_id)bookmark->view);
	app_set_focus(app, &bookmark->focus);
	/* Under another lens the rows come later. */
	if (app->lens_wanted)
		app->goto_function = function;
	else
		app_show_function(app, (enum view_id)bookmark->view, function);
}

void bookmark_text(const struct bookmark *bookmark, char *name, size_t name_size, char *text, size_t size)
{
	const struct lens *lens = &bookmark->focus.lens;
	const struct view_ops *ops = view_table[bookmark->view];

	snprintf(name, name_size, "%s", *bookmark->function ? bookmark->function : "(whole view)");
	snprintf(text, size, "%s, %s%s%s%s%s%s%s", ops ? ops->name : "",
		 metric_info[bookmark->focus.metric].name,
		 lens->from_ns || lens->to_ns != UINT64_MAX ? ", a time range" : "",
		 lens->n_pids || lens->n_tids ? ", threads" : "", lens->filter ? ", filter " : "",
		 lens->filter ? lens->filter : "", lens->exclude ? ", without " : "",
		 lens->exclude ? lens->exclude : "");
	for (char *c = text; *c; c++) {
		if (*c == '\n')
			*c = '+';
	}
}

static void put_text(FILE *out, const char *name, const char *text)
{
	if (!text)
		return;
	fprintf(out, "\t%s=", name);
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == '%' || *text == 127)
			fprintf(out, "%%%02x", (unsigned char)*text);
		else
			fputc(*text, out);
	}
}

static void put_ids(FILE *out, const char *name, const u32 *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, "\t%s=%" PRIu32, name, ids[i]);
}

char *bookmarks_write(const struct bookmarks *bookmarks)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < bookmarks->n; i++) {
		const struct bookmark *b = &bookmarks->at[i];
		const struct lens *lens = &b->focus.lens;
		fprintf(out,
			"view=%s\tmetric=%s\tsort=%d\treverse=%d\tdepth=%u\tfrom=%" PRIu64 "\tto=%" PRIu64,
			view_table[b->view]->name, metric_info[b->focus.metric].name, b->focus.sort,
			b->focus.reverse, b->focus.depth, lens->from_ns, lens->to_ns);
		put_ids(out, "pid", lens->pids, lens->n_pids);
		put_ids(out, "tid", lens->tids, lens->n_tids);
		put_text(out, "filter", lens->filter);
		put_text(out, "exclude", lens->exclude);
		put_text(out, "modules", lens->modules);
		put_text(out, "function", b->function);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* In place. */
static char *unescape(char *text)
{
	char *to = text;

	for (const char *c = text; *c; c++) {
		if (*c == '%' && hex(c[1]) >= 0 && hex(c[2]) >= 0 && hex(c[1]) * 16 + hex(c[2]) > 0) {
			*to++ = (char)(hex(c[1]) * 16 + hex(c[2]));
			c += 2;
		} else {
			*to++ = *c;
		}
	}
	*to = '\0';
	return text;
}

struct reading {
	struct bookmark b; /* lens: borrows from here and the line */
	u32 pids[IDS_MAX], tids[IDS_MAX];
	bool whole;
};

static void read_word(struct reading *r, const char *name, char *value)
{
	struct lens *lens = &r->b.focus.lens;

	if (strcmp(name, "view") == 0) {
		for (int i = 0; i < N_VIEWS; i++) {
			if (view_table[i] && strcmp(view_table[i]->name, value) == 0) {
				r->b.view = i;
				r->whole = true;
			}
		}
	} else if (strcmp(name, "metric") == 0) {
		int metric = metric_by_name(value);
		r->b.focus.metric = metric < 0 ? METRIC_PEAK : (enum metric)metric;
	} else if (strcmp(name, "sort") == 0) {
		int sort = atoi(value);
		if (sort >= 0 && sort < N_COLUMNS && column_sortable((enum column_id)sort))
			r->b.focus.sort = sort;
	} else if (strcmp(name, "reverse") == 0) {
		r->b.focus.reverse = atoi(value) != 0;
	} else if (strcmp(name, "depth") == 0) {
		r->b.focus.depth = (unsigned)strtoul(value, NULL, 10);
	} else if (strcmp(name, "from") == 0) {
		lens->from_ns = strtoull(value, NULL, 10);
	} else if (strcmp(name, "to") == 0) {
		lens->to_ns = strtoull(value, NULL, 10);
	} else if (strcmp(name, "pid") == 0 && lens->n_pids < IDS_MAX) {
		r->pids[lens->n_pids++] = (u32)strtoul(value, NULL, 10);
	} else if (strcmp(name, "tid") == 0 && lens->n_tids < IDS_MAX) {
		r->tids[lens->n_tids++] = (u32)strtoul(value, NULL, 10);
	} else if (strcmp(name, "filter") == 0) {
		lens->filter = unescape(value);
	} else if (strcmp(name, "exclude") == 0) {
		lens->exclude = unescape(value);
	} else if (strcmp(name, "modules") == 0) {
		lens->modules = unescape(value);
	} else if (strcmp(name, "function") == 0) {
		r->b.function = unescape(value);
	}
}

static void read_line(struct bookmarks *bookmarks, char *line)
{
	struct reading *r = xcalloc(1, sizeof(*r));
	struct lens *lens = &r->b.focus.lens;
	char *rest = line;

	lens_init(lens);
	lens->pids = r->pids;
	lens->tids = r->tids;
	r->b.function = (char *)"";
	for (char *word; (word = strsep(&rest, "\t")) != NULL;) {
		char *equals = strchr(word, '=');
		if (!equals)
			continue;
		*equals = '\0';
		read_word(r, word, equals + 1);
	}
	if (r->whole && lens->from_ns <= lens->to_ns && bookmarks->n < BOOKMARKS_MAX) {
		struct bookmark *new = &bookmarks->at[bookmarks->n++];
		*new = r->b;
		new->focus.lens = focus_lens_copy(lens);
		new->function = xstrdup(r->b.function);
	}
	free(r);
}

void bookmarks_read(struct bookmarks *bookmarks, const char *text)
{
	char *copy = xstrdup(text), *rest = copy;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (*line)
			read_line(bookmarks, line);
	}
	free(copy);
}

char *bookmarks_file(const struct trace *trace)
{
	/* FNV-1a of what no two recordings share. */
	u64 hash = 0xcbf29ce484222325;
	const char *command = trace_string(trace, trace->command);
	char text[64];

	snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu32 " ", trace->wall_ns,
		 trace->processes.n ? trace->processes.at[0].pid : 0);
	for (const char *c = text; *c; c++)
		hash = (hash ^ (u8)*c) * 0x100000001b3;
	for (const char *c = command; *c; c++)
		hash = (hash ^ (u8)*c) * 0x100000001b3;
	return xasprintf("bookmarks/%016" PRIx64, hash);
}
