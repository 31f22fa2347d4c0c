/* Which functions are the allocator's and which the runtime's, by name. An allocator's function is never
 * shown as the one that allocates: so only functions stand here that hand through what their caller asked
 * for, and whose caller is the one to know. C++ and Rust names are compared in a short form: without template
 * arguments, parameters and versioned namespaces. */
#include <stdio.h>
#include <string.h>

#include "record/symbolizer.h"

enum { SHORT_NAME_MAX = 192 }; /* no name in the tables is nearly as long */

/* Short names; a * at the end stands for any rest. */
static const char *const allocators[] = {
	"malloc",
	"calloc",
	"realloc",
	"reallocarray",
	"aligned_alloc",
	"memalign",
	"posix_memalign",
	"valloc",
	"pvalloc",
	"free",
	"cfree",
	"free_sized",
	"free_aligned_sized",
	"operator new",
	"operator new[]",
	"operator delete",
	"operator delete[]",
	"std::allocator::allocate",
	"std::allocator::deallocate",
	"std::__new_allocator::allocate",
	"std::__new_allocator::deallocate",
	"std::allocator_traits::allocate",
	"std::allocator_traits::deallocate",
	"std::pmr::polymorphic_allocator::allocate",
	"std::pmr::polymorphic_allocator::deallocate",
	"std::__allocate_guarded",
	"std::__allocate_guarded_obj",
	"std::_Vector_base::_M_allocate",
	"std::_Vector_base::_M_deallocate",
	"std::_Vector_base::_M_create_storage",
	"std::_Bvector_base::_M_allocate",
	"std::_Deque_base::_M_allocate_node",
	"std::_Deque_base::_M_allocate_map",
	"std::_List_base::_M_get_node",
	"std::_Fwd_list_base::_M_get_node",
	"std::_Rb_tree::_M_get_node",
	"std::_Rb_tree::_M_put_node",
	"std::__detail::_Hashtable_alloc::_M_allocate_node",
	"std::__detail::_Hashtable_alloc::_M_allocate_node_ptr",
	"std::__detail::_Hashtable_alloc::_M_allocate_buckets",
	"std::_Hashtable::_M_allocate_buckets",
	"std::basic_string::_M_create",
	"std::basic_string::_S_allocate",
	"std::basic_string::_Rep::_S_create",
	"std::__libcpp_allocate",
	"std::__libcpp_operator_new",
	"std::__allocate_at_least",
	"std::__do_allocate",
	"__gnu_cxx::new_allocator::allocate",
	"__gnu_cxx::new_allocator::deallocate",
	"__gnu_cxx::malloc_allocator::allocate",
	"__gnu_cxx::__alloc_traits::allocate",
	"__gnu_cxx::__alloc_traits::deallocate",
	"__gnu_cxx::__allocate*",
	"__rust_alloc",
	"__rust_alloc_zeroed",
	"__rust_realloc",
	"__rust_dealloc",
	"__rdl_*",
	"__rg_*",
	"__rustc::__rust_*",
	"__rustc::__rdl_*",
	"__rustc::__rg_*",
	"exchange_malloc",
	"alloc::boxed::box_new_uninit",
	"alloc::alloc::*",
	"alloc::raw_vec::*",
	"alloc::alloc::Global as core::alloc::Allocator::*",
	"std::alloc::System::*",
	"alloc::boxed::Box::new_uninit*",
	"alloc::boxed::Box::try_new_uninit*",
	"alloc::rc::Rc::allocate_for_layout",
	"alloc::sync::Arc::allocate_for_layout",
	"hashbrown::raw::alloc::*",
	"hashbrown::alloc::*",
	"std::alloc::System as core::alloc::global::GlobalAlloc::*",
	"std::alloc::System as core::alloc::Allocator::*",
	"std::sys::alloc::*",
	"std::sys::pal::unix::alloc::*",
	"g_malloc",
	"g_malloc0",
	"g_malloc_n",
	"g_malloc0_n",
	"g_realloc",
	"g_realloc_n",
	"g_try_malloc",
	"g_try_malloc0",
	"g_try_malloc_n",
	"g_try_malloc0_n",
	"g_try_realloc",
	"g_try_realloc_n",
	"g_free",
};

static const char *const libc_allocators[] = {
	"__libc_malloc", "__libc_calloc",  "__libc_realloc", "__libc_reallocarray", "__libc_memalign",
	"__libc_valloc", "__libc_pvalloc", "__libc_free",    "__posix_memalign",    "_mid_memalign",
};

static const char *const runtime[] = {
	"_start",
	"__libc_csu_init",
	"__libc_start_main*",
	"std::rt::lang_start*",
	"std::sys::backtrace::__rust_begin_short_backtrace",
	"std::sys_common::backtrace::__rust_begin_short_backtrace",
};

static const char *const libc_runtime[] = {
	"__libc_start_call_main", "__libc_init_first", "clone",        "clone3", "__clone", "__clone3",
	"__clone_internal",       "thread_start",      "start_thread",
};

