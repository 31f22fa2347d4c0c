/* The readers of the unwind tables: what they say of known functions, and the expression machine, sound and
 * unsound. */
#include <sys/mman.h>

#include "record/preload/eh_cursor.h"
#include "tests/unit/test.h"
#include "tests/unit/unwind_shapes.h"

static struct eh_work work;

static void test_find_row(void **state)
{
	(void)state;
	/* before its first instruction every function is alike */
	uintptr_t start = (uintptr_t)shape_garbage_fp;
	assert_int_equal(eh_frame_find(start, &work), EH_ROW);
	assert_int_equal(work.row.cfa_register, EH_RSP);
	assert_int_equal(work.row.cfa_offset, 8);
	assert_int_equal(work.row.rules[EH_RA].how, EH_AT_CFA);
	assert_int_equal(work.row.rules[EH_RA].offset, -8);
	assert_int_equal(work.row.rules[EH_RBP].how, EH_SAME);
	assert_false(work.row.signal);
	/* behind push %rbp, one byte long */
	assert_int_equal(eh_frame_find(start + 1, &work), EH_ROW);
	assert_int_equal(work.row.cfa_offset, 16);
	assert_int_equal(work.row.rules[EH_RBP].how, EH_AT_CFA);
	assert_int_equal(work.row.rules[EH_RBP].offset, -16);
	/* behind push %r12; mov %rbp, %r12 */
	assert_int_equal(eh_frame_find((uintptr_t)shape_fp_in_r12 + 5, &work), EH_ROW);
	assert_int_equal(work.row.rules[EH_RBP].how, EH_IN);
	assert_int_equal(work.row.rules[EH_RBP].offset, EH_R12);
}

static void test_find_nothing(void **state)
{
	(void)state;
	assert_int_equal(eh_frame_find((uintptr_t)shape_no_table, &work), EH_NO_TABLE);
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(page != MAP_FAILED);
	assert_int_equal(eh_frame_find((uintptr_t)page, &work), EH_NO_MODULE);
	munmap(page, 4096);
	static const uintptr_t nowhere[] = {0, 1, 4096, (uintptr_t)1 << 47, UINTPTR_MAX};
	for (size_t i = 0; i < ARRAY_LEN(nowhere); i++)
		assert_int_equal(eh_frame_find(nowhere[i], &work), EH_NO_MODULE);
}

static const u64 registers[EH_REGISTERS] = {
	[EH_RBX] = 1000, [EH_RBP] = 2000, [EH_RSP] = 3000, [EH_R12] = 4000};

/* Memory where every word is its address plus one. */
static bool read_plus_one(void *context, uintptr_t address, u64 *word)
{
	(void)context;
	*word = address + 1;
	return address < 100000;
}

static bool evaluate(const u8 *expr, u32 length, bool numbers, const struct eh_value *start,
		     struct eh_value *result)
{
	struct eh_machine machine = {
		.registers = numbers ? registers : NULL, .pc = 0x1234, .read = read_plus_one};
	return eh_evaluate(&machine, expr, length, start, result);
}

static void test_expressions(void **state)
{
	static const struct {
		u8 length;
		u8 expr[12];
		u64 result;
	} cases[] = {
		{1, {0x35}, 5},                                          /* lit5 */
		{2, {0x77, 0x08}, 3008},                                 /* breg7 8 */
		{3, {0x76, 0x78, 0x06}, 1993},                           /* breg6 -8, deref */
		{3, {0x92, 0x03, 0x02}, 1002},                           /* bregx rbx 2 */
		{2, {0x08, 0xff}, 255},                                  /* const1u */
		{2, {0x09, 0xff}, UINT64_MAX},                           /* const1s */
		{3, {0x0a, 0x34, 0x12}, 0x1234},                         /* const2u */
		{3, {0x0b, 0xfe, 0xff}, (u64)-2},                        /* const2s */
		{5, {0x0d, 0xff, 0xff, 0xff, 0x7f}, 0x7fffffff},         /* const4s */
		{9, {0x0e, 1, 2, 3, 4, 5, 6, 7, 8}, 0x0807060504030201}, /* const8u */
		{3, {0x10, 0x80, 0x01}, 128},                            /* constu */
		{3, {0x11, 0x80, 0x7f}, (u64)-128},                      /* consts */
		{3, {0x33, 0x34, 0x22}, 7},                              /* plus */
		{3, {0x33, 0x34, 0x1c}, (u64)-1},                        /* minus */
		{3, {0x33, 0x34, 0x1e}, 12},                             /* mul */
		{3, {0x3f, 0x39, 0x1a}, 9},                              /* and */
		{3, {0x35, 0x32, 0x21}, 7},                              /* or */
		{3, {0x35, 0x31, 0x27}, 4},                              /* xor */
		{3, {0x31, 0x34, 0x24}, 16},                             /* shl */
		{3, {0x4f, 0x33, 0x25}, 3},                              /* shr */
		{5, {0x09, 0xf8, 0x31, 0x26, 0x96}, (u64)-4},            /* shra, nop */
		{4, {0x33, 0x1f, 0x30, 0x22}, (u64)-3},                  /* neg */
		{2, {0x30, 0x20}, UINT64_MAX},                           /* not */
		{3, {0x33, 0x23, 0x07}, 10},                             /* plus_uconst */
		{3, {0x33, 0x33, 0x29}, 1},                              /* eq */
		{4, {0x09, 0xff, 0x30, 0x2d}, 1},                        /* -1 < 0 */
		{3, {0x31, 0x32, 0x2a}, 0},                              /* 1 >= 2 */
		{3, {0x31, 0x32, 0x2c}, 1},                              /* 1 <= 2 */
		{3, {0x31, 0x32, 0x2b}, 0},                              /* 1 > 2 */
		{3, {0x31, 0x32, 0x2e}, 1},                              /* 1 != 2 */
		{4, {0x31, 0x32, 0x16, 0x1c}, 1},                        /* swap, minus */
		{4, {0x31, 0x32, 0x14, 0x22}, 3},                        /* over, plus */
		{5, {0x31, 0x32, 0x33, 0x15, 0x02}, 1},                  /* pick 2 */
		{3, {0x31, 0x32, 0x13}, 1},                              /* drop */
		{3, {0x32, 0x12, 0x1e}, 4},                              /* dup, mul */
		{2, {0x80, 0x00}, 0x1234},                               /* breg16: the pc */
		/* a linkage table's: rsp + 8 + (((pc & 15) >= 11) << 3), pc & 15 being 4 */
		{11, {0x77, 0x08, 0x80, 0x00, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22}, 3008},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct eh_value value;
		if (!evaluate(cases[i].expr, cases[i].length, true, NULL, &value))
			fail_msg("case %zu is not sound", i);
		assert_int_equal(value.base, EH_NUMBER);
		if (value.offset != cases[i].result)
			fail_msg("case %zu: %#llx", i, (unsigned long long)value.offset);
	}
}

