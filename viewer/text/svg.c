/* See svg.h. Boxes are laid out on absolute edges, in tenths of a pixel, so that nothing drifts; those of
 * less than half a pixel are left out, and their number is said. The walk is iterative: stacks may be deep.
 */
#include "viewer/text/svg.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/text.h"

enum {
	WIDTH = 12000, /* tenths of a pixel */
	MARGIN = 100,
	INNER = WIDTH - 2 * MARGIN,
	NARROWEST = 5,
	ROW = 17, /* pixels */
	HEAD = 52,
	FOOT = 24,
	LETTER = 66, /* width of a letter of the text, about; tenths */
	TEXT_FROM = 250,
	DEPTH_MAX = 1000 /* browsers draw no higher ones */
};

struct child {
	u32 node, function;
	u64 weight;
};

/* A box whose children are being drawn. */
struct level {
	u64 at; /* where the next child begins, in the metric's unit */
	u64 end;
	size_t next; /* in children; those of a level lie above those of the level before */
};

struct drawing {
	const struct svg_flame *flame;
	FILE *out;
	u64 whole, all;
	ARRAY(struct level) levels;
	ARRAY(struct child) children;
	u32 depth, boxes, hidden;
};

/* Pale and warm, the same for a function in every drawing; modules differ in hue. */
static u32 color_of(const struct trace *trace, u32 function)
{
	static const u32 hues[] = {0x87afd7, 0xafd7af, 0xd7afd7, 0xd7d7af, 0xd7af87, 0xafd7d7, 0xbcbcbc};
	u32 hash = 2166136261u, module = function_get(trace, function).module;

	for (const char *c = function_name(trace, function); *c; c++)
		hash = (hash ^ (u8)*c) * 16777619u;
	u32 shade = hash >> 8 & 0x0f0f0f;
	return hues[module % ARRAY_LEN(hues)] + shade;
}

/* Harmless, and so that it can stand in an element or an attribute. */
static void put_text(FILE *out, const char *s, size_t most)
{
	char safe[512];
	size_t n = text_safe(safe, MIN(sizeof(safe), most + 1), s, strlen(s), false);

	for (size_t i = 0; i < n; i++) {
		const char *word = safe[i] == '<'   ? "&lt;"
				   : safe[i] == '>' ? "&gt;"
				   : safe[i] == '&' ? "&amp;"
				   : safe[i] == '"' ? "&quot;"
						    : NULL;
		if (word)
			fputs(word, out);
		else
			putc(safe[i], out);
	}
}

static int edge(const struct drawing *d, u64 at)
{
	return (int)((double)at / (double)d->whole * INNER + 0.5);
}

static void put_value(const struct drawing *d, u64 value)
{
	char text[HUMAN_LEN], percent[HUMAN_LEN];

	put_text(d->out, metric_long(text, d->flame->metric, value, false), sizeof(text));
	fputs(", ", d->out);
	put_text(d->out, human_percent(percent, value, d->all), sizeof(percent)); /* may be "<0.1" */
	putc('%', d->out);
}

static void put_box(struct drawing *d, const char *name, u32 color, u64 start, u64 weight, u32 row)
{
	int x0 = edge(d, start), x1 = edge(d, start + weight), y = HEAD + (int)row * ROW;

	fprintf(d->out, "<g><title>");
	put_text(d->out, name, 400);
	fputs(" (", d->out);
	put_value(d, weight);
	fprintf(d->out, ")</title><rect x=\"%d.%d\" y=\"%d\" width=\"%d.%d\" height=\"%d\" fill=\"#%06x\"/>",
		(MARGIN + x0) / 10, (MARGIN + x0) % 10, y, (x1 - x0) / 10, (x1 - x0) % 10, ROW - 1, color);
	if (x1 - x0 >= TEXT_FROM) {
		fprintf(d->out, "<text x=\"%d.%d\" y=\"%d\">", (MARGIN + x0 + 30) / 10,
			(MARGIN + x0 + 30) % 10, y + 12);
		put_text(d->out, name, (size_t)(x1 - x0 - 40) / LETTER);
		fputs("</text>", d->out);
	}
	fputs("</g>\n", d->out);
	d->boxes++;
}

static struct figures figures_of(const struct drawing *d, u32 node)
{
	const struct svg_flame *flame = d->flame;

	return flame->callers ? callers_node(flame->callers, node)->figures
			      : flame->a->tree.nodes[node].total;
}

static u32 function_of(const struct drawing *d, u32 node)
{
	const struct svg_flame *flame = d->flame;

	return flame->callers ? callers_node(flame->callers, node)->function
			      : flame->a->tree.nodes[node].function;
}

static void add_child(struct drawing *d, u32 node)
{
	struct figures figures = figures_of(d, node);
	u64 weight = figures_metric(&figures, d->flame->metric);

	if (weight == 0)
		return;
	if ((double)weight * INNER < (double)d->whole * NARROWEST)
		d->hidden++;
	else
		array_push(&d->children, (struct child){node, function_of(d, node), weight});
}

static int compare(const void *pa, const void *pb)
{
	const struct child *a = pa, *b = pb;

	if (a->weight != b->weight)
		return a->weight > b->weight ? 1 : -1;
	return a->function < b->function ? 1 : a->function > b->function ? -1 : 0;
}

