/* A recording: launch, rounds of draining until every process has ended, the status to exit with. What comes
 * behind the last round is in session_end.c. */
#include "record/session.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/sys.h"
#include "record/launch.h"
#include "record/recorder.h"

enum {
	STATUS_FAILED = 125,
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
	NAP_SHORTEST_NS = 50 * 1000,
	NAP_BUSY_NS = 1000 * 1000,
	NAP_LONGEST_NS = 50 * 1000 * 1000,
	LOOK_NS = 1000 * 1000,
	FLUSH_NS = 1000 * 1000 * 1000,
	TRICKLE_WORDS = 256,
};

static volatile sig_atomic_t forwarded; /* a signal to hand on to the program */
static volatile sig_atomic_t look_now;  /* a child has changed, or a program asks for the shared memory */

static void on_signal(int signal)
{
	if (signal == SIGCHLD || signal == SIGIO)
		look_now = 1;
	else
		forwarded = signal;
}

/* The terminal's signals reach the program itself; those sent to us are meant for it. */
static void take_signals(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, take = {.sa_handler = on_signal};
	const int ignored[] = {SIGINT, SIGQUIT, SIGPIPE, SIGXFSZ};
	const int taken[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD, SIGIO};
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		sigaction(ignored[i], &ignore, NULL);
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		sigaction(taken[i], &take, NULL);
}

/* Of the recorder itself, as far as it may: a pidfd for each process; the size of the shared memory counts as
 * a file's. */
static void raise_limits(void)
{
	const int which[] = {RLIMIT_NOFILE, RLIMIT_FSIZE};
	for (size_t i = 0; i < ARRAY_LEN(which); i++) {
		struct rlimit limit;
		if (getrlimit(which[i], &limit) < 0)
			continue;
		struct rlimit most = {limit.rlim_max, limit.rlim_max};
		struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
		if (which[i] != RLIMIT_FSIZE || setrlimit(which[i], &all) < 0)
			setrlimit(which[i], &most);
	}
}

/* The arguments, each followed by NUL but the last. */
static char *join_arguments(char **argv, size_t *len)
{
	size_t n = 0;
	for (char **a = argv; *a; a++)
		n += strlen(*a) + 1;
	char *joined = xmalloc(n + 1), *at = joined;
	for (char **a = argv; *a; a++)
		at = stpcpy(at, *a) + 1;
	*len = n ? n - 1 : 0;
	return joined;
}

/* Exact calls are timed by the wall anyhow, and have their waits in them. */
static bool tells_waits(const struct record_options *o)
{
	return o->time == TIME_SAMPLE && o->clock == TIME_WALL;
}

static struct writer *open_trace(struct recorder *recorder, pid_t pid, struct err *err)
{
	const struct record_options *o = recorder->options;
	if (o->output) {
		snprintf(recorder->output, sizeof(recorder->output), "%s", o->output);
	} else {
		const char *slash = strrchr(o->argv[0], '/');
		/* A name as long as names may be leaves room for what comes around it. */
		snprintf(recorder->output, sizeof(recorder->output), "memtrace.%.200s.%d.zst",
			 slash ? slash + 1 : o->argv[0], pid);
	}
	struct utsname system;
	uname(&system);
	char host[sizeof(system)], options[128];
	snprintf(host, sizeof(host), "%s %s %s %s", system.sysname, system.release, system.machine,
		 system.nodename);
	static const char *const modes[] = {
		[TIME_OFF] = "off", [TIME_SAMPLE] = "sample", [TIME_EXACT] = "exact"};
	snprintf(options, sizeof(options), "memory=%s children=%s time=%s%s python=%s%s",
		 o->memory ? "on" : "off", o->children ? "on" : "off", modes[o->time],
		 tells_waits(o) ? " clock=wall" : "", o->python ? "auto" : "off",
		 o->addresses ? " addresses=on" : "");
	struct writer_info info = {
		.host = host,
		.options = options,
		.addresses = o->addresses,
		.wall_ns = sys_clock_ns(CLOCK_REALTIME) - clock_now_ns(&recorder->rings.clock),
	};
	char *command = join_arguments(o->argv, &info.command_len);
	info.command = command;
	struct writer *w = writer_new(recorder->output, o->force, &info, err);
	free(command);
	return w;
}

