/* Demangling: what names become, and that no name costs more than a moment. Flags: who is the allocator, who
 * the runtime. */
#include "test.h"

#include <sys/resource.h>

#include "common/mem.h"
#include "record/symbolizer.h"
#include "record/symbolizer_parts.h"

static void check(const char *mangled, const char *expected)
{
	char *name = symbol_demangle(mangled);

	assert_string_equal(name, expected);
	free(name);
}

static void test_cplus(void **state)
{
	(void)state;
	check("_Z3foov", "foo()");
	check("_ZN5space3BoxIiE5twiceEi", "space::Box<int>::twice(int)");
	check("_ZN5space3BoxIiEpLERKS1_", "space::Box<int>::operator+=(space::Box<int> const&)");
	check("_ZN12_GLOBAL__N_19anonymousEPKcd", "(anonymous namespace)::anonymous(char const*, double)");
	check("_Znwm", "operator new(unsigned long)");
	check("_ZZ4mainENKUliE_clEi", "main::{lambda(int)#1}::operator()(int) const");
	check("_ZSt4moveIRiEONSt16remove_referenceIT_E4typeEOS2_", "std::move<int&>(int&)");
}

/* The return type of a template's instance goes, the ones inside its arguments stay. */
static void test_return_types(void **state)
{
	(void)state;
	check("_Z5applyIFiiEEvPT_", "apply<int (int)>(int (*)(int))");
	check("_Z3mapIPFvdEEiT_", "map<void (*)(double)>(void (*)(double))");
}

/* As clang 14 writes conditions of std::enable_if. */
static void test_unqualified_conditions(void **state)
{
	(void)state;
	check("_ZSt9__fill_a1IPiiEN9__gnu_cxx11__enable_ifIXsr11__is_scalarIT0_EE7__valueEvE6__typeET_S6_"
	      "RKS3_",
	      "std::__fill_a1<int*, int>(int*, int*, int const&)");
}

static void test_rust(void **state)
{
	(void)state;
	check("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad");
	check("_ZN63_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..clone..Clone$GT$"
	      "5clone17h0123456789abcdefE",
	      "<alloc::vec::Vec<T> as core::clone::Clone>::clone");
	check("_RNvCs1234_7mycrate3foo", "mycrate::foo");
	check("_RINvNtC3std3mem8align_ofdE", "std::mem::align_of::<f64>");
	check("_RNvMNtC1a1bNtB2_1S1f", "<a::b::S>::f");
}

static void test_others(void **state)
{
	static const char *const names[] = {
		"",
		"main",
		"_start",
		"_Z",
		"_ZN",
		"_R",
		"_ZN3fooE3",
		"Z3foov",
		"memcpy@@GLIBC_2.14",
		"foo.cold",
		"_ZN99999999999999999999999999999999aE",
		"caf\xc3\xa9",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		check(names[i], names[i]);
}

static void check_stem(const char *name, const char *stem)
{
	assert_int_equal(symbol_stem(name), strlen(stem));
}

static void test_clones(void **state)
{
	(void)state;
	check("_Z3foov.isra.0", "foo()");
	check("_Z3foov.part.12.cold", "foo()");
	check("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE.llvm.12345678901234567890",
	      "core::fmt::Formatter::pad");
	check_stem("foo.isra.0", "foo");
	check_stem("foo.constprop.0.isra.3.cold", "foo");
	check_stem("foo.lto_priv.0", "foo");
	check_stem("memcpy@@GLIBC_2.14", "memcpy");
	check_stem("malloc@GLIBC_2.2.5", "malloc");
	check_stem("main.main", "main.main");
	check_stem("foo.0", "foo.0");
	check_stem("foo.coldest", "foo.coldest");
	check_stem(".cold", ".cold");
	check_stem("@plt", "@plt");
	check_stem(".", ".");
	check_stem("..", "..");
	check_stem("a.", "a.");
	check_stem("", "");
}

/* n times part after prefix, then n times close. */
static char *repeat(const char *prefix, const char *part, size_t n, const char *close)
{
	size_t size = strlen(prefix) + n * (strlen(part) + strlen(close)) + 2;
	char *name = xmalloc(size), *at = stpcpy(name, prefix);

	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, part);
	at = stpcpy(at, "i");
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, close);
	return name;
}

/* A reference to what was said before: S_, S0_, … S9_, SA_, … */
static char *backreference(char *at, size_t index)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	*at++ = 'S';
	if (index > 36)
		*at++ = digits[(index - 1) / 36];
	if (index > 0)
		*at++ = digits[(index - 1) % 36];
	*at++ = '_';
	return at;
}

