/* pprof's profile.proto. A sample is a whole stack of code addresses with a value of each kind; a location is
 * an address with its functions, inlined ones first; the allocator's own frames at the inner end are left
 * out, so that an allocation is its caller's. Everything is written as it is met, so that memory holds ids
 * alone. */
#include <stdlib.h>
#include <string.h>

#include "common/strtab.h"
#include "viewer/model/figures.h"
#include "common/text.h"
#include "viewer/text/command.h"
#include "viewer/text/export.h"
#include "viewer/text/protobuf.h"

/* Field numbers of profile.proto. */
enum profile_field {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING = 6,
	PROFILE_TIME_NANOS = 9,
	PROFILE_DURATION_NANOS = 10,
	PROFILE_PERIOD_TYPE = 11,
	PROFILE_PERIOD = 12,
	PROFILE_COMMENT = 13,
	PROFILE_DEFAULT_SAMPLE_TYPE = 14,
};
enum { TYPE_TYPE = 1, TYPE_UNIT = 2 };
enum { SAMPLE_LOCATIONS = 1, SAMPLE_VALUES = 2 };
enum {
	MAPPING_ID = 1,
	MAPPING_LIMIT = 3,
	MAPPING_FILE = 5,
	MAPPING_BUILD_ID = 6,
	MAPPING_HAS_FIRST = 7,
	MAPPING_HAS_LAST = 10
};
enum { LOCATION_ID = 1, LOCATION_MAPPING = 2, LOCATION_ADDRESS = 3, LOCATION_LINE = 4 };
enum { LINE_FUNCTION = 1, LINE_LINE = 2 };
enum {
	FUNCTION_ID = 1,
	FUNCTION_NAME = 2,
	FUNCTION_SYSTEM_NAME = 3,
	FUNCTION_FILE = 4,
	FUNCTION_START_LINE = 5
};

/* Kinds of values, in their order in a sample; the words are those of Go's heap profiles where there are any.
 */
static const struct kind {
	const char *type;
	size_t offset;
	enum unit unit;
	int metric; /* that it is the default for; -1: none */
} kinds[] = {
	{"peak_objects", offsetof(struct figures, peak_blocks), UNIT_COUNT, -1},
	{"peak_space", offsetof(struct figures, peak_bytes), UNIT_BYTES, METRIC_PEAK},
	{"leaked_objects", offsetof(struct figures, leaked_blocks), UNIT_COUNT, -1},
	{"leaked_space", offsetof(struct figures, leaked_bytes), UNIT_BYTES, METRIC_LEAKED},
	{"alloc_objects", offsetof(struct figures, allocations), UNIT_COUNT, METRIC_ALLOCATIONS},
	{"alloc_space", offsetof(struct figures, allocated_bytes), UNIT_BYTES, METRIC_ALLOCATED},
	{"temporary_objects", offsetof(struct figures, temporary), UNIT_COUNT, METRIC_TEMPORARY},
	{"samples", offsetof(struct figures, samples), UNIT_COUNT, -1},
	{"calls", offsetof(struct figures, calls), UNIT_COUNT, METRIC_CALLS},
	{"cpu", offsetof(struct figures, time_ns), UNIT_TIME, METRIC_SELF},
};
enum { N_TIMED_KINDS = 3 };

struct pprof {
	const struct export *e;
	struct gzip *gzip;
	struct protobuf profile, message, inner;
	struct strtab strings;
	size_t n_kinds; /* those that the trace has */
	u32 *locations; /* by pc and whether it is the innermost of a stack: number, 0 not met yet */
	u32 n_locations;
	ARRAY(u32) functions; /* by function: 1 when it is written */
	u64 *limits;          /* by module: beyond its last address met */
};

static u32 string_id(struct pprof *p, const char *s)
{
	size_t size = strlen(s) * 8 + 1; /* no byte becomes more than that */
	char *safe = xmalloc(size);
	size_t n = text_safe(safe, size, s, strlen(s), false);
	u32 id = strtab_add(&p->strings, safe, n);

	free(safe);
	return id;
}

static void flush(struct pprof *p)
{
	gzip_put(p->gzip, &p->profile);
}

static void put_function(struct pprof *p, u32 function)
{
	const struct trace *trace = p->e->trace;
	struct trace_function f = function_get(trace, function);
	u32 name = string_id(p, function_name(trace, function));

	while (p->functions.n <= function)
		array_push(&p->functions, 0);
	if (p->functions.at[function])
		return;
	p->functions.at[function] = 1;
	protobuf_u64(&p->message, FUNCTION_ID, (u64)function + 1);
	protobuf_u64(&p->message, FUNCTION_NAME, name);
	protobuf_u64(&p->message, FUNCTION_SYSTEM_NAME, name);
	protobuf_u64(&p->message, FUNCTION_FILE, string_id(p, trace_string(trace, f.file)));
	protobuf_u64(&p->message, FUNCTION_START_LINE, f.line);
	protobuf_message(&p->profile, PROFILE_FUNCTION, &p->message);
}

