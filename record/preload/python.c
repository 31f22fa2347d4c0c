/* Finding CPython in the process, and proving that its structures lie where they should. */
#include "record/preload/python.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/sys.h"
#include "record/preload/calls.h"
#include "record/preload/python_api.h"

struct python python;

enum {
	FRAMES_TO_PROVE = 64,
	TRIALS = 16, /* a frame that is being made may look wrong */
	TYPE_DEALLOC = 48,
	LINES_MAX = 10 * 1000 * 1000,
};

/* By the headers, in the order of the structure. The interpreter tells more of them from 3.13 on: see
 * told_layout(). */
static const struct python_layout layouts[] = {
	{24, 0, 32, 24, 104, 0, 0, 104, 112, 0, 120, 40, 0, 48, 72, false, PLACE_BYTES, 8},
	{24, 0, 32, 24, 104, 0, 0, 104, 112, 0, 120, 40, 0, 48, 72, false, PLACE_BYTES, 9},
	{24, 0, 32, 24, 96, 0, 0, 104, 112, 0, 120, 40, 0, 48, 72, false, PLACE_UNITS, 10},
	{56, 8, 32, 48, 56, 69, 68, 112, 120, 128, 136, 72, 184, 48, 72, true, PLACE_POINTER, 11},
	{56, 0, 0, 8, 56, 70, 0, 112, 120, 128, 136, 68, 192, 40, 56, true, PLACE_POINTER, 12},
	{72, 0, 0, 8, 56, 70, 0, 112, 120, 128, 136, 68, 200, 40, 56, false, PLACE_POINTER, 13},
	{72, 0, 0, 8, 56, 74, 0, 112, 120, 128, 136, 68, 208, 40, 56, false, PLACE_POINTER, 14},
};

/* The beginning of _PyRuntime in 3.13 (pycore_runtime.h). */
struct debug_offsets {
	char cookie[8];
	u64 version, free_threaded;
	u64 runtime[3], interpreter[13];
	struct {
		u64 size, prev, next, interp, current_frame, thread_id, native_thread_id, datastack, status;
	} thread;
	struct {
		u64 size, previous, executable, instr_ptr, localsplus, owner;
	} frame;
	struct {
		u64 size, filename, name, qualname, linetable, firstlineno, argcount, localsplusnames,
			localspluskinds, co_code_adaptive;
	} code;
};

/* What is found in a program that is Python, or is linked with it, without asking the loader. */
#define SYMBOLS(X)                                                                                           \
	X(Py_GetVersion)                                                                                     \
	X(PyPy_GetVersion)                                                                                   \
	X(PyGILState_GetThisThreadState) X(_PyEval_EvalFrameDefault) X(PyCode_Type) X(PyUnicode_Type)        \
		X(PyBytes_Type) X(PyTuple_Type) X(_PyRuntime) X(Py_IsFinalizing) X(_Py_IsFinalizing)         \
			X(PyThreadState_GetUnchecked) X(_PyThreadState_UncheckedGet)
#define X(name) extern char name[] __attribute__((weak));
SYMBOLS(X)
#undef X
struct symbols {
#define X(name) void *name;
	SYMBOLS(X)
#undef X
};

static struct symbols find_symbols(void *handle)
{
	struct symbols s;
#define X(name) s.name = handle ? dlsym(handle, #name) : name;
	SYMBOLS(X)
#undef X
	return s;
}

/* "3.11.2 (main, …": the second number; 0: not of this kind. */
static u32 minor_version(const char *version)
{
	u32 minor = 0;
	if (version[0] != '3' || version[1] != '.')
		return 0;
	for (version += 2; *version >= '0' && *version <= '9' && minor < 100; version++)
		minor = minor * 10 + (u32)(*version - '0');
	return minor;
}