/* Arguments each of which is a template of the one before, twice: 2^n when they are printed. */
static char *bomb(const char *prefix, size_t n, const char *last)
{
	char *name = xmalloc(strlen(prefix) + n * 16 + strlen(last) + 64), *at = stpcpy(name, prefix);

	at = stpcpy(at, "1aIiE");
	for (size_t i = 0; i < n; i++) {
		at = stpcpy(at, "1aI");
		at = backreference(at, 2 * i + 1);
		at = backreference(at, 2 * i + 1);
		*at++ = 'E';
	}
	at = stpcpy(at, last);
	backreference(at, 2 * n + 1)[0] = '\0';
	return name;
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
}

/* A name that would take years, gigabytes or a stack of its own: something is returned, soon. */
static void check_bounded(char *mangled)
{
	double start = cpu_seconds();
	char *name = symbol_demangle(mangled);

	assert_true(strlen(name) <= SYMBOL_TEXT_MAX || strcmp(name, mangled) == 0);
	assert_true(cpu_seconds() - start < 5);
	free(name);
	free(mangled);
}

static void test_bombs(void **state)
{
	static const char *const parts[][3] = {
		{"_Z1f", "P", ""},   {"_Z1f", "K", ""},       {"_Z1f", "PFi", "E"},    {"_Z1f", "1aI", "E"},
		{"_ZN", "1a", ""},   {"_Z", "N1aI", "E"},     {"_Z1f", "A1_", ""},     {"_Z1fIX", "ad", ""},
		{"_Z1f", "DT", "E"}, {"_Z", "Z1f", "E"},      {"_Z1fI", "J", "E"},     {"_Z1f", "Dp", ""},
		{"_R", "Nv", ""},    {"_RINvC1a1b", "T", ""}, {"_RINvC1a1b", "R", ""}, {"_R", "I", "E"},
	};
	static const size_t counts[] = {50, 500, 2000, 5000, 8000, 50000};

	(void)state;
	for (size_t n = 2; n <= 60; n++) {
		check_bounded(bomb("_Z1f", n, ""));
		check_bounded(bomb("_Z1fIJiEEv", n, "Dp"));
		check_bounded(bomb("_Z1fIJEEv", n, "Dp"));
		check_bounded(bomb("_Z1fIiEN1xIXsr1yIT_EE1vEvE1tE", n, ""));
		check_bounded(bomb("_Z1fIJiEEN1xIXsr1yIT_EE1vEvE1tE", n, "Dp"));
	}
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (size_t k = 0; k < ARRAY_LEN(counts); k++)
			check_bounded(repeat(parts[i][0], parts[i][1], counts[k], parts[i][2]));
}

/* libiberty alone refuses names of more than 1 KiB when its recursion is to be bounded. */
static void test_long_names(void **state)
{
	char *mangled = xmalloc(16 << 10), *at = stpcpy(mangled, "_Z1fIJ"), *name;

	(void)state;
	for (size_t i = 0; i < 300; i++)
		at = stpcpy(at, "N2ns5ThingE");
	stpcpy(at, "EEvi");
	name = symbol_demangle(mangled);
	assert_true(strlen(mangled) > 1100);
	assert_memory_equal(name, "f<ns::Thing, ns::Thing", 22);
	assert_string_equal(name + strlen(name) - 6, ">(int)");
	free(name);
	free(mangled);
}

static void check_flags(const char *function, const char *module, u8 flags)
{
	if (symbol_flags(function, module) != flags)
		fail_msg("%s in %s: %u", function ? function : "no name", module ? module : "nothing",
			 symbol_flags(function, module));
}