/* The frames of a node's own pc, innermost first; returns how many. */
static u32 frames_of(const struct trace *trace, u32 node, struct trace_frame *frames, u32 max)
{
	struct stack_walk walk;
	u32 n = 0;

	stack_walk_init(&walk, trace, node);
	while (walk.node == node && n < max && stack_walk_next(&walk, &frames[n]))
		n++;
	return n;
}

static u32 allocator_frames(const struct trace *trace, const struct trace_frame *frames, u32 n)
{
	u32 i = 0;

	while (i < n && (function_get(trace, frames[i].function).flags & FUNCTION_ALLOCATOR))
		i++;
	return i;
}

/* The number of a node's address, written when it is new. */
static u32 location_id(struct pprof *p, u32 node, const struct trace_frame *frames, u32 n, bool trimmed)
{
	const struct trace *trace = p->e->trace;
	u32 pc = trace->nodes.at[node].pc, *known = &p->locations[(size_t)pc * 2 + trimmed];
	const struct trace_pc_entry *entry = &trace->pcs.at[pc];

	if (*known)
		return *known;
	*known = ++p->n_locations;
	for (u32 i = 0; i < n; i++)
		put_function(p, frames[i].function);
	protobuf_u64(&p->message, LOCATION_ID, *known);
	if (entry->module < trace->modules.n) {
		protobuf_u64(&p->message, LOCATION_MAPPING, (u64)entry->module + 1);
		p->limits[entry->module] =
			MAX(p->limits[entry->module], MAX(entry->offset + 1, entry->offset));
	}
	protobuf_u64(&p->message, LOCATION_ADDRESS, entry->offset);
	for (u32 i = 0; i < n; i++) {
		protobuf_u64(&p->inner, LINE_FUNCTION, (u64)frames[i].function + 1);
		protobuf_u64(&p->inner, LINE_LINE, frames[i].line);
		protobuf_message(&p->message, LOCATION_LINE, &p->inner);
	}
	protobuf_message(&p->profile, PROFILE_LOCATION, &p->message);
	return *known;
}

/* The numbers of a stack's addresses, innermost first, as a packed list in p->inner. whole: with the
 * allocator, whose time is its own. */
static void stack_locations(struct pprof *p, u32 leaf, bool whole, struct protobuf *list)
{
	enum { CHAIN = 256 };
	const struct trace *trace = p->e->trace;
	struct trace_frame frames[CHAIN];
	bool inner_end = !whole;

	for (u32 node = leaf, up; node != 0; node = up) {
		up = trace->nodes.at[node].parent;
		u32 n = frames_of(trace, node, frames, CHAIN), skip = 0;
		if (inner_end) {
			skip = allocator_frames(trace, frames, n);
			/* Where there is nothing else, the outermost one is what there is. */
			if (skip == n && up != 0)
				continue;
			if (skip == n)
				skip = n - 1;
			inner_end = false;
		}
		protobuf_packed(list, location_id(p, node, frames + skip, n - skip, skip > 0));
	}
}

static void put_sample(struct pprof *p, u32 node, const struct figures *figures, bool whole)
{
	struct protobuf list = {0};

	stack_locations(p, node, whole, &list);
	protobuf_message(&p->message, SAMPLE_LOCATIONS, &list);
	for (size_t k = 0; k < p->n_kinds; k++) {
		u64 value;
		memcpy(&value, (const char *)figures + kinds[k].offset, sizeof(value));
		protobuf_packed(&list, MIN(value, (u64)INT64_MAX));
	}
	protobuf_message(&p->message, SAMPLE_VALUES, &list);
	protobuf_message(&p->profile, PROFILE_SAMPLE, &p->message);
	flush(p);
	protobuf_free(&list);
}

static void put_samples(struct pprof *p)
{
	const struct analysis *a = p->e->a;

	for (size_t i = 0; i < a->stacks.n; i++) {
		const struct stack_row *row = &a->stacks.at[i];
		struct figures memory = figures_memory(&row->figures), times = figures_times(&row->figures);

		if (!figures_no_memory(&memory))
			put_sample(p, row->node, &memory, false);
		if (figures_timed(&times))
			put_sample(p, row->node, &times, true);
	}
}

