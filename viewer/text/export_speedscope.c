/* speedscope's own format: the functions once, then a profile for each metric, whose samples are stacks. */
#include <stdlib.h>

#include "common/text.h"
#include "viewer/text/export.h"
#include "viewer/text/json.h"

/* Numbers for the functions that occur, in order of their first node: number + 1 by function. */
static u32 *number_functions(const struct export *e, struct json *j)
{
	const struct calltree *tree = &e->a->tree;
	u32 *numbers = NULL, n = 0;
	size_t cap = 0;

	for (u32 i = 1; i < tree->n; i++)
		cap = MAX(cap, (size_t)tree->nodes[i].function + 1);
	numbers = xcalloc(cap + 1, sizeof(*numbers));
	for (u32 i = 1; i < tree->n; i++) {
		u32 function = tree->nodes[i].function;
		struct trace_function f = function_get(e->trace, function);
		const char *file = trace_string(e->trace, f.file);
		if (numbers[function])
			continue;
		numbers[function] = ++n;
		json_line(j);
		json_open(j, '{');
		json_key_string(j, "name", function_name(e->trace, function));
		json_key_string(j, "file", *file ? file : module_name(e->trace, f.module));
		if (f.line)
			json_key_u64(j, "line", f.line);
		json_close(j, '}');
	}
	return numbers;
}

static void put_samples(const struct export *e, struct json *j, enum metric metric, const u32 *numbers)
{
	const struct calltree *tree = &e->a->tree;
	ARRAY(u32) path = {0};

	json_key(j, "samples");
	json_open(j, '[');
	for (u32 i = 1; i < tree->n; i++) {
		if (figures_metric(&tree->nodes[i].self, metric) == 0)
			continue;
		path.n = 0;
		for (u32 at = i; at != 0; at = tree->nodes[at].parent)
			array_push(&path, numbers[tree->nodes[at].function] - 1);
		json_line(j);
		json_open(j, '[');
		for (size_t k = path.n; k-- > 0;)
			json_u64(j, path.at[k]);
		json_close(j, ']');
	}
	json_close(j, ']');
	array_free(&path);
}

/* Returns their sum. */
static u64 put_weights(const struct export *e, struct json *j, enum metric metric)
{
	const struct calltree *tree = &e->a->tree;
	u64 sum = 0;

	json_key(j, "weights");
	json_open(j, '[');
	for (u32 i = 1; i < tree->n; i++) {
		u64 value = figures_metric(&tree->nodes[i].self, metric);
		if (value == 0)
			continue;
		json_u64(j, value);
		sum += MIN(value, UINT64_MAX - sum);
	}
	json_close(j, ']');
	return sum;
}

static void put_profile(const struct export *e, struct json *j, enum metric metric, const u32 *numbers)
{
	static const char *const units[] = {
		[UNIT_COUNT] = "none", [UNIT_BYTES] = "bytes", [UNIT_TIME] = "nanoseconds"};
	char *name = xasprintf("%s: %s", metric_info[metric].name, e->command);

	json_line(j);
	json_open(j, '{');
	json_key_string(j, "type", "sampled");
	json_key_string(j, "name", name);
	json_key_string(j, "unit", units[metric_info[metric].unit]);
	json_key_u64(j, "startValue", 0);
	put_samples(e, j, metric, numbers);
	json_key_u64(j, "endValue", put_weights(e, j, metric));
	json_close(j, '}');
	free(name);
}

/* Stacks weigh the same by self and total; what was not timed has no such profiles. */
static bool is_shown(const struct export *e, enum metric metric)
{
	return metric != METRIC_TOTAL &&
	       (!metric_is_timed(metric) || figures_metric(&e->a->total.figures, metric) > 0);
}

int export_speedscope(const struct export *e, struct err *err)
{
	struct json j = {.file = e->out};
	u32 *numbers, active = 0;

	(void)err;
	json_open(&j, '{');
	json_key_string(&j, "$schema", "https://www.speedscope.app/file-format-schema.json");
	json_key_string(&j, "version", "0.0.1");
	json_key_string(&j, "exporter", "memtrace " MEMTRACE_VERSION);
	json_key_string(&j, "name", e->command);
	for (int metric = 0; metric < (int)e->metric; metric++)
		active += is_shown(e, (enum metric)metric);
	json_key_u64(&j, "activeProfileIndex", active);
	json_key(&j, "shared");
	json_open(&j, '{');
	json_key(&j, "frames");
	json_open(&j, '[');
	numbers = number_functions(e, &j);
	json_close(&j, ']');
	json_close(&j, '}');
	json_key(&j, "profiles");
	json_open(&j, '[');
	for (int metric = 0; metric < N_METRICS; metric++)
		if (is_shown(e, (enum metric)metric))
			put_profile(e, &j, (enum metric)metric, numbers);
	json_close(&j, ']');
	json_close(&j, '}');
	putc('\n', e->out);
	free(numbers);
	return 0;
}
