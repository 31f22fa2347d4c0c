/* What changed between two traces: matching across builds, sums, and every view in every format. */
#include "tests/unit/modeltest.h"
#include "tests/unit/test.h"
#include "viewer/text/diff_report.h"
#include "viewer/text/report.h"

/* The same program in two builds: another name, other lines, a function gone, one more, one elsewhere in a
 * stack. */
static const char old_text[] = "function main app-1 main.c 1\n"
			       "function load app-1 load.c 10\n"
			       "function gone app-1 load.c 50\n"
			       "function helper libx.so x.c 5\n"
			       "function run app-1 a.py 1 python\n"
			       "process 1 100 1 ./app-1\n"
			       "thread 1 100 main\n"
			       "0.001 t1 alloc 100 main:2>load:11\n"
			       "0.002 t1 alloc 50 main:3>gone:51\n"
			       "0.003 t1 alloc 8 main:4>load:12>load:12>load:12>helper\n"
			       "0.004 t1 alloc 30 main:4>?app-1+0x10\n"
			       "0.005 t1 alloc 5 main:4>run\n"
			       "0.006 t1 free #0\n"
			       "end 0.010\n";
static const char new_text[] = "function helper libx.so x.c 7\n"
			       "function load app-2 load.c 20\n"
			       "function main app-2 main.c 4\n"
			       "function fresh app-2 load.c 50\n"
			       "function helper2 libx.so x.c 8\n"
			       "function run app-2 b.py 1 python\n"
			       "process 1 200 1 ./app-2\n"
			       "thread 1 200 main\n"
			       "0.001 t1 alloc 300 main:2>load:21\n"
			       "0.002 t1 alloc 70 main:3>fresh:51\n"
			       "0.003 t1 alloc 8 main:4>load:22>load:22>helper\n"
			       "0.004 t1 alloc 40 main:4>?app-2+0x999\n"
			       "0.005 t1 alloc 5 main:4>run\n"
			       "end 0.010\n";
/* Names that want to get at the terminal, at JSON and at CSV. */
static const char evil_text[] =
	"function \"evil\033[31m\a\xff\xc2\x9b,\\b\t\" \"mod\033ule\" \"fi\033le,x.c\" 1\n"
	"process 1 100 1 ./app\033[2J\n"
	"thread 1 100 na\033me\n"
	"0.1 t1 alloc 5 \"main>evil\033[31m\a\xff\xc2\x9b,\\b\t\"\n"
	"cut\n";
static const char empty_text[] = "process 1 100 1 ./app\nthread 1 100\nend 1\n";
static const char *const texts[] = {old_text, new_text, evil_text, empty_text};

struct pair {
	struct trace *traces[2];
	struct analysis *sides[2];
	struct diff *diff;
};

static struct pair open_pair(const char *old, const char *new)
{
	struct pair p = {.traces = {modeltest_trace(old), modeltest_trace(new)}};

	for (int i = 0; i < 2; i++)
		p.sides[i] = modeltest_all(p.traces[i]);
	p.diff = diff_new(p.sides[0], p.sides[1]);
	return p;
}

static void close_pair(struct pair *p)
{
	diff_free(p->diff);
	for (int i = 0; i < 2; i++) {
		analysis_free(p->sides[i]);
		trace_free(p->traces[i]);
	}
}

static const struct diff_function *function(const struct diff *diff, const char *name)
{
	const struct diff_function *found = NULL;

	for (size_t i = 0; i < diff->functions.n; i++) {
		if (strcmp(diff->functions.at[i].name, name) == 0) {
			assert_null(found);
			found = &diff->functions.at[i];
		}
	}
	if (!found)
		fail_msg("there is no %s", name);
	return found;
}

static void check_leaked(const struct diff_function *f, u64 old, u64 new, u64 total_old, u64 total_new)
{
	assert_int_equal(f->self[DIFF_OLD].leaked_bytes, old);
	assert_int_equal(f->self[DIFF_NEW].leaked_bytes, new);
	assert_int_equal(f->total[DIFF_OLD].leaked_bytes, total_old);
	assert_int_equal(f->total[DIFF_NEW].leaked_bytes, total_new);
}

