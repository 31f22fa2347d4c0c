/* The unwinder against libunwind where code comes and goes: modules loaded and unloaded, lazy binding,
 * generated code, a forked child, the loader's callbacks. */
#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unwind_fixture.h"

typedef void (*plugin_call)(void);

static void *load(const char *path, void (**run)(plugin_call))
{
	void *module = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (!module)
		fail_msg("%s", dlerror());
	void (*prepare)(plugin_call);
	*(void **)&prepare = dlsym(module, "plugin_prepare");
	*(void **)run = dlsym(module, "plugin_run");
	prepare(watch_event);
	return module;
}

static void test_modules_come_and_go(void **state)
{
	static const char *const paths[] = {PLUGIN_SMALL, PLUGIN_LARGE};
	const void *places[2][40];
	u32 same_place = 0;
	(void)state;
	for (u32 i = 0; i < 40; i++) {
		for (u32 kind = 0; kind < 2; kind++) {
			void (*run)(plugin_call);
			void *module = load(paths[kind], &run);
			for (int k = 0; k < 3; k++)
				run(watch_event);
			places[kind][i] = *(void **)&run;
			dlclose(module);
			watch_reset(watch_self);
		}
	}
	for (u32 i = 0; i < 40; i++)
		same_place += (uintptr_t)places[0][i] >> 12 == (uintptr_t)places[1][i] >> 12;
	assert_true(same_place > 0); /* or the test tests nothing */
	assert_all_equal(40 * 2 * 3);
}

/* The stack from within the loader's resolver, whose frame is found by rbx alone. */
static void test_lazy_binding(void **state)
{
	void (*run)(plugin_call);
	(void)state;
	void *module = load(PLUGIN_SMALL, &run);
	unsigned long before = watch_self->events;
	run(watch_event);
	assert_int_equal(watch_self->events - before, 2); /* one was the resolver's */
	run(watch_event);
	assert_int_equal(watch_self->events - before, 3);
	assert_all_equal(3);
	dlclose(module);
}

static int count_module(struct dl_phdr_info *info, size_t size, void *count)
{
	(void)info;
	(void)size;
	watch_event();
	++*(int *)count;
	return 0;
}

/* In these callbacks the thread holds the loader's lock. */
static void test_under_the_loaders_lock(void **state)
{
	int count = 0;
	(void)state;
	for (int i = 0; i < 5; i++)
		dl_iterate_phdr(count_module, &count);
	assert_true(count >= 5);
	assert_all_equal(5);
}

/* As interpreters do: the inner function is jumped to, and returns to a place that nothing calls from. */
extern const u8 interpreter_code[], interpreter_code_end[];
__asm__(".section .rodata\n"
	".globl interpreter_code, interpreter_code_end\n"
	".hidden interpreter_code, interpreter_code_end\n"
	"interpreter_code:\n"
	"push %rbp\nmov %rsp, %rbp\n"
	"lea 1f(%rip), %rax\npush %rax\njmp 2f\n"
	"1: pop %rbp\nret\n"
	"2: push %rbp\nmov %rsp, %rbp\ncall *%rdi\npop %rbp\nret\n"
	"interpreter_code_end:\n"
	".text\n");

static u8 *generated(const u8 *bytes, size_t length)
{
	u8 *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(code != MAP_FAILED);
	memcpy(code + 64, bytes, length);
	assert_int_equal(mprotect(code, 4096, PROT_READ | PROT_EXEC), 0);
	return code;
}

__attribute__((noinline)) static void run_generated(const u8 *code)
{
	void (*run)(plugin_call);
	const u8 *start = code + 64;
	memcpy(&run, &start, sizeof(run));
	run(watch_event);
	__asm__ volatile("");
}

static void test_generated_code(void **state)
{
	/* push %rbp; mov %rsp, %rbp; call *%rdi; pop %rbp; ret */
	static const u8 with_chain[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
	/* push %rbp; mov $0x41414141, %ebp; call *%rdi; pop %rbp; ret */
	static const u8 without[] = {0x55, 0xbd, 0x41, 0x41, 0x41, 0x41, 0xff, 0xd7, 0x5d, 0xc3};
	/* push %rbp; mov %rsp, %rbp; sub $8, %rbp; call *%rdi; pop %rbp; ret: nearly a chain */
	static const u8 nearly[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xed, 0x08, 0xff, 0xd7, 0x5d, 0xc3};
	(void)state;
	watch_event();
	size_t outer = watch_self->depth - 1;
	u8 *code = generated(with_chain, sizeof(with_chain));
	for (int i = 0; i < 3; i++) {
		run_generated(code);
		assert_int_equal(watch_self->depth, outer + 3); /* generated, run_generated, this */
		assert_false(watch_self->cut);
	}
	munmap(code, 4096);
	watch_reset(watch_self);
	code = generated(interpreter_code, (size_t)(interpreter_code_end - interpreter_code));
	for (int i = 0; i < 3; i++) {
		run_generated(code);
		assert_int_equal(watch_self->depth, outer + 4);
		assert_false(watch_self->cut);
	}
	munmap(code, 4096);
	watch_reset(watch_self);
	code = generated(without, sizeof(without));
	for (int i = 0; i < 3; i++) {
		run_generated(code);
		assert_int_equal(watch_self->depth, 1);
		assert_true(watch_self->cut);
	}
	munmap(code, 4096);
	watch_reset(watch_self);
	code = generated(nearly, sizeof(nearly));
	run_generated(code);
	assert_int_equal(watch_self->depth, 1);
	assert_true(watch_self->cut);
	munmap(code, 4096);
	watch_event();
	assert_false(watch_self->cut);
}

static void test_forked_child(void **state)
{
	int status = 0;
	(void)state;
	watch_event();
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		watch_reset(watch_self);
		watch_self->mismatches = 0;
		for (int i = 0; i < 10; i++)
			watch_event();
		_exit(watch_self->mismatches != 0 || watch_self->cuts != 0 || watch_self->bad_order != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	watch_event();
	assert_all_equal(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_modules_come_and_go, begin, finish),
		cmocka_unit_test_setup_teardown(test_lazy_binding, begin, finish),
		cmocka_unit_test_setup_teardown(test_under_the_loaders_lock, begin, finish),
		cmocka_unit_test_setup_teardown(test_generated_code, begin, finish),
		cmocka_unit_test_setup_teardown(test_forked_child, begin, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