static void test_allocators(void **state)
{
	static const char *const allocators[] = {
		"malloc",
		"calloc",
		"realloc",
		"posix_memalign",
		"operator new(unsigned long)",
		"operator new[](unsigned long, std::nothrow_t const&)",
		"operator delete(void*)",
		"std::allocator<int>::allocate(unsigned long)",
		"std::__new_allocator<std::_Rb_tree_node<std::pair<int const, int> > >::allocate(unsigned "
		"long, void const*)",
		"std::allocator_traits<std::allocator<int> >::allocate(std::allocator<int>&, unsigned long)",
		"std::_Vector_base<int, std::allocator<int> >::_M_allocate(unsigned long)",
		"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> "
		">::_M_create(unsigned long&, unsigned long)",
		"std::__1::__libcpp_allocate(unsigned long, unsigned long)",
		"__gnu_cxx::new_allocator<char>::allocate(unsigned long, void const*)",
		"__rust_alloc",
		"__rustc::__rust_alloc",
		"__rdl_realloc",
		"alloc::alloc::alloc",
		"alloc::raw_vec::finish_grow::<alloc::alloc::Global>",
		"<alloc::alloc::Global>::alloc_impl",
		"<alloc::alloc::Global as core::alloc::Allocator>::allocate",
		"<alloc::raw_vec::RawVec<u8>>::try_reserve",
		"<alloc::boxed::Box<node::Leaf<usize, u8>>>::try_new_uninit_in",
		"<std::alloc::System>::alloc_impl",
		"hashbrown::raw::alloc::inner::do_alloc",
		"g_malloc0",
	};
	static const char *const users[] = {
		"xmalloc",
		"strdup",
		"main",
		"my::malloc(int)",
		"malloc_usable_size",
		"Arena::operator new(unsigned long)",
		"std::vector<int, std::allocator<int> >::push_back(int const&)",
		"void std::allocator<int>::allocate_all()",
		"operator<<(std::ostream&, Thing const&)",
		"Key::operator<(Key const&) const",
		"Functor::operator()(int)",
		"Thing::operator->() const",
		"Thing::operator std::string() const",
		"<alloc::string::String as core::clone::Clone>::clone",
		"alloc::boxed::Box<T>::new",
		"alloc::vec::Vec<T>::with_capacity",
		"PyMem_RawMalloc",
		"g_slice_alloc",
		"<",
		">",
		"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(allocators); i++)
		check_flags(allocators[i], "/usr/bin/program", FUNCTION_ALLOCATOR);
	for (size_t i = 0; i < ARRAY_LEN(users); i++)
		check_flags(users[i], "/usr/bin/program", 0);
	check_flags("__libc_malloc", "/usr/lib/libc.so.6", FUNCTION_ALLOCATOR);
	check_flags("__GI___libc_malloc", "/usr/lib/libc.so.6", FUNCTION_ALLOCATOR);
	check_flags("__libc_malloc", "/usr/bin/program", 0);
}

static void test_runtime(void **state)
{
	(void)state;
	check_flags("_start", "/usr/bin/program", FUNCTION_RUNTIME);
	check_flags("__libc_start_main_impl", "/lib/libc.so.6", FUNCTION_RUNTIME);
	check_flags("__libc_start_main@@GLIBC_2.34", "/lib/libc.so.6", FUNCTION_RUNTIME);
	check_flags("__libc_start_call_main", "/lib/libc.so.6", FUNCTION_RUNTIME);
	check_flags("start_thread", "/lib/libc.so.6", FUNCTION_RUNTIME);
	check_flags("start_thread", "/lib/libpthread-2.31.so", FUNCTION_RUNTIME);
	check_flags("start_thread", "/usr/bin/program", 0);
	check_flags("clone3", "libc.so.6", FUNCTION_RUNTIME);
	check_flags("clone", "/usr/bin/program", 0);
	check_flags("clone", NULL, 0);
	check_flags("_dl_start_user", "/lib64/ld-linux-x86-64.so.2", FUNCTION_RUNTIME);
	check_flags("_dl_catch_exception", "/lib/libc.so.6", 0);
	check_flags("_dl_sysdep_start", "/lib64/ld-linux-x86-64.so.2", FUNCTION_RUNTIME);
	check_flags("_dl_allocate_tls", "/lib64/ld-linux-x86-64.so.2", 0);
	check_flags("call_init", "/lib64/ld-linux-x86-64.so.2", 0);
	check_flags("std::rt::lang_start_internal", "/usr/bin/program", FUNCTION_RUNTIME);
	check_flags(NULL, "/usr/bin/program", FUNCTION_NO_SYMBOL);
	check_flags(NULL, NULL, FUNCTION_NO_SYMBOL);
}

static void test_libc(void **state)
{
	(void)state;
	assert_true(symbol_is_libc("/usr/lib/x86_64-linux-gnu/libc.so.6"));
	assert_true(symbol_is_libc("/proc/12/root/lib/libc-2.31.so"));
	assert_true(symbol_is_libc("/lib64/ld-linux-x86-64.so.2"));
	assert_true(symbol_is_libc("/lib/ld-musl-x86_64.so.1"));
	assert_true(symbol_is_libc("libc.so.6"));
	assert_false(symbol_is_libc("/usr/lib/libclang-cpp.so.14"));
	assert_false(symbol_is_libc("/usr/lib/libcrypto.so.3"));
	assert_false(symbol_is_libc("/usr/lib/libc.so.6/program"));
	assert_false(symbol_is_libc("/usr/lib/libstdc++.so.6"));
	assert_false(symbol_is_libc("[vdso]"));
	assert_false(symbol_is_libc(""));
	assert_false(symbol_is_libc(NULL));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cplus),
		cmocka_unit_test(test_return_types),
		cmocka_unit_test(test_unqualified_conditions),
		cmocka_unit_test(test_rust),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_clones),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_allocators),
		cmocka_unit_test(test_runtime),
		cmocka_unit_test(test_libc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