static void two_builds(void **state)
{
	struct pair p = open_pair(old_text, new_text);
	const struct diff_function *f;
	const struct trace *trace;
	u32 n_python = 0;

	(void)state;
	check_leaked(function(p.diff, "main"), 0, 0, 93, 423);
	check_leaked(function(p.diff, "load"), 0, 300, 8, 308);
	check_leaked(function(p.diff, "helper"), 8, 8, 8, 8);
	f = function(p.diff, "gone");
	check_leaked(f, 50, 0, 50, 0);
	assert_int_equal(f->ids[DIFF_NEW], NO_ID);
	assert_int_equal(diff_function_get(p.diff, (u32)(f - p.diff->functions.at), &trace).line, 50);
	assert_ptr_equal(trace, p.traces[0]);
	f = function(p.diff, "fresh");
	check_leaked(f, 0, 70, 0, 70);
	assert_int_equal(f->ids[DIFF_OLD], NO_ID);
	f = function(p.diff, "load");
	assert_int_equal(diff_function_get(p.diff, (u32)(f - p.diff->functions.at), &trace).line, 20);
	assert_int_equal(f->self[DIFF_OLD].allocations, 1);
	/* What has no symbols can't be told apart. */
	check_leaked(function(p.diff, "app-1 (no symbols)"), 30, 40, 30, 40);
	/* Files of Python are modules: these are two functions. */
	for (size_t i = 0; i < p.diff->functions.n; i++)
		n_python += strcmp(p.diff->functions.at[i].name, "run") == 0;
	assert_int_equal(n_python, 2);
	close_pair(&p);
}

/* However often it is looked at: parts add up, the same is zero, and the other way round is the negative. */
static void sums(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		for (size_t k = 0; k < ARRAY_LEN(texts); k++) {
			struct pair p = open_pair(texts[i], texts[k]), q = open_pair(texts[k], texts[i]);

			assert_int_equal(p.diff->functions.n, q.diff->functions.n);
			assert_int_equal(p.diff->nodes.n, q.diff->nodes.n);
			for (int side = 0; side < 2; side++) {
				struct figures sum = {0}, root = p.diff->nodes.at[0].total[side];

				for (size_t n = 0; n < p.diff->nodes.n; n++) {
					figures_add(&sum, &p.diff->nodes.at[n].self[side]);
					assert_true(n == 0 || p.diff->nodes.at[n].parent < n);
				}
				assert_memory_equal(&sum, &root, sizeof(sum));
				assert_int_equal(root.leaked_bytes,
						 p.sides[side]->total.figures.leaked_bytes);
				assert_int_equal(root.peak_bytes, p.sides[side]->total.figures.peak_bytes);
				assert_memory_equal(&root, &q.diff->nodes.at[0].total[!side], sizeof(root));
			}
			for (size_t f = 0; i == k && f < p.diff->functions.n; f++) {
				const struct diff_function *row = &p.diff->functions.at[f];

				assert_memory_equal(&row->self[0], &row->self[1], sizeof(row->self[0]));
				assert_memory_equal(&row->total[0], &row->total[1], sizeof(row->total[0]));
			}
			close_pair(&p);
			close_pair(&q);
		}
	}
}

