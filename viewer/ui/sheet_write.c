/* A table as a file: all of its rows, in the order and with the filter of the screen; as text, or with all
 * columns and exact figures. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "viewer/ui/sheet.h"

enum { TEXT_W = 132, CHUNK = 64, CELL_W = 256 };

/* Piece by piece: a table may have more rows than any screen. */
static void write_text(struct sheet *sheet, struct app *app, FILE *out)
{
	const struct list before = sheet->list;
	struct surface s;

	surface_init(&s, app->glyphs->ascii);
	surface_resize(&s, TEXT_W, 1);
	for (size_t i = 0; i == 0 || i < sheet->rows.n; i += CHUNK) {
		int header = i == 0, rows = (int)MIN(sheet->rows.n - i, (size_t)CHUNK);
		surface_resize(&s, TEXT_W, header + rows);
		sheet->list.top = sheet->list.cursor = i;
		sheet->list.height = (size_t)rows;
		sheet_draw(sheet, app, &s, (struct area){0, header, TEXT_W, rows, header - 1}, false);
		/* Nothing is selected in a file. */
		if (rows > 0)
			surface_put(&s, 0, header, 1, ROLE_NORMAL, " ");
		surface_dump(&s, out);
	}
	sheet->list = before;
	surface_fini(&s);
}

/* What stands in a cell that is no figure. */
static void write_cell(const struct sheet *sheet, const struct app *app, struct surface *s, u32 row,
		       size_t place, int column, FILE *out)
{
	struct sheet_cell cell = {.sheet = sheet,
				  .app = app,
				  .s = s,
				  .row = row,
				  .place = place,
				  .column = column,
				  .w = CELL_W};
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	surface_clear(s);
	sheet->kind->cell(&cell);
	surface_dump(s, to);
	fclose(to);
	text[strcspn(text, "\n")] = '\0';
	text_csv(out, text + strspn(text, " "));
	free(text);
}

static void write_csv(const struct sheet *sheet, const struct app *app, FILE *out)
{
	const struct sheet_kind *kind = sheet->kind;
	struct surface s;

	surface_init(&s, false);
	surface_resize(&s, CELL_W, 1);
	fputs("row", out);
	for (int i = 0; i < kind->n; i++) {
		const struct sheet_column *c = &kind->columns[i];
		if (c->name && (!kind->has || kind->has(app, c->id)))
			fprintf(out, ",%s", c->name);
	}
	fputc('\n', out);
	for (size_t place = 0; place < sheet->rows.n; place++) {
		u32 row = sheet->rows.at[place];
		text_csv(out, kind->name(sheet->data, row));
		for (int i = 0; i < kind->n; i++) {
			const struct sheet_column *c = &kind->columns[i];
			if (!c->name || (kind->has && !kind->has(app, c->id)))
				continue;
			fputc(',', out);
			if (c->flags & (SHEET_NAMES | SHEET_LEFT))
				write_cell(sheet, app, &s, row, place, c->id, out);
			else
				fprintf(out, "%" PRIu64, kind->value(sheet->data, row, c->id));
		}
		fputc('\n', out);
	}
	surface_fini(&s);
}

int sheet_write(struct sheet *sheet, struct app *app, enum write_kind kind, FILE *out, struct err *err)
{
	if (!sheet->data)
		return err_set(err, "nothing is loaded yet");
	if (kind == WRITE_TEXT)
		write_text(sheet, app, out);
	else
		write_csv(sheet, app, out);
	return 0;
}