static void nap(struct recorder *recorder, u64 ns)
{
	struct ring_header *header = recorder->rings.header;
	struct timespec time = {0, (long)ns};
	u32 wake = __atomic_load_n(&header->wake, __ATOMIC_ACQUIRE);
	if (!look_now && wake == recorder->wake_seen)
		syscall(SYS_futex, &header->wake, FUTEX_WAIT, wake, &time, NULL, 0);
	recorder->wake_seen = wake;
}

/* How long to sleep: rings should be an eighth to a quarter full when we come back, and half a core is not to
 * be spent on looking. A producer that has no room left wakes us. */
static u64 next_nap(const struct recorder *recorder, u64 ns, bool busy)
{
	u64 fullest = recorder->rings.fullest;
	if (fullest > RING_WORDS / 4)
		return MAX(MIN(ns, (u64)NAP_BUSY_NS) / 2, (u64)NAP_SHORTEST_NS);
	if (fullest > RING_WORDS / 8)
		return ns;
	return MIN(ns * 2, busy ? (u64)NAP_BUSY_NS : (u64)NAP_LONGEST_NS);
}

static void record_all(struct recorder *recorder)
{
	u64 nap_ns = NAP_SHORTEST_NS, flush_at = FLUSH_NS, events = 0, next_look = 0;
	for (;;) {
		u64 before = recorder->rings.words_taken;
		rings_round(&recorder->rings, recorder);
		sampler_look(recorder);
		stacks_take_symbols(&recorder->stacks, false);
		/* Samples that trickle in can wait. */
		bool busy = recorder->rings.words_taken - before > TRICKLE_WORDS;
		u64 ns = clock_now_ns(&recorder->rings.clock);
		if (look_now || forwarded || ns >= next_look) {
			look_now = 0;
			door_answer(recorder);
			if (!watch_settle(recorder))
				return;
			bool deaths = watch_deaths(recorder);
			if (forwarded) {
				int signal = forwarded;
				forwarded = 0;
				watch_signal(&recorder->watch, signal);
			}
			watch_tick(recorder);
			next_look = deaths ? ns : ns + LOOK_NS;
			if (deaths)
				continue;
		}
		releases_tick(recorder, ns);
		if (ns >= flush_at) {
			if (writer_events(recorder->writer) != events)
				writer_flush(recorder->writer);
			events = writer_events(recorder->writer);
			flush_at = ns + FLUSH_NS;
		}
		nap_ns = next_nap(recorder, nap_ns, busy);
		nap(recorder, nap_ns);
	}
}

/* Whether the program gets the library, and what is said when it can't be recorded. */
static bool preloadable(struct recorder *recorder, const struct inspect *program)
{
	static const struct {
		enum inspect_verdict verdict;
		bool preload; /* harmless, and lets its children be followed */
	} cases[] = {
		{INSPECT_STATIC, true},     {INSPECT_SETUID, false},       {INSPECT_FOREIGN, false},
		{INSPECT_SANITIZER, false}, {INSPECT_OWN_ALLOCATOR, true},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (cases[i].verdict != program->verdict)
			continue;
		bool partly = program->verdict == INSPECT_OWN_ALLOCATOR;
		warn("%s is not %s: %s", recorder->options->argv[0], partly ? "wholly recorded" : "recorded",
		     program->reason);
		recorder->said_main = true;
		recorder->main_left_out = !partly;
		return cases[i].preload;
	}
	return true;
}