static void test_symbolic_expressions(void **state)
{
	static const u8 linkage[] = {0x77, 0x08, 0x80, 0x00, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22};
	static const u8 realigned[] = {0x76, 0x78, 0x06}; /* *(rbp - 8) */
	static const u8 product[] = {0x76, 0x00, 0x32, 0x1e};
	static const u8 behind_memory[] = {0x76, 0x00, 0x06, 0x23, 0x08};
	static const u8 twice[] = {0x76, 0x00, 0x06, 0x06};
	static const u8 two_registers[] = {0x76, 0x00, 0x77, 0x00, 0x22};
	static const u8 from_start[] = {0x23, 0x10};
	struct eh_value value, start = {.base = EH_RSP, .offset = 8};
	(void)state;
	assert_true(evaluate(linkage, sizeof(linkage), false, NULL, &value));
	assert_int_equal(value.base, EH_RSP);
	assert_int_equal(value.offset, 8);
	assert_false(value.memory);
	assert_true(evaluate(realigned, sizeof(realigned), false, NULL, &value));
	assert_int_equal(value.base, EH_RBP);
	assert_int_equal(value.offset, (u64)-8);
	assert_true(value.memory);
	assert_true(evaluate(from_start, sizeof(from_start), false, &start, &value));
	assert_int_equal(value.base, EH_RSP);
	assert_int_equal(value.offset, 24);
	assert_false(evaluate(product, sizeof(product), false, NULL, &value));
	assert_false(evaluate(behind_memory, sizeof(behind_memory), false, NULL, &value));
	assert_false(evaluate(twice, sizeof(twice), false, NULL, &value));
	assert_false(evaluate(two_registers, sizeof(two_registers), false, NULL, &value));
}

static void test_unsound_expressions(void **state)
{
	static const struct {
		u8 length;
		u8 expr[20];
	} cases[] = {
		{0, {0}},
		{1, {0x22}},                   /* nothing to add */
		{2, {0x31, 0x22}},             /* one is not enough */
		{1, {0x13}},                   /* nothing to drop */
		{1, {0x06}},                   /* nothing to follow */
		{2, {0x0a, 0x01}},             /* cut off */
		{2, {0x10, 0x80}},             /* cut off */
		{1, {0x77}},                   /* cut off */
		{3, {0x92, 0x30, 0x00}},       /* no such register */
		{1, {0x00}},                   /* no such operation */
		{3, {0x31, 0x15, 0x01}},       /* picks too deep */
		{4, {0x31, 0x32, 0x13, 0x13}}, /* nothing left */
		{17,
		 {0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31,
		  0x31, 0x31}},
		{5, {0x0c, 0x00, 0x00, 0x00, 0x10}}, /* sound, to show that the next is not so by chance */
		{6, {0x0c, 0x00, 0x00, 0x00, 0x10, 0x06}}, /* unreadable */
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct eh_value value;
		bool sound = evaluate(cases[i].expr, cases[i].length, true, NULL, &value);
		if (sound != (i == ARRAY_LEN(cases) - 2))
			fail_msg("case %zu", i);
	}
}

static u64 seed = 7;

static u32 draw(u32 below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (u32)(seed >> 33) % below;
}

/* Any bytes at all, in memory of just their length. */
static void test_random_bytes(void **state)
{
	(void)state;
	for (int i = 0; i < 30000; i++) {
		u32 length = draw(40) + 1;
		u8 *bytes = malloc(length);
		assert_non_null(bytes);
		for (u32 k = 0; k < length; k++)
			bytes[k] = (u8)draw(256);
		struct eh_value value;
		(void)evaluate(bytes, length, draw(2), NULL, &value);
		struct eh_fde fde = {.cie = {.code_align = 1, .data_align = -8, .pointers = (u8)draw(256)},
				     .begin = 1000,
				     .end = 2000,
				     .code = bytes,
				     .code_end = bytes + length};
		u32 shared = draw(length);
		fde.cie.code = bytes;
		fde.cie.code_end = bytes + shared;
		(void)eh_run(&fde, &work, 1000 + draw(1000));
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find_row),
		cmocka_unit_test(test_find_nothing),
		cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_symbolic_expressions),
		cmocka_unit_test(test_unsound_expressions),
		cmocka_unit_test(test_random_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