/* What runs before main() alone: most of the loader is called by dlopen() and pthread_create(), too. */
static const char *const loader_runtime[] = {
	"_dl_start",
	"_dl_start_user",
	"_dl_sysdep_start",
	"dl_main",
};

static const char *const libc_files[] = {"libc.so",   "libc-",   "libpthread",
					 "libc.musl", "ld-musl", "ld-linux"};
static const char *const loader_files[] = {"ld-linux", "ld-2", "ld.so", "ld64.so", "ld-musl", "libc.musl"};

static bool starts_with_any(const char *text, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* Parts of names that are no part of the short form. Each begins where a name or a part of one may begin. */
static const char *const versions[] = {"__cxx11::", "__1::", "__ndk1::", "__GI_"};

static size_t version_length(const char *at, bool begins)
{
	for (size_t i = 0; begins && i < ARRAY_LEN(versions); i++)
		if (strncmp(at, versions[i], strlen(versions[i])) == 0)
			return strlen(versions[i]);
	return 0;
}

/* "operator" at the start of a part of a name: what follows up to the parameters is no bracket, whatever it
 * looks like. */
static size_t operator_length(const char *at, bool begins)
{
	static const char word[] = "operator";
	size_t n = strlen(word);

	if (!begins || strncmp(at, word, n) != 0)
		return 0;
	if (strncmp(at + n, "()", 2) == 0)
		return n + 2;
	return n + strcspn(at + n, "(");
}

/* "std::vector<int>::push_back(int const&)": "std::vector::push_back"; "<A<T> as B>::f": "A as B::f". False:
 * too long. */
static bool short_name(const char *name, char out[SHORT_NAME_MAX])
{
	size_t n = 0, depth = 0;
	bool begins = true;

	/* The bracket that a Rust name may start with is taken off; so its end, at depth 0, is passed over
	 * below. */
	name += *name == '<';
	while (*name != '\0' && (*name != '(' || depth > 0)) {
		size_t skip = version_length(name, begins), take = operator_length(name, begins);

		if (skip > 0) {
			name += skip;
			continue;
		}
		if (take == 0 && *name == '<') {
			depth++;
		} else if (take == 0 && *name == '>') {
			depth -= depth > 0;
		} else if (depth == 0) {
			take = MAX(take, 1);
			if (n + take >= SHORT_NAME_MAX)
				return false;
			memcpy(out + n, name, take);
			n += take;
		}
		begins = *name == ':';
		name += MAX(take, 1);
	}
	/* Rust's "f::<T>" leaves its colons behind. */
	while (n > 0 && out[n - 1] == ':')
		n--;
	out[n] = '\0';
	return n > 0;
}

static bool matches(const char *name, const char *pattern)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return strncmp(name, pattern, n - 1) == 0;
	return strcmp(name, pattern) == 0;
}

/* What the names mean, and in which files alone: a program may have a clone() of its own. */
static const struct known_functions {
	u8 flag;
	const char *const *names;
	size_t n_names;
	const char *const *files; /* NULL: all */
	size_t n_files;
} known[] = {
	{FUNCTION_ALLOCATOR, allocators, ARRAY_LEN(allocators), NULL, 0},
	{FUNCTION_ALLOCATOR, libc_allocators, ARRAY_LEN(libc_allocators), libc_files, ARRAY_LEN(libc_files)},
	{FUNCTION_RUNTIME, runtime, ARRAY_LEN(runtime), NULL, 0},
	{FUNCTION_RUNTIME, libc_runtime, ARRAY_LEN(libc_runtime), libc_files, ARRAY_LEN(libc_files)},
	{FUNCTION_RUNTIME, loader_runtime, ARRAY_LEN(loader_runtime), loader_files, ARRAY_LEN(loader_files)},
};

static bool is_known(const struct known_functions *functions, const char *name, const char *file)
{
	if (functions->files != NULL && !starts_with_any(file, functions->files, functions->n_files))
		return false;
	for (size_t i = 0; i < functions->n_names; i++)
		if (matches(name, functions->names[i]))
			return true;
	return false;
}

static const char *file_name(const char *path)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;

	return slash != NULL ? slash + 1 : path != NULL ? path : "";
}

bool symbol_is_libc(const char *module_path)
{
	const char *file = file_name(module_path);

	return starts_with_any(file, libc_files, ARRAY_LEN(libc_files)) ||
	       starts_with_any(file, loader_files, ARRAY_LEN(loader_files));
}

u8 symbol_flags(const char *function, const char *module_path)
{
	const char *file = file_name(module_path);
	char name[SHORT_NAME_MAX];
	u8 flags = 0;

	if (function == NULL)
		return FUNCTION_NO_SYMBOL;
	if (!short_name(function, name))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (is_known(&known[i], name, file))
			flags |= known[i].flag;
	return flags;
}
