#include "symboltest.h"

#include <unistd.h>

#include "test.h"

void symboltest_path(char path[PATH_MAX], const char *fixture)
{
	snprintf(path, PATH_MAX, "%s/%s", FIXTURES, fixture);
}

bool symboltest_have(const char *fixture)
{
	char path[PATH_MAX];

	symboltest_path(path, fixture);
	return access(path, X_OK) == 0;
}

static void parse_mark(struct mark *mark, char *line, const char *program)
{
	char *word = strtok(line, " \n");

	snprintf(mark->name, sizeof(mark->name), "%s", word);
	mark->offset = strtoull(strtok(NULL, " \n"), NULL, 16);
	word = strtok(NULL, " \n");
	snprintf(mark->path, sizeof(mark->path), "%s", strcmp(word, "-") == 0 ? program : word);
	mark->n_lines = 0;
	while ((word = strtok(NULL, " \n")) != NULL && mark->n_lines < LINES_MAX)
		mark->lines[mark->n_lines++] = (u32)strtoul(word, NULL, 10);
}

void symboltest_run(struct program *program, const char *fixture)
{
	char path[PATH_MAX], line[PATH_MAX + 256];
	FILE *output;

	symboltest_path(path, fixture);
	program->n = 0;
	output = popen(path, "r");
	assert_non_null(output);
	while (program->n < MARKS_MAX && fgets(line, sizeof(line), output) != NULL)
		parse_mark(&program->marks[program->n++], line, path);
	assert_int_equal(pclose(output), 0);
	assert_true(program->n > 0);
}

const struct mark *symboltest_mark(const struct program *program, const char *name)
{
	for (u32 i = 0; i < program->n; i++)
		if (strcmp(program->marks[i].name, name) == 0)
			return &program->marks[i];
	fail_msg("no mark %s", name);
	return NULL;
}

struct symbol_answer *symboltest_ask(const char *path, u64 offset, const u8 *build_id, u8 build_id_len)
{
	struct symbolizer *s = symbolizer_start();
	struct symbol_answer *answer;

	symbolizer_module(s, 3, path, build_id, build_id_len);
	symbolizer_ask(s, 17, 3, offset);
	answer = symbolizer_take(s, true);
	assert_non_null(answer);
	assert_int_equal(answer->pc, 17);
	assert_int_equal(answer->module, 3);
	assert_true(answer->n_frames >= 1);
	assert_null(symbolizer_take(s, true));
	symbolizer_free(s);
	return answer;
}

void symboltest_source(const char *file, const char *source)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", FIXTURE_SOURCES, source);
	assert_non_null(file);
	assert_string_equal(file, path);
}

void symboltest_chain(const struct program *program, const struct expected *expected, const char *source)
{
	const struct mark *mark = symboltest_mark(program, expected->mark);
	struct symbol_answer *answer = symboltest_ask(mark->path, mark->offset, NULL, 0);

	assert_int_equal(answer->n_frames, mark->n_lines);
	for (u32 i = 0; i < mark->n_lines; i++) {
		struct symbol_frame *frame = &answer->frames[i];

		assert_non_null(frame->function);
		assert_string_equal(frame->function, expected->names[i]);
		assert_int_equal(frame->line, mark->lines[i]);
		symboltest_source(frame->file, source);
		symboltest_source(frame->decl_file, source);
		assert_in_range(frame->decl_line, 1, frame->line);
		assert_int_equal(frame->flags, 0);
	}
	symbol_answer_free(answer);
}

void symboltest_name(const struct program *program, const char *name, const char *function)
{
	const struct mark *mark = symboltest_mark(program, name);
	struct symbol_answer *answer = symboltest_ask(mark->path, mark->offset, NULL, 0);

	assert_int_equal(answer->n_frames, 1);
	if (function == NULL) {
		assert_null(answer->frames[0].function);
		assert_int_equal(answer->frames[0].flags, FUNCTION_NO_SYMBOL);
	} else {
		assert_non_null(answer->frames[0].function);
		assert_string_equal(answer->frames[0].function, function);
	}
	assert_null(answer->frames[0].file);
	assert_null(answer->frames[0].decl_file);
	assert_int_equal(answer->frames[0].line, 0);
	symbol_answer_free(answer);
}

static const struct expected c_chains[] = {
	{"main", {"main"}},           {"plain", {"plain"}},
	{"local", {"local"}},         {"inlined", {"innermost", "in_the_middle", "outermost"}},
	{"constant", {"constant"}},   {"cold", {"hot_and_cold"}},
	{"last", {"ends_in_a_call"}},
};

void symboltest_c_chains(const char *fixture)
{
	struct program program;

	symboltest_run(&program, fixture);
	assert_int_equal(program.n, ARRAY_LEN(c_chains));
	for (size_t i = 0; i < ARRAY_LEN(c_chains); i++)
		symboltest_chain(&program, &c_chains[i], "chains.c");
}

void symboltest_c_names(const char *fixture, const char *local, const char *clone)
{
	struct program program;

	symboltest_run(&program, fixture);
	symboltest_name(&program, "main", "main");
	symboltest_name(&program, "plain", "plain");
	symboltest_name(&program, "inlined", "outermost");
	symboltest_name(&program, "last", "ends_in_a_call");
	symboltest_name(&program, "local", local);
	symboltest_name(&program, "constant", clone);
	if (clone != NULL)
		symboltest_name(&program, "cold", "hot_and_cold");
}

u8 symboltest_build_id(const char *path, u8 build_id[BUILD_ID_MAX])
{
	char command[PATH_MAX + 64], hex[2 * BUILD_ID_MAX + 2];
	FILE *output;
	u8 n = 0;

	snprintf(command, sizeof(command), "readelf -n '%s' | sed -n 's/.*Build ID: //p'", path);
	output = popen(command, "r");
	assert_non_null(output);
	assert_non_null(fgets(hex, sizeof(hex), output));
	pclose(output);
	for (; sscanf(hex + 2 * n, "%2hhx", &build_id[n]) == 1; n++)
		;
	return n;
}
