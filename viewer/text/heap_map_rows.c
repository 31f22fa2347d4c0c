/* The heap map as a table: its columns, how full an area is along its span, and what is said of the whole. */
#include "viewer/text/heap_map_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/text/row_values.h"

static const struct map_area *area_of(const void *row)
{
	return row;
}

static struct value get_pid(const struct table_context *c, const void *row)
{
	return number_value(VALUE_ID, c->a->trace->processes.at[area_of(row)->process].pid);
}

static struct value address_value(const struct table_context *c, u64 address)
{
	char text[HUMAN_LEN];

	snprintf(text, sizeof(text), "%#" PRIx64, address);
	return text_value(VALUE_TEXT, arena_strndup(c->arena, text, strlen(text)));
}

static struct value get_start(const struct table_context *c, const void *row)
{
	return address_value(c, area_of(row)->start);
}

static struct value get_end(const struct table_context *c, const void *row)
{
	return address_value(c, area_of(row)->start + area_of(row)->span);
}

static struct value get_kind(const struct table_context *c, const void *row)
{
	(void)c;
	return text_value(VALUE_TEXT, area_of(row)->large ? "large" : "heap");
}

static struct value get_touched(const struct table_context *c, const void *row)
{
	(void)c;
	return number_value(VALUE_BYTES, area_of(row)->pages * MAP_PAGE);
}

static struct value get_used(const struct table_context *c, const void *row)
{
	(void)c;
	return number_value(VALUE_SHARE, map_used(area_of(row)->bytes, area_of(row)->pages));
}

static struct value get_fragmentation(const struct table_context *c, const void *row)
{
	(void)c;
	return number_value(VALUE_SHARE, map_fragmentation(area_of(row)->bytes, area_of(row)->pages));
}

#define FROM(key, title, kind, get)                                                                          \
	{                                                                                                    \
		key, title, kind, 0, get, 0, 0                                                               \
	}
static const struct column columns[] = {
	FROM("pid", "PID", VALUE_ID, get_pid),
	FROM("start", "START", VALUE_TEXT, get_start),
	FROM("end", NULL, VALUE_TEXT, get_end),
	FROM("kind", "KIND", VALUE_TEXT, get_kind),
	FIGURE(struct map_area, span, "span_bytes", "SPAN", VALUE_BYTES, 0),
	FIGURE(struct map_area, pages, "pages", "PAGES", VALUE_COUNT, 0),
	FROM("touched_bytes", NULL, VALUE_BYTES, get_touched),
	FIGURE(struct map_area, blocks, "blocks", "BLOCKS", VALUE_COUNT, 0),
	FIGURE(struct map_area, bytes, "live_bytes", "LIVE", VALUE_BYTES, 0),
	FIGURE(struct map_area, hole, "largest_hole_bytes", "HOLE", VALUE_BYTES, 0),
	FROM("used", "USED", VALUE_SHARE, get_used),
	FROM("fragmentation", NULL, VALUE_SHARE, get_fragmentation),
};

static void draw(const struct out *out, const void *row, u32 width)
{
	const struct map_area *area = row;
	u64 cell = map_cell(area->span);
	u32 n = MIN(width, MAP_CELLS);

	for (u32 i = 0; i < n; i++) {
		u32 from = i * MAP_CELLS / n, to = (i + 1) * MAP_CELLS / n;
		u64 bytes = 0;

		for (u32 k = from; k < to; k++)
			bytes += area->cells[k];
		fputs(out_level(out, bytes, cell * (to - from)), out->file);
	}
}

int heap_map_rows_init(struct rows *rows, struct analysis *a, bool at_end, struct err *err)
{
	struct heap_map *map = xcalloc(1, sizeof(*map));

	*rows = (struct rows){.map = map};
	if (heap_map_init(map, a, at_end, err) < 0) {
		rows_fini(rows);
		return -1;
	}
	/* They stop at the same events, and tell of it. */
	if (map->damaged)
		analysis_sizes(a);
	rows->table = (struct table){
		.name = "map",
		.columns = columns,
		.n_columns = ARRAY_LEN(columns),
		.rows = map->areas.at,
		.row_size = sizeof(*map->areas.at),
		.n_rows = (u32)map->areas.n,
		.draw = draw,
	};
	rows->by = table_column(&rows->table, "pages");
	return 0;
}

void heap_map_print_head(const struct heap_map *map, bool at_end, const struct out *out)
{
	char number[6][HUMAN_LEN], text[512];

	snprintf(text, sizeof(text),
		 "%s, %s: %s in %s block%s on %s page%s (%s): fragmentation %s%%, largest hole %s",
		 at_end ? "at the end of the range" : "at the peak",
		 human_duration(number[0], map->ns, out->ascii), human_bytes(number[1], map->bytes),
		 human_count(number[2], map->blocks, ' '), map->blocks == 1 ? "" : "s",
		 human_count(number[3], map->pages, ' '), map->pages == 1 ? "" : "s",
		 human_bytes(number[4], map->pages * MAP_PAGE),
		 human_percent(number[5], map_fragmentation(map->bytes, map->pages), SHARE_WHOLE),
		 human_bytes((char[HUMAN_LEN]){0}, map->hole));
	out_paragraph(out, text, 0);
	if (map->unknown)
		fprintf(out->file, "the addresses of %s more live block%s could not be read\n",
			human_count(number[0], map->unknown, ' '), map->unknown == 1 ? "" : "s");
	if (map->damaged)
		fputs("a part of the events could not be read: the map is of what came before\n", out->file);
	putc('\n', out->file);
}

bool heap_map_of_peak(struct heap_map *map, const struct analysis *a)
{
	if (!a->trace->addresses || !a->total.figures.allocations || heap_map_init(map, a, false, NULL) < 0)
		return false;
	if (map->blocks && !map->unknown && !map->damaged)
		return true;
	heap_map_fini(map);
	return false;
}

void heap_map_json_peak(const struct analysis *a, struct json *j)
{
	struct heap_map map;

	if (!heap_map_of_peak(&map, a)) {
		json_key_null(j, "peak_touched_bytes");
		json_key_null(j, "fragmentation");
		return;
	}
	json_key_u64(j, "peak_touched_bytes", map.pages * MAP_PAGE);
	json_key_share(j, "fragmentation", map_fragmentation(map.bytes, map.pages));
	heap_map_fini(&map);
}

void heap_map_json(const struct heap_map *map, bool at_end, struct json *j)
{
	json_key(j, "map");
	json_open(j, '{');
	json_key_string(j, "moment", at_end ? "to" : "peak");
	json_key_seconds(j, "at_s", map->ns);
	json_key_u64(j, "pages", map->pages);
	json_key_u64(j, "touched_bytes", map->pages * MAP_PAGE);
	json_key_u64(j, "blocks", map->blocks);
	json_key_u64(j, "live_bytes", map->bytes);
	json_key_u64(j, "largest_hole_bytes", map->hole);
	json_key_share(j, "fragmentation", map_fragmentation(map->bytes, map->pages));
	json_key_u64(j, "unknown_blocks", map->unknown);
	json_key(j, "complete");
	json_bool(j, !map->damaged && !map->unknown);
	json_close(j, '}');
	json_line(j);
}
