/* The summary's curves: the heap over time, and where the time was spent. */
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "viewer/text/report.h"

enum { CURVE_MIN = 10, CURVE_MAX = 160 };

static u64 height(const struct timeline_point *point, bool time)
{
	return time ? point->time_ns : point->max_live_bytes;
}

/* Of CURVE_MAX points; the time spent is a part of that of one processor. */
static void print_curve(const struct out *out, const struct timeline_point *points, u64 interval, bool time)
{
	char start[HUMAN_LEN] = "0 s", end[HUMAN_LEN], top_text[HUMAN_LEN];
	u64 top = 0, last_ns = points[CURVE_MAX - 1].ns + interval - 1;
	u32 n, fixed;

	if (points[0].ns)
		human_duration(start, points[0].ns, out->ascii);
	human_duration(end, last_ns, out->ascii);
	for (u32 i = 0; i < CURVE_MAX; i++)
		top = MAX(top, height(&points[i], time));
	fixed = (u32)(strlen(start) + strlen(end) + strlen("heap    , top 1023 MiB"));
	n = out->width > fixed + CURVE_MIN ? MIN(out->width - fixed, CURVE_MAX) : CURVE_MIN;
	fprintf(out->file, "%s %s ", time ? "time" : "heap", start);
	for (u32 i = 0; i < n; i++) {
		u64 most = 0;

		/* Each column the most of the points that it stands for. */
		for (u32 k = i * CURVE_MAX / n; k < (i + 1) * CURVE_MAX / n; k++)
			most = MAX(most, height(&points[k], time));
		fputs(out_level(out, most, top), out->file);
	}
	if (time)
		snprintf(top_text, sizeof(top_text), "%.0f%%", (double)top * 100 / (double)interval);
	else
		human_bytes(top_text, top);
	fprintf(out->file, " %s, top %s\n", end, top_text);
}

void summary_print_curves(struct report *r)
{
	const struct figures *all = &r->a->total.figures;
	struct timeline_point *points;
	u64 interval;

	if (!all->allocations && !figures_timed(all))
		return;
	points = analysis_timeline(r->a, CURVE_MAX, &interval, NULL);
	if (!points)
		return;
	putc('\n', r->out.file);
	if (all->allocations)
		print_curve(&r->out, points, interval, false);
	if (figures_timed(all))
		print_curve(&r->out, points, interval, true);
	free(points);
}