static bool told_layout(struct python_layout *l, const struct debug_offsets *told)
{
	if (l->minor != 13 || memcmp(told->cookie, "xdebugpy", 8) != 0 || told->version >> 16 != 0x030d)
		return true;
	l->thread_frame = (u16)told->thread.current_frame;
	l->frame_code = (u16)told->frame.executable;
	l->frame_back = (u16)told->frame.previous;
	l->frame_place = (u16)told->frame.instr_ptr;
	l->frame_owner = (u16)told->frame.owner;
	l->code_file = (u16)told->code.filename;
	l->code_name = (u16)told->code.name;
	l->code_qualified = (u16)told->code.qualname;
	l->code_lines = (u16)told->code.linetable;
	l->code_first_line = (u16)told->code.firstlineno;
	l->code_start = (u16)told->code.co_code_adaptive;
	return told->free_threaded == 0;
}

static void tell_interpreter(void *eval)
{
	Dl_info info;
	const ElfW(Sym) *symbol = NULL;
	if (!dladdr1(eval, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol)
		return;
	guest_note(RING_NOTE_PYTHON, (uintptr_t)eval);
	guest_note(RING_NOTE_PYTHON_END, (uintptr_t)eval + symbol->st_size);
}

void python_find(void *handle)
{
	if (!guest_recording || !(guest_header->flags & RING_PYTHON) || python.state != PYTHON_NONE)
		return;
	struct symbols s = find_symbols(handle);
	if (s.PyPy_GetVersion)
		guest_note(RING_NOTE_PYTHON_OFF, RING_PYTHON_PYPY);
	if (!s.Py_GetVersion || !s.PyGILState_GetThisThreadState || !s._PyEval_EvalFrameDefault ||
	    !s.PyCode_Type || !s.PyUnicode_Type || !s.PyBytes_Type)
		return;
	const char *version = ((const char *(*)(void))s.Py_GetVersion)();
	const struct python_layout *layout = NULL;
	for (size_t i = 0; i < ARRAY_LEN(layouts); i++)
		if (layouts[i].minor == minor_version(version))
			layout = &layouts[i];
	if (!layout) {
		guest_note(RING_NOTE_PYTHON_OFF, RING_PYTHON_VERSION);
		return;
	}
	python.layout = *layout;
	if (strstr(version, "free-threading") ||
	    (s._PyRuntime && !told_layout(&python.layout, s._PyRuntime))) {
		guest_note(RING_NOTE_PYTHON_OFF, RING_PYTHON_THREADED);
		return;
	}
	python.thread_state = (void *(*)(void))s.PyGILState_GetThisThreadState;
	/* By the names since 3.13, or those before. */
	void *current = s.PyThreadState_GetUnchecked;
	void *finalizing = s.Py_IsFinalizing ? s.Py_IsFinalizing : s._Py_IsFinalizing;
	python.current_state = (void *(*)(void))(current ? current : s._PyThreadState_UncheckedGet);
	python.finalizing = python.current_state ? (int (*)(void))finalizing : NULL;
	python.code_type = (uintptr_t)s.PyCode_Type;
	python.text_type = (uintptr_t)s.PyUnicode_Type;
	python.bytes_type = (uintptr_t)s.PyBytes_Type;
	python.tuple_type = (uintptr_t)s.PyTuple_Type;
	if (python_api_find(handle))
		calls_can_tell();
	tell_interpreter(s._PyEval_EvalFrameDefault);
	__atomic_store_n(&python.state, PYTHON_FOUND, __ATOMIC_RELEASE);
	pymalloc_find(handle);
}

void python_greenlets(void *handle)
{
	static const char *const names[] = {"PyInit__greenlet", "PyInit_greenlet"};
	if (!python.layout.by_cframe || python.switched)
		return;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		python.switched |= dlsym(handle, names[i]) != NULL;
}

/* Reads what may not be there. */
static bool try_read(void *to, uintptr_t from, size_t n)
{
	struct iovec local = {to, n}, remote = {(void *)from, n};
	return sys_call6(SYS_process_vm_readv, sys_call3(SYS_getpid, 0, 0, 0), (long)&local, 1, (long)&remote,
			 1, 0) == (long)n;
}

static u64 try_word(uintptr_t at)
{
	u64 word = 0;
	return try_read(&word, at, sizeof(word)) ? word : 0;
}

static bool is_a(uintptr_t object, uintptr_t type)
{
	return object && try_word(object + PYTHON_OBJECT_TYPE) == type;
}

static bool proves(uintptr_t frame)
{
	const struct python_layout *l = &python.layout;
	uintptr_t code = python_pointer(try_word(frame + l->frame_code));
	if (!is_a(code, python.code_type) || !is_a(try_word(code + l->code_file), python.text_type) ||
	    !is_a(try_word(code + l->code_name), python.text_type) ||
	    !is_a(try_word(code + l->code_lines), python.bytes_type) ||
	    (l->code_qualified && !is_a(try_word(code + l->code_qualified), python.text_type)))
		return false;
	i32 line = (i32)try_word(code + l->code_first_line), last = (i32)try_word(frame + l->frame_place);
	if (line < 0 || line > LINES_MAX)
		return false;
	if (l->place != PLACE_POINTER)
		return last >= -1;
	u64 start = code + l->code_start, units = try_word(code + PYTHON_OBJECT_SIZE);
	return try_word(frame + l->frame_place) - (start - 2) <= units * 2 + 2;
}

/* 1: yes; 0: no frame so far; -1: no. */
static int prove_frames(uintptr_t thread)
{
	const struct python_layout *l = &python.layout;
	uintptr_t frame = try_word(thread + l->thread_frame);
	int proved = 0;
	if (l->by_cframe)
		frame = frame ? try_word(frame + l->cframe_frame) : 0;
	for (int i = 0; frame && i < FRAMES_TO_PROVE; i++) {
		u8 owner = 0;
		if (l->frame_owner && !l->frame_entry && !try_read(&owner, frame + l->frame_owner, 1))
			return -1;
		if (owner < PYTHON_NO_FRAME) {
			if (!proves(frame))
				return -1;
			proved = 1;
		}
		frame = try_word(frame + l->frame_back);
	}
	return proved;
}

/* Code objects that go make room for others at their address. */
static void (*real_code_dealloc)(void *code);
static void code_dealloc(void *code)
{
	__atomic_add_fetch(&python.changes, 1, __ATOMIC_RELEASE);
	python_code_gone((uintptr_t)code);
	lines_forget((uintptr_t)code);
	real_code_dealloc(code);
}
static void watch_codes(void)
{
	void **slot = (void **)(python.code_type + TYPE_DEALLOC);
	if (*slot == (void *)code_dealloc)
		return;
	real_code_dealloc = (void (*)(void *)) * slot;
	__atomic_store_n(slot, (void *)code_dealloc, __ATOMIC_RELEASE);
}

void python_prove(struct guest *g)
{
	static u32 proving, trials;
	void *thread = python.thread_state();
	/* Not while other threads may be about to go there. What has just come may put something of its own
	 * in front of each block: the block that is being told of is a part of one of its, whose free would
	 * be told by another address. So it is not told. */
	if ((thread || __libc_single_threaded) && pymalloc_wrap())
		g->tree_lost = 1;
	if (!thread || __atomic_exchange_n(&proving, 1, __ATOMIC_ACQUIRE))
		return;
	int proved = prove_frames((uintptr_t)thread);
	if (proved > 0) {
		watch_codes();
		__atomic_store_n(&python.state, PYTHON_ON, __ATOMIC_RELEASE);
		python_inject();
	} else if (proved < 0 && ++trials == TRIALS) {
		python.state = PYTHON_NONE;
		if (guest_room(g, 2))
			guest_put_record(g, RING_NOTE, RING_NOTE_PYTHON_OFF, guest_clock(), 1,
					 RING_PYTHON_LAYOUT, 0);
	}
	__atomic_store_n(&proving, 0, __ATOMIC_RELEASE);
}

void python_look_now(void)
{
	struct guest *g = guest_recording ? guest_enter() : NULL;
	if (!g || !guest_begin(g))
		return;
	python_prove(g);
	guest_end(g);
}