static int exit_status(const struct recorder *recorder)
{
	int status = recorder->watch.main_status;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int exec_failure(const struct recorder *recorder, int error)
{
	warn("%s: %s", recorder->options->argv[0], strerror(error));
	return error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

/* Without shared memory (a file size limit, no memory) the program runs all the same. */
static int run_unrecorded(struct recorder *recorder, struct launch *launch, const char *why)
{
	int status = 0;
	warn("%s is not recorded: %s", recorder->options->argv[0], why);
	int failed = launch_go(launch, "", -1, "");
	if (failed)
		return exec_failure(recorder, failed);
	while (waitpid(launch->pid, &status, 0) < 0 && errno == EINTR)
		if (forwarded)
			kill(launch->pid, forwarded);
	recorder->watch.main_status = status;
	return exit_status(recorder);
}

static void put_line_functions(struct ring_header *header, const struct record_options *o)
{
	char *at = header->line_functions;
	for (size_t i = 0; i < o->n_lines; i++)
		if (*o->lines[i])
			at = stpcpy(at, o->lines[i]) + 1;
}

static u32 ring_flags(const struct record_options *o)
{
	return (o->memory ? RING_MEMORY : 0) | (o->children ? RING_CHILDREN : 0) |
	       (o->time != TIME_OFF ? RING_SAMPLES : 0) | (o->time == TIME_EXACT ? RING_EXACT : 0) |
	       (tells_waits(o) ? RING_WALL : 0) | (o->python ? RING_PYTHON : 0) |
	       (o->pymalloc ? RING_PYMALLOC : 0);
}

/* Other profilers of Python take the script alone. */
static const char *script_hint(const char *program)
{
	const char *end = strrchr(program, '.');

	return end && strcmp(end, ".py") == 0 ? " (is it a script? memtrace record python3 SCRIPT)" : "";
}

int session_run(const struct record_options *options)
{
	struct recorder *recorder = xcalloc(1, sizeof(*recorder));
	struct inspect program;
	struct launch launch;
	struct err err;
	char libraries[PATH_MAX];

	recorder->options = options;
	recorder->cut_node_pc = NO_ID;
	recorder->text = xmalloc(RING_TEXT_MAX + 8);
	inspect_program(options->argv[0], &program);
	if (program.verdict == INSPECT_MISSING || program.verdict == INSPECT_NOT_EXECUTABLE)
		die(program.verdict == INSPECT_MISSING ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE, "%s: %s%s",
		    options->argv[0], program.reason, script_hint(options->argv[0]));
	if (!launch_find_libraries(tells_waits(options), libraries, sizeof(libraries), &err))
		die(STATUS_FAILED, "%s", err.text);
	bool preload = preloadable(recorder, &program);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (launch_prepare(&launch, options->argv, &err) < 0)
		die(STATUS_FAILED, "%s", err.text);
	raise_limits();
	take_signals();
	if (rings_init(&recorder->rings, ring_flags(options), &err) < 0) {
		int status = run_unrecorded(recorder, &launch, err.text);
		free(recorder->text);
		free(recorder);
		return status;
	}
	watch_own_space(recorder->rings.header);
	sampler_init(recorder);
	door_open(&recorder->door);
	put_line_functions(recorder->rings.header, options);
	recorder->rings.header->recorder = (u32)getpid();
	recorder->rings.header->program = (u32)launch.pid;
	recorder->writer = open_trace(recorder, launch.pid, &err);
	if (!recorder->writer) {
		launch_cancel(&launch);
		die(STATUS_FAILED, "%s", err.text);
	}
	stacks_init(&recorder->stacks, recorder->writer);
	recorder->stacks.guest = libraries;
	python_codes_init(&recorder->python);
	accounts_init(&recorder->accounts, recorder->writer, &recorder->stacks);
	watch_init(&recorder->watch);
	watch_main(recorder, launch.pid, program.path);

	int failed_exec =
		launch_go(&launch, preload ? libraries : "", recorder->rings.fds[0], recorder->door.name);
	int failed = 0;
	if (!failed_exec) {
		record_all(recorder);
		failed = session_end(recorder);
	} else {
		writer_close(recorder->writer, NULL, NULL);
		unlink(recorder->output);
	}
	int status = failed_exec ? exec_failure(recorder, failed_exec) : exit_status(recorder);
	door_close(&recorder->door);
	watch_fini(&recorder->watch);
	sampler_fini(&recorder->sampler);
	accounts_fini(&recorder->accounts);
	stacks_fini(&recorder->stacks);
	python_codes_fini(&recorder->python);
	releases_fini(&recorder->releases);
	rings_fini(&recorder->rings);
	array_free(&recorder->by_index);
	free(recorder->text);
	free(recorder);
	return failed && status == 0 ? STATUS_FAILED : status;
}