/* A level for the children of a node; the next one to draw is the last one. */
static void open_level(struct drawing *d, u32 node, u64 start, u64 weight)
{
	size_t first = d->children.n;

	if (d->flame->callers) {
		struct callers_node opened = *callers_open(d->flame->callers, node);
		for (u32 i = 0; i < opened.n_children; i++)
			add_child(d, opened.first_child + i);
	} else {
		const struct calltree_node *nodes = d->flame->a->tree.nodes;
		for (u32 i = nodes[node].first_child; i != NO_ID; i = nodes[i].next_sibling)
			add_child(d, i);
	}
	if (d->children.n - first > 1)
		qsort(d->children.at + first, d->children.n - first, sizeof(*d->children.at), compare);
	array_push(&d->levels, (struct level){start, start + weight, first});
	d->depth = MAX(d->depth, (u32)d->levels.n);
}

static void walk(struct drawing *d)
{
	u32 root = d->flame->root;

	put_box(d, root ? function_name(d->flame->a->trace, function_of(d, root)) : "all",
		root ? color_of(d->flame->a->trace, function_of(d, root)) : 0xdddddd, 0, d->whole, 0);
	open_level(d, root, 0, d->whole);
	while (d->levels.n > 0) {
		struct level *level = &d->levels.at[d->levels.n - 1];
		if (d->children.n == level->next) {
			d->levels.n--;
			continue;
		}
		struct child child = d->children.at[--d->children.n];
		u64 start = level->at, weight = MIN(child.weight, level->end - start);
		level->at += weight;
		if (edge(d, start + weight) <= edge(d, start))
			continue;
		put_box(d, function_name(d->flame->a->trace, child.function),
			color_of(d->flame->a->trace, child.function), start, weight, (u32)d->levels.n);
		if (d->levels.n < DEPTH_MAX)
			open_level(d, child.node, start, weight);
	}
}

/* A click makes a box as wide as the drawing, with what hangs from it; one beside the boxes shows all again.
 */
static const char script[] =
	"<script><![CDATA[\n"
	"const svg = document.documentElement, boxes = [...svg.querySelectorAll('g')].map(g => {\n"
	"  const r = g.querySelector('rect'), t = g.querySelector('text');\n"
	"  return {g, r, t, x: +r.getAttribute('x'), y: +r.getAttribute('y'), w: +r.getAttribute('width'),\n"
	"    name: g.querySelector('title').textContent.replace(/ \\([^(]*\\)$/, '')};\n"
	"});\n"
	"function show(to) {\n"
	"  for (const b of boxes) {\n"
	"    const above = b.y < to.y && b.x <= to.x + 0.05 && b.x + b.w >= to.x + to.w - 0.05;\n"
	"    const inside = b.y >= to.y && b.x >= to.x - 0.05 && b.x + b.w <= to.x + to.w + 0.05;\n"
	"    b.g.style.display = above || inside ? '' : 'none';\n"
	"    b.g.style.opacity = above ? 0.5 : 1;\n"
	"    const x = above ? 10 : 10 + (b.x - to.x) / to.w * 1180, w = above ? 1180 : b.w / to.w * 1180;\n"
	"    b.r.setAttribute('x', x);\n"
	"    b.r.setAttribute('width', w);\n"
	"    if (!b.t && w >= 25)\n"
	"      b.t = b.g.appendChild(document.createElementNS(svg.namespaceURI, 'text'));\n"
	"    if (!b.t)\n"
	"      continue;\n"
	"    b.t.setAttribute('x', x + 3);\n"
	"    b.t.setAttribute('y', b.y + 12);\n"
	"    b.t.textContent = w < 25 ? '' : b.name.slice(0, (w - 4) / 6.6);\n"
	"  }\n"
	"}\n"
	"svg.addEventListener('click', e => show(boxes.find(b => b.g.contains(e.target)) || boxes[0]));\n"
	"]]></script>\n";

void svg_print(const struct svg_flame *flame, FILE *out)
{
	struct drawing d = {.flame = flame};
	struct figures root, all = flame->a->total.figures;
	char *boxes = NULL;
	size_t size = 0;

	d.out = open_memstream(&boxes, &size);
	if (!d.out)
		return;
	root = figures_of(&d, flame->root);
	d.whole = figures_metric(&root, flame->metric);
	d.all = figures_metric(&all, flame->metric);
	if (d.whole > 0)
		walk(&d);
	fclose(d.out);
	int height = HEAD + (int)(d.depth + 1) * ROW + FOOT;
	d.out = out;
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
		"%d\">\n"
		"<style>svg { background: #fff } text { font: 11px monospace; fill: #000; pointer-events: "
		"none } "
		"g:hover rect { stroke: #000 }</style>\n"
		"<text x=\"10\" y=\"20\" style=\"font-size: 15px\">",
		WIDTH / 10, height, WIDTH / 10, height);
	put_text(out, flame->title, 200);
	fprintf(out, "</text>\n<text x=\"10\" y=\"38\">%s: ", metric_info[flame->metric].name);
	put_value(&d, d.whole);
	fprintf(out, "%s; below each function stands what %s</text>\n", d.whole ? "" : " (nothing to draw)",
		flame->callers ? "called it" : "it called");
	fwrite(boxes, 1, size, out);
	if (d.hidden)
		fprintf(out,
			"<text x=\"10\" y=\"%d\">%" PRIu32
			" boxes of less than half a pixel are not drawn</text>\n",
			height - 8, d.hidden);
	fputs(script, out);
	fputs("</svg>\n", out);
	free(boxes);
	array_free(&d.levels);
	array_free(&d.children);
}