static void changes(void **state)
{
	static const struct {
		u64 old, new;
		const char *word;
	} rows[] = {{0, 0, "="},
		    {5, 5, "="},
		    {0, 1, "new"},
		    {1, 0, "gone"},
		    {100, 105, "+5.0%"},
		    {100, 95, "-5.0%"},
		    {100, 300, "+200%"},
		    {1, UINT64_MAX, ">+9999%"},
		    {100000, 100001, "+<0.1%"},
		    {100000, 99999, "-<0.1%"}};
	char buffer[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(diff_word(buffer, rows[i].old, rows[i].new), rows[i].word);
	assert_true(diff_change(3, 5) == 2 && diff_change(5, 3) == -2);
	assert_true(diff_change(0, UINT64_MAX) == INT64_MAX && diff_change(UINT64_MAX, 0) == -INT64_MAX);
}

static char *printed;

static const char *print(const char *old, const char *new, struct diff_options options)
{
	struct pair p = open_pair(old, new);
	struct out out = {.width = 80};
	struct err err = {""};
	size_t n;

	free(printed);
	out.file = open_memstream(&printed, &n);
	if (diff_report_print(&options, p.diff, &out, &err) < 0)
		fail_msg("%s", err.text);
	fclose(out.file);
	close_pair(&p);
	return printed;
}

static struct diff_options as(int view, int format)
{
	return (struct diff_options){
		.view = view, .format = format, .metric = REPORT_DEFAULT, .limit = REPORT_DEFAULT};
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in\n%s", part, text);
}

static void what_is_printed(void **state)
{
	struct diff_options options = as(DIFF_FUNCTIONS, FORMAT_TEXT);

	(void)state;
	options.metric = METRIC_LEAKED;
	has(print(old_text, new_text, options), "   +300     0   300   +300  new     load ");
	has(printed, "    -50    50     0    -50  gone    gone ");
	has(printed, "    +10    30    40    +10  +33.3%  app-1 (no symbols)");
	assert_null(strstr(printed, "helper"));
	has(printed, "1 unchanged");
	options.unchanged = true;
	has(print(old_text, new_text, options), "      0     8     8      0  =       helper");
	has(print(old_text, new_text, as(DIFF_LEAKS, FORMAT_TEXT)),
	    "#1   +300  (300 B, was 0 B, new)  +1 blocks");
	has(print(old_text, new_text, as(DIFF_SUMMARY, FORMAT_CSV)), "\nleaked_bytes,93,423,330\n");
	has(print(old_text, new_text, as(DIFF_SUMMARY, FORMAT_JSON)), "\"leaked_bytes\": 330");
	has(print(old_text, new_text, as(DIFF_TREE, FORMAT_CSV)), "gone,load.c,50,");
	has(print(old_text, old_text, as(DIFF_FUNCTIONS, FORMAT_TEXT)), "nothing changed");
	has(print(old_text, old_text, as(DIFF_SUMMARY, FORMAT_TEXT)), "no function differs");
	has(print(old_text, evil_text, as(DIFF_SUMMARY, FORMAT_TEXT)), "incomplete: ");
}

/* What the short words of a row leave is the name's. */
static void names_have_the_rest(void **state)
{
	struct diff_options options = as(DIFF_FUNCTIONS, FORMAT_TEXT);

	(void)state;
	options.metric = METRIC_LEAKED;
	has(print("process 1 9 1 ./app\nthread 1 9\n0.1 t1 alloc 10 main\n",
		  "function function_of_24_letters__ app a.c 5\nprocess 1 9 1 ./app\nthread 1 9\n"
		  "0.1 t1 alloc 10 main\n0.2 t1 alloc 30 main>function_of_24_letters__\n",
		  options),
	    "+30  new     function_of_24_letters__ ");
}

/* Nothing foreign comes out raw, no line is too long, and brackets close. */
static void all_views(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts) * ARRAY_LEN(texts) * N_DIFF_VIEWS * 3; i++) {
		int view = (int)(i % N_DIFF_VIEWS), format = (int)(i / N_DIFF_VIEWS % 3);
		size_t pair = i / N_DIFF_VIEWS / 3;
		const char *text = print(texts[pair / ARRAY_LEN(texts)], texts[pair % ARRAY_LEN(texts)],
					 as(view, format));
		int braces = 0;
		bool string = false;

		for (const char *c = text; *c; c++) {
			assert_true((unsigned char)*c >= ' ' || *c == '\n');
			if (*c == '\\' && string)
				c++;
			else if (*c == '"')
				string = !string;
			else if (!string)
				braces += (*c == '{' || *c == '[') - (*c == '}' || *c == ']');
		}
		if (format == FORMAT_JSON) {
			assert_int_equal(braces, 0);
			assert_null(strstr(text, ",\n}"));
		}
		for (const char *line = text; format == FORMAT_TEXT && *line; line += strcspn(line, "\n") + 1)
			if (strcspn(line, "\n") > 90) /* bytes: some are not ASCII */
				fail_msg("%.200s", line);
	}
}

static void deep(void **state)
{
	struct trace *trace = modeltest_deep(100000, 7, 64);
	struct analysis *a = modeltest_all(trace);
	struct diff *diff = diff_new(a, a);

	(void)state;
	assert_int_equal(diff->nodes.at[0].total[DIFF_NEW].allocations, 1);
	for (size_t i = 0; i < diff->functions.n; i++)
		assert_int_equal(diff->functions.at[i].total[DIFF_OLD].allocations, 1);
	for (int i = 0; i < N_DIFF_VIEWS * 3; i++) {
		struct diff_options options = as(i % N_DIFF_VIEWS, i / N_DIFF_VIEWS);
		struct out out = {.width = 80, .file = fopen("/dev/null", "w")};
		struct err err;

		options.unchanged = true;
		assert_int_equal(diff_report_print(&options, diff, &out, &err), 0);
		fclose(out.file);
	}
	diff_free(diff);
	analysis_free(a);
	modeltest_free_deep(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_builds),          cmocka_unit_test(sums),      cmocka_unit_test(changes),
		cmocka_unit_test(what_is_printed),     cmocka_unit_test(all_views), cmocka_unit_test(deep),
		cmocka_unit_test(names_have_the_rest),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(printed);
	return failed;
}