static void put_type(struct pprof *p, u32 field, const char *type, const char *unit)
{
	protobuf_u64(&p->message, TYPE_TYPE, string_id(p, type));
	protobuf_u64(&p->message, TYPE_UNIT, string_id(p, unit));
	protobuf_message(&p->profile, field, &p->message);
}

static void put_mapping(struct pprof *p, u32 id)
{
	static const char digits[] = "0123456789abcdef";
	const struct trace *trace = p->e->trace;
	const struct trace_module *module = &trace->modules.at[id];
	const char *path = module_name(trace, id);
	char build_id[BUILD_ID_MAX * 2 + 1] = "";

	for (u32 k = 0; k < MIN(module->build_id_len, BUILD_ID_MAX); k++) {
		build_id[2 * k] = digits[module->build_id[k] >> 4];
		build_id[2 * k + 1] = digits[module->build_id[k] & 15];
		build_id[2 * k + 2] = '\0';
	}
	protobuf_u64(&p->message, MAPPING_ID, (u64)id + 1);
	protobuf_u64(&p->message, MAPPING_LIMIT, p->limits[id]);
	protobuf_u64(&p->message, MAPPING_FILE, string_id(p, *path ? path : "[unknown]"));
	protobuf_u64(&p->message, MAPPING_BUILD_ID, string_id(p, build_id));
	/* Names are in here: nobody needs to look for the file. */
	for (u32 has = MAPPING_HAS_FIRST; has <= MAPPING_HAS_LAST; has++)
		protobuf_u64(&p->message, has, 1);
	protobuf_message(&p->profile, PROFILE_MAPPING, &p->message);
}

/* The program itself is the first, by pprof's rule. */
static void put_mappings(struct pprof *p)
{
	const struct trace *trace = p->e->trace;
	u32 program = trace->processes.n ? trace->processes.at[0].executable : NO_ID;

	for (int first = 1; first >= 0; first--) {
		for (u32 i = 0; i < trace->modules.n; i++) {
			if (p->limits[i] > 0 && (trace->modules.at[i].path == program) == first)
				put_mapping(p, i);
		}
	}
	flush(p);
}

static void put_rest(struct pprof *p)
{
	const struct trace *trace = p->e->trace;

	static const char *const units[] = {
		[UNIT_COUNT] = "count", [UNIT_BYTES] = "bytes", [UNIT_TIME] = "nanoseconds"};

	for (size_t i = 0; i < p->n_kinds; i++)
		put_type(p, PROFILE_SAMPLE_TYPE, kinds[i].type, units[kinds[i].unit]);
	put_mappings(p);
	protobuf_u64(&p->profile, PROFILE_TIME_NANOS, trace->wall_ns);
	protobuf_u64(&p->profile, PROFILE_DURATION_NANOS, trace->end_ns);
	put_type(p, PROFILE_PERIOD_TYPE, "space", "bytes");
	protobuf_u64(&p->profile, PROFILE_PERIOD, 1);
	protobuf_u64(&p->profile, PROFILE_COMMENT, string_id(p, p->e->command));
	for (size_t i = 0; i < p->n_kinds; i++) {
		/* Stacks weigh the same by self and total. */
		if (kinds[i].metric == (int)(p->e->metric == METRIC_TOTAL ? METRIC_SELF : p->e->metric))
			protobuf_u64(&p->profile, PROFILE_DEFAULT_SAMPLE_TYPE, string_id(p, kinds[i].type));
	}
	/* The strings last, when all are known; their order is their numbers. */
	for (u32 i = 0; i < p->strings.strings.n; i++) {
		protobuf_bytes(&p->profile, PROFILE_STRING, strtab_get(&p->strings, i),
			       strtab_length(&p->strings, i));
		flush(p);
	}
}

int export_pprof(const struct export *e, struct err *err)
{
	struct pprof p = {.e = e, .n_kinds = ARRAY_LEN(kinds)};

	(void)err;
	if (!figures_timed(&e->a->total.figures))
		p.n_kinds -= N_TIMED_KINDS;
	p.gzip = gzip_new(e->out);
	strtab_init(&p.strings);
	p.locations = xcalloc(e->trace->pcs.n * 2 + 1, sizeof(*p.locations));
	p.limits = xcalloc(e->trace->modules.n + 1, sizeof(*p.limits));
	put_samples(&p);
	put_rest(&p);
	gzip_end(p.gzip);
	free(p.locations);
	free(p.limits);
	array_free(&p.functions);
	strtab_fini(&p.strings);
	protobuf_free(&p.profile);
	protobuf_free(&p.message);
	protobuf_free(&p.inner);
	return 0;
}
