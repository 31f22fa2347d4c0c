/* --view=map: the areas of a heap map as rows, the whole in words and in JSON. */
#ifndef VIEWER_TEXT_HEAP_MAP_ROWS_H
#define VIEWER_TEXT_HEAP_MAP_ROWS_H

#include "viewer/model/heap_map.h"
#include "viewer/text/rows.h"

/* at_end as in heap_map_init(). 0; -1 and a text when the trace has no addresses. */
int heap_map_rows_init(struct rows *rows, struct analysis *a, bool at_end, struct err *err);
/* The map of the peak, for the summary. False: there is none, of no addresses, of no blocks, or not of
 * all that were live. */
bool heap_map_of_peak(struct heap_map *map, const struct analysis *a);
/* What stands above the rows. */
void heap_map_print_head(const struct heap_map *map, bool at_end, const struct out *out);
/* The summary's members of the peak; null where there is no map. */
void heap_map_json_peak(const struct analysis *a, struct json *j);
/* The member "map". */
void heap_map_json(const struct heap_map *map, bool at_end, struct json *j);

#endif
