/* The dictionaries of code: what is the same is one entry, what differs in anything is another; symbols reach
 * the trace. */
#include "tests/unit/recording.h"

#include <dlfcn.h>
#include <link.h>

#include "viewer/load/trace.h"

static void modules_by_path_and_build_id(void **state)
{
	char path[64];
	struct stacks s;
	struct writer *w = recording_writer(path);
	static const u8 id[20] = {1, 2, 3}, other[20] = {1, 2, 4};

	(void)state;
	stacks_init(&s, w);
	u32 a = stacks_module(&s, "/lib/a.so", 9, "/none", id, 20);
	assert_int_equal(stacks_module(&s, "/lib/a.so", 9, "/none", id, 20), a);
	assert_int_not_equal(stacks_module(&s, "/lib/a.so", 9, "/none", other, 20), a);
	assert_int_not_equal(stacks_module(&s, "/lib/a.so", 9, "/none", id, 19), a);
	assert_int_not_equal(stacks_module(&s, "/lib/b.so", 9, "/none", id, 20), a);
	u32 pc = stacks_pc(&s, a, 0x1234);
	assert_int_equal(stacks_pc(&s, a, 0x1234), pc);
	assert_int_not_equal(stacks_pc(&s, a, 0x1235), pc);
	u32 node = stacks_node(&s, 0, pc);
	assert_int_equal(stacks_node(&s, 0, pc), node);
	assert_int_not_equal(stacks_node(&s, node, pc), node);
	writer_close(w, NULL, NULL);
	stacks_fini(&s);
	unlink(path);
}

/* Functions that only a symbol table names share file "" and line 0: their names alone keep them apart. */
static void functions_without_lines(void **state)
{
	static const char *const names[] = {"malloc", "free",   "calloc", "realloc", "strdup", "qsort",
					    "getenv", "atoi",   "fopen",  "fclose",  "puts",   "printf",
					    "strtol", "putenv", "srand",  "abort"};
	char path[64];
	struct stacks s;
	struct err err;
	struct writer *w = recording_writer(path);
	struct link_map *libc = NULL;
	u32 pcs[ARRAY_LEN(names)];

	(void)state;
	stacks_init(&s, w);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		void *handle = dlopen("libc.so.6", RTLD_NOLOAD | RTLD_NOW),
		     *address = dlsym(handle, names[i]);
		Dl_info info;
		assert_non_null(address);
		assert_true(dladdr1(address, &info, (void **)&libc, RTLD_DL_LINKMAP));
		u32 module = stacks_module(&s, info.dli_fname, strlen(info.dli_fname), info.dli_fname,
					   (const u8 *)"", 0);
		pcs[i] = stacks_pc(&s, module, (u64)((uintptr_t)address - libc->l_addr + 1));
		dlclose(handle);
	}
	stacks_take_symbols(&s, true);
	assert_int_equal(writer_close(w, &(struct writer_end){0}, &err), 0);
	stacks_fini(&s);

	struct trace *trace = trace_open(path, NULL, NULL, &err);
	assert_non_null(trace);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_true(trace->pcs.at[pcs[i]].n_frames >= 1);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(trace->frames.at[trace->pcs.at[pcs[i]].first_frame].function,
					     trace->frames.at[trace->pcs.at[pcs[k]].first_frame].function);
	}
	trace_free(trace);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_by_path_and_build_id),
		cmocka_unit_test(functions_without_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
