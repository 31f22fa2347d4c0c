"""What breaks other profilers: ways to end, to make children, and programs that can't be recorded."""
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys

from harness import LIMIT_S, Skip, add_case, case, check, compare, equal, same_as_alone

LEAK = {"allocations": 16, "frees": 5, "peak_bytes": 2000, "leaked_bytes": 1064, "leaked_blocks": 11}
EXITS = ("return", "exit", "fast_exit", "quick_exit", "exit_group", "thread_exit", "main_thread_exit", "abort", "kill", "segv",
         "term")
CHILDREN = ("fork_exec", "vfork_exec", "posix_spawn", "posix_spawnp", "system", "popen", "execle_empty", "execve_null",
            "fexecve", "exec_from_thread", "clone_vm")


def ends_like(bench, how):
    recorded = same_as_alone(bench, bench.program("exits"), how)
    compare(bench.totals(recorded.trace, "--filter=^leak$"),
            {"allocations": 1000, "allocated_bytes": 24000, "leaked_bytes": 24000, "leaked_blocks": 1000, "frees": 0,
             "lost_events": 0}, how)
    process = bench.json(recorded.trace)["processes"][0]
    if recorded.status > 128:
        equal(process["signal"], recorded.status - 128, "signal")
    else:
        equal((process["exit_status"], process["signal"]), (recorded.status, None), "exit_status and signal")


def runs_child(bench, how):
    recorded = same_as_alone(bench, bench.program("spawn"), how, bench.sample("leak"))
    compare(bench.process_named(recorded.trace, "leak")["memory"], LEAK, "leak")
    equal(bench.json(recorded.trace)["trace"]["complete"], True, "complete")


for _how in EXITS:
    add_case("ends_by_" + _how, ends_like, _how)
for _how in CHILDREN:
    add_case("child_by_" + _how, runs_child, _how)


@case
def child_through_env_wrapper(bench):
    for wrapper in (["env", "-i"], ["env", "-u", "LD_PRELOAD", "X=1"], ["sh", "-c", 'unset LD_PRELOAD; exec "$0"'],
                    ["nice"], ["sh", "-c", 'exec env -i "$0"']):
        recorded = same_as_alone(bench, *wrapper, bench.sample("leak"))
        compare(bench.process_named(recorded.trace, "leak")["memory"], LEAK, f"leak under {wrapper}")


@case
def exec_ends_one_account_and_begins_another(bench):
    recorded = same_as_alone(bench, "/bin/sh", "-c", 'exec "$0"', bench.sample("leak"))
    processes = bench.json(recorded.trace)["processes"]
    equal(len(processes), 2, "accounts")
    equal(len({p["pid"] for p in processes}), 1, "pids")
    compare(bench.process_named(recorded.trace, "leak")["memory"], LEAK, "leak")
    for last in (bench.sample("leak"), bench.program("static")):
        recorded = bench.record("/bin/sh", "-c", 'exec nice nice nice "$0"', last, options=["-q"])
        images = sorted(bench.json(recorded.trace)["processes"], key=lambda image: image["start_s"])
        equal([image["replaced"] for image in images], [True] * 4 + [False], "replaced")
        for one, next_one in zip(images, images[1:]):
            equal(one["end_s"], next_one["start_s"], f"an image's end, and where {next_one['command']} begins")


@case
def static_program_is_said(bench):
    for options in ([], ["-q"], ["-q", "--time=exact"]):
        words, _ = bench.record_command(bench.program("static"), options=options)
        result = bench.run(*words)
        equal((result.status, result.out), (5, "static\n"), "status and output")
        check("static" in result.err, f"it is not said: {result.err!r}")
        if options:
            equal(len(result.err.splitlines()), 1, f"lines on standard error ({result.err!r})")


@case
def nothing_that_was_recorded_is_not_nothing(bench):
    """Of a static program alone no figure is known, of the whole no more than of the process; a check can't pass by it."""
    trace = bench.record(bench.program("static"), options=["-q"]).trace
    state = bench.json(trace)
    for memory in (state["totals"], state["processes"][0]["memory"]):
        equal({key for key, value in memory.items() if value is not None}, {"lost_events"}, "figures")
    for condition in ("leaked>0", "leaked==0", "samples<1"):
        result = bench.report(trace, f"--fail-if={condition}", status=2)
        check("can't be told" in result.err, result.err)
    for view in ("summary", "leaks", "sizes"):
        text = bench.report(trace, f"--view={view}").out
        check("no process was recorded" in text and "nothing leaked" not in text, f"{view}: {text}")
    # Beside one that was recorded the whole is that one's.
    trace = bench.record("/bin/sh", "-c", f"{bench.program('static')}; {bench.sample('leak')}; exit 0", options=["-q"]).trace
    leaked = sum(process["memory"]["leaked_bytes"] or 0 for process in bench.json(trace)["processes"])
    check(leaked >= 1064, f"leaked: {leaked}")
    equal(bench.totals(trace)["leaked_bytes"], leaked, "totals beside one that was not recorded")


@case
def children_of_go(bench):
    """Go forks and executes past libc: its children are followed by the environment that it passes on, which they don't see."""
    recorded = same_as_alone(bench, bench.program("go"), bench.sample("leak"))
    compare(bench.process_named(recorded.trace, "leak")["memory"], LEAK, "leak")
    same_as_alone(bench, bench.program("go"), "/usr/bin/env")
    alone = bench.run(bench.program("go"), "/usr/bin/env")
    recorded = bench.record(bench.program("go"), "/usr/bin/env", options=["-q", "--children=off"])
    equal((recorded.status, recorded.out, recorded.err), (0, alone.out, ""), "without children")
    equal(len(bench.json(recorded.trace)["processes"]), 1, "processes")


def build(bench, name, *options):
    with open(bench.path(name + ".c"), "w", encoding="utf-8") as file:
        file.write("#include <stdio.h>\n#include <stdlib.h>\nint main(void) { free(malloc(10)); puts(\"here\"); return 0; }\n")
    built = bench.run("gcc", "-o", bench.path(name), bench.path(name + ".c"), *options) if shutil.which("gcc") else None
    if not built or built.status != 0:
        raise Skip(f"{name} can't be built here")
    return bench.path(name)


def child_without_us(bench, program, reason):
    """It would not start with the library, so it doesn't get it, in whatever way it is started; and that is said."""
    script = bench.path("script")
    with open(script, "w", encoding="utf-8") as file:
        file.write(f"#! {program}\n")
    os.chmod(script, 0o755)
    for how in set(CHILDREN) - {"popen"}:  # whose output is not read
        for child in (program, script) if how in ("fork_exec", "posix_spawn") else (program,):
            alone = bench.run(bench.program("spawn"), how, child)
            recorded = bench.record(bench.program("spawn"), how, child, options=["-q"])
            equal((recorded.status, recorded.out), (alone.status, alone.out), f"{how} {child} ({recorded.err})")
            check("here" in recorded.out, f"{how} {child}: it did not run: {recorded.err}")
            lines = recorded.err.splitlines()
            known = reason if how != "fexecve" else "not recorded"  # its path is not told
            check(len(lines) == 1 and known in lines[0], f"{how} {child}: {recorded.err}")


@case
def child_with_sanitizer(bench):
    child_without_us(bench, build(bench, "sanitized", "-fsanitize=address"), "built with AddressSanitizer")


@case
def child_of_another_libc(bench):
    loader = bench.path("ld-other.so.1")
    program = build(bench, "other", "-Wl,--dynamic-linker=" + loader)
    shutil.copy("/lib64/ld-linux-x86-64.so.2", loader)
    child_without_us(bench, program, "it uses another C library")


@case
def static_child_is_said(bench):
    recorded = bench.record("/bin/sh", "-c", f"{bench.program('static')}; {bench.sample('leak')}", options=["-q"])
    check("static" in recorded.err, f"it is not said: {recorded.err!r}")
    compare(bench.process_named(recorded.trace, "leak")["memory"], LEAK, "leak")


@case
def set_uid_program_is_said(bench):
    if os.geteuid() != 0:
        raise Skip("needs root")
    program = bench.path("setuid")
    shutil.copy(bench.program("uid"), program)
    os.chown(program, pwd.getpwnam("nobody").pw_uid, -1)
    os.chmod(program, 0o4755)
    os.chmod(bench.directory, 0o755)
    alone = bench.run(program)
    if alone.out.split() == ["0"]:
        raise Skip("this directory does not honour set-uid")
    words, _ = bench.record_command(program, options=["-q"])
    result = bench.run(*words)
    equal((result.status, result.out), (alone.status, alone.out), "status and output")
    equal(len(result.err.splitlines()), 1, f"lines on standard error ({result.err!r})")
    check("set-uid" in result.err or "setuid" in result.err, result.err)


@case
def fork_many(bench):
    recorded = same_as_alone(bench, bench.program("forks"))
    state = bench.json(recorded.trace)
    equal(len(state["processes"]), 201, "processes")
    compare(bench.totals(recorded.trace, "--filter=^child$"),
            {"allocations": 2000, "frees": 1800, "leaked_blocks": 200, "leaked_bytes": 200 * 48, "lost_events": 0},
            "the children")


@case
def python_program(bench):
    script = ("import ctypes\nlibc = ctypes.CDLL(None)\nlibc.malloc.restype = ctypes.c_void_p\n"
              "p = [libc.malloc(1234567) for _ in range(3)]\nprint(len(p))\n")
    recorded = same_as_alone(bench, "python3", "-S", "-E", "-c", script)
    leaks = [row for row in bench.json(recorded.trace, "--view=leaks")["rows"] if row["leaked_bytes"] == 3 * 1234567]
    equal(len(leaks), 1, "leaks of three times 1234567 bytes")
    equal(leaks[0]["leaked_blocks"], 3, "blocks")


@case
def pipeline_in_a_shell(bench):
    recorded = same_as_alone(bench, "/bin/sh", "-c", "printf 'b\\na\\nc\\n' | sort | tr a-z A-Z; exit 9")
    names = [os.path.basename(p["command"].split(" ")[0]) for p in bench.json(recorded.trace)["processes"]]
    for name in ("sort", "tr"):
        check(name in names, f"{name} is missing in {names}")


@case
def traced_program_has_no_samples(bench):
    """A debugger would stop at each of their signals; here it is strace that would tell of them."""
    if not shutil.which("strace"):
        raise Skip("strace is not installed")
    calls = bench.path("calls")
    loop = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo $i"
    recorded = bench.record("strace", "-f", "-qq", "-o", calls, "/bin/sh", "-c", loop, options=["-q"])
    if not os.path.exists(calls):
        raise Skip(f"strace can't trace here: {recorded.err[:200]}")
    equal((recorded.status, recorded.out), (0, "100000\n"), "status and output")
    with open(calls, encoding="utf-8", errors="replace") as file:
        equal([line for line in file if "--- SIGSTKFLT" in line], [], "signals")
    check("traces it" in recorded.err, f"it is not said: {recorded.err!r}")


@case
def valgrind_is_left_alone(bench):
    """It has an allocator of its own, and looks at what we do as at what the program does."""
    if not shutil.which("valgrind"):
        raise Skip("valgrind is not installed")
    command = ["valgrind", "-q", "--error-exitcode=9", bench.program("exits"), "exit"]
    alone = bench.run(*command)
    recorded = bench.record(*command, options=["-q", "--clock=wall"])
    equal((recorded.status, recorded.out), (alone.status, alone.out), "status and output")
    equal(len(recorded.err.splitlines()), 1, f"lines on standard error ({recorded.err})")
    check("is not recorded" in recorded.err, recorded.err)


@case
def stopped_and_continued(bench):
    recorded = same_as_alone(bench, "/bin/sh", "-c", f'"{bench.program("stop")}" & p=$!; wait $p; echo $?')
    equal(bench.json(recorded.trace)["trace"]["complete"], True, "complete")
    check(str(128 + signal.SIGSTOP) not in recorded.out.split(), recorded.out)


@case
def jail_keeps_its_symbols(bench):
    if os.geteuid() != 0:
        raise Skip("only root may change the root")
    os.mkdir(bench.path("empty"))
    for _ in range(5):
        trace = bench.record(bench.program("jail"), bench.path("empty")).trace
        compare(bench.totals(trace, "--filter=^jailed$"), {"allocations": 100, "leaked_bytes": 800}, "jailed")


@case
def another_root_costs_no_descriptors(bench):
    """Of a file that many processes in there map, one is held open."""
    if bench.run("unshare", "--mount", "true").status != 0:
        raise Skip("can't make namespaces")
    root = bench.path("root")
    os.mkdir(root)
    inside = "for i in $(seq 60); do tail -f /dev/null & all=\"$all $!\"; done; ls /proc/$PPID/fd | wc -l; kill $all"
    recorded = bench.record("unshare", "--mount", "sh", "-c",
                            f"mount --rbind / {root} && exec chroot {root} /bin/sh -c '{inside}'", options=["-q"])
    equal(recorded.status, 0, recorded.err)
    check(len(bench.json(recorded.trace)["processes"]) > 60, f"not recorded: {recorded.err}")
    # Two of each process that lives; with one of each of its files there were six.
    check(int(recorded.out) < 60 * 5, f"the recorder has {recorded.out} files open")


@case
def file_size_limit(bench):
    """Of the program: no matter. Of the recorder too: the program runs all the same, and what is missing is said."""
    limited = bench.record("/bin/sh", "-c", 'ulimit -f 1; exec "$0"', bench.sample("leak"))
    compare(bench.process_named(limited.trace, "leak")["memory"], LEAK, "the program's limit")
    words, _ = bench.record_command("/bin/sh", "-c", "echo ran; exit 4")
    limited = bench.run("/bin/sh", "-c", 'ulimit -f 8; exec "$@"', "-", *words)
    equal((limited.status, limited.out), (4, "ran\n"), "status and output")
    check("memtrace: " in limited.err, limited.err)


@case
def peaks_of_those_who_take_turns(bench):
    """Two that never have their large blocks at one moment, however fast their events come: the peak is one block."""
    large, rounds = 8 << 20, 300
    for kind, others in (("processes", 0), ("threads", 4096)):  # a thread's birth allocates, too
        totals = bench.totals(bench.record(bench.program("turns"), kind, str(rounds)).trace)
        check(totals["allocations"] >= 2 * rounds * 151, f"{kind}: only {totals['allocations']} allocations")
        check(large <= totals["peak_bytes"] <= large + others, f"{kind}: peak {totals['peak_bytes']}, not {large}")


@case
def memory_of_the_dead(bench):
    """Processes that come one after the other: the peak over all has one of them, however late it is seen that the last has
    ended. And each ends before the next begins."""
    large, rounds = 1 << 20, 8
    trace = bench.record(bench.program("successors"), str(rounds)).trace
    totals = bench.totals(trace)
    equal(totals["leaked_blocks"], 4 * rounds, "leaked blocks")
    check(large <= totals["peak_bytes"] < 2 * large, f"peak {totals['peak_bytes']}, not {large}")
    children = bench.json(trace)["processes"][1:]
    equal(len(children), 4 * rounds, "processes")
    for before, after in zip(children, children[1:]):
        check(before["start_s"] <= before["end_s"] <= after["start_s"],
              f"{before['start_s']} to {before['end_s']}, then from {after['start_s']} on")
    check(all(child["time"]["cpu_s"] for child in children if child["exit_status"]), "CPU time is missing")


@case
def root_without_our_library(bench):
    """What is executed in another root is not recorded, and its loader does not complain of a library that is not there."""
    root = bench.path("root")
    for file in [shutil.which("true")] + re.findall(r"/\S+", bench.run("ldd", shutil.which("true")).out):
        os.makedirs(root + os.path.dirname(file), exist_ok=True)
        shutil.copy(file, root + file)
    for wrapper in (["chroot", root], ["unshare", "--user", "--map-root-user", "chroot", root]):
        if bench.run(*wrapper, shutil.which("true")).status == 0:
            words, _ = bench.record_command(*wrapper, shutil.which("true"), options=["-q"])
            done = bench.run(*words)
            equal((done.status, done.out), (0, ""), "status and output")
            equal(len(done.err.splitlines()), 1, f"lines on standard error ({done.err})")
            check("is not recorded" in done.err, done.err)
            return
    raise Skip("can't change the root")


@case
def child_of_a_silent_parent(bench):
    """A daemon is forked twice, and what is between has nothing to tell: name and modules go through it all the same."""
    trace = same_as_alone(bench, bench.program("daemon")).trace
    equal([p["command"] for p in bench.json(trace)["processes"]], [bench.program("daemon")] * 3, "commands")
    compare(bench.totals(trace, "--filter=^serving$"), {"allocations": 100, "leaked_bytes": 800}, "serving")


@case
def handler_at_a_birth(bench):
    """A signal handler that allocates comes while its thread is made known: whatever it is that it interrupts, the stacks of
    that thread are its own."""
    threads = 60
    recorded = bench.record(bench.program("newborn"), str(threads), options=["-q", "--time=off"])
    equal(recorded.status, 0, recorded.err)
    check(int(recorded.out) > threads, f"{recorded.out} instructions")
    report = bench.json(recorded.trace, "--view=functions")
    equal(report["totals"]["lost_events"], 0, "lost events")
    for name, blocks, size in (("first", threads + 3, 10), ("handled", threads, 100), ("later", 20 * (threads + 3), 1000)):
        row = next(row for row in report["rows"] if row["function"] == name)
        compare(row, {"allocations": blocks, "allocated_bytes": blocks * size}, name)


@case
def crowd_of_threads(bench):
    """More at once than the recorder has made places for, and they come faster than it looks: each gets one."""
    threads = 2500
    for options in ([], ["--time=off"]):
        recorded = bench.record(bench.program("crowd"), str(threads), options=["-q", *options])
        if recorded.status == 77:
            raise Skip(f"this machine does not let a program have {threads} threads")
        equal((recorded.status, recorded.out, recorded.err), (0, "done\n", ""), "status, output and standard error")
        compare(bench.totals(recorded.trace, "--filter=^crowding$"),
                {"allocations": 10 * threads, "frees": 9 * threads, "leaked_bytes": 33 * threads, "lost_events": 0}, "threads")


@case
def crowd_without_places(bench):
    """A program that can't open more of the shared memory: what its other threads do is counted as lost, to the event."""
    threads = 600
    recorded = bench.record(bench.program("crowd"), str(threads), "no_files", options=["-q", "--time=off"])
    if recorded.status == 77:
        raise Skip(f"this machine does not let a program have {threads} threads")
    equal((recorded.status, recorded.out), (0, "done\n"), "status and output")
    totals = bench.totals(recorded.trace, "--filter=^crowding$")
    lost = bench.totals(recorded.trace)["lost_events"]
    check(0 < totals["allocations"] < 10 * threads, f"{totals['allocations']} allocations")
    equal(totals["allocations"] + totals["frees"] + lost, 19 * threads, "events seen and lost")
    check(f"{lost} events were lost" in recorded.err, recorded.err)


@case
def arguments_as_long_as_can_be(bench):
    """Where our two variables are what is too much, a program is started without them."""
    start = ("import os, sys; n = int(sys.argv[2]); words = ['true'] + ['x' * 99999] * (n // 100000) + ['y' * (n % 100000)]; "
             "os.execve('/bin/true', words, {}) if sys.argv[1] == 'exec' else "
             "sys.exit(os.waitpid(os.posix_spawn('/bin/true', words, {}), 0)[1])")

    def command(way, size):
        return [sys.executable, "-c", start, way, str(size)]

    low, high = 0, 1 << 24
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if bench.run(*command("exec", middle)).status == 0 else (low, middle)
    for way in ("exec", "spawn"):
        equal(bench.record(*command(way, low)).status, 0, f"status of {way} with {low} bytes")


WHICH = """
#include <dlfcn.h>
#include <stdio.h>
static void say(void *library)
{
	const char *(*which)(void) = library ? (const char *(*)(void))dlsym(library, "which") : NULL;
	puts(which ? which() : dlerror());
}
int main(int argc, char **argv)
{
	if (argc > 1)
		dlopen(argv[1], RTLD_NOW);
	say(dlopen("libwhich.so", RTLD_NOW));
	say(dlmopen(LM_ID_NEWLM, "libwhich.so", RTLD_NOW));
}
"""


@case
def libraries_are_found_where_they_are_alone(bench):
    """By dlopen and dlmopen, whose caller's own path stands before or behind LD_LIBRARY_PATH, and not before what is loaded."""
    def build(output, text, *options):
        built = bench.run("gcc", "-xc", "-o", bench.path(output), "-", *options, stdin=text.encode())
        equal(built.status, 0, built.err)

    if not shutil.which("gcc"):
        raise Skip("gcc is not installed")
    for directory in "own", "other":
        os.mkdir(bench.path(directory))
        build(f"{directory}/libwhich.so", f'const char *which(void) {{ return "{directory}"; }}', "-shared", "-fPIC",
              "-Wl,-soname,libwhich.so")
    other = bench.path("other", "libwhich.so")
    for tags in "enable", "disable":
        build(tags, WHICH, "-D_GNU_SOURCE", "-Wl,-rpath,$ORIGIN/own", f"-Wl,--{tags}-new-dtags", "-ldl")
        for first in (), (other,):
            for env in {}, {"LD_LIBRARY_PATH": bench.path("other")}:
                words = ["env", *(f"{name}={value}" for name, value in env.items()), bench.path(tags), *first]
                alone, recorded = bench.run(*words), bench.run(*bench.record_command(*words)[0])
                equal((recorded.out, recorded.status), (alone.out, 0), f"{tags} {first} {env}")


@case
def other_namespace_of_pids(bench):
    """Where the program is number 1, which here is somebody who never ends; threads have other numbers, too."""
    if bench.run("unshare", "--pid", "--fork", "true").status != 0:
        raise Skip("can't make namespaces of pids")
    recorded = same_as_alone(bench, "unshare", "--pid", "--fork", bench.sample("leak"))
    compare(bench.process_named(recorded.trace, "leak")["memory"], LEAK, "leak")
    state = bench.json(recorded.trace)
    equal(state["trace"]["complete"], True, "complete")
    maker, child, image = sorted(state["processes"], key=lambda p: p["start_s"])
    equal((child["pid"], child["ppid"], image["ppid"]), (image["pid"], maker["pid"], maker["pid"]), "pids and parents")
    check(image["pid"] != 1, "its pid is not that of the recorder's namespace")
    recorded = same_as_alone(bench, "unshare", "--pid", "--fork", "sh", "-c",
                             f"{bench.sample('leak')}; {bench.program('crowd')} 20; exec {bench.program('crowd')} 20")
    compare(bench.totals(recorded.trace, "--filter=^crowding$"), {"allocations": 400, "frees": 360, "lost_events": 0},
            "threads")


@case
def where_proc_leads_to_no_recorder(bench):
    """Programs that have become another user, or see another /proc: they ask for the memory at a socket."""
    library = os.path.join(bench.build, "bin", "libmemtrace.so")
    tried = 0
    for wrapper in (["setpriv", "--reuid=65534", "--clear-groups"], ["unshare", "--user", "--map-root-user"],
                    ["unshare", "--pid", "--fork", "--mount-proc"]):
        if bench.run(*wrapper, "test", "-r", library).status != 0:
            continue
        tried += 1
        recorded = same_as_alone(bench, *wrapper, "sh", "-c", f"{bench.sample('leak')}; {bench.program('crowd')} 400; true")
        compare(bench.process_named(recorded.trace, "leak")["memory"], LEAK, f"leak under {wrapper}")
        compare(bench.totals(recorded.trace, "--filter=^crowding$"), {"allocations": 4000, "frees": 3600}, "more segments")
        state = bench.json(recorded.trace)
        equal((state["trace"]["complete"], state["totals"]["lost_events"]), (True, 0), "complete, and events lost")
        pids, parents = ({p[key] for p in state["processes"]} for key in ("pid", "ppid"))
        check(len(parents - pids) == 1 and 0 not in pids | parents, f"{wrapper}: {pids}, children of {parents}")
    if not tried:
        raise Skip("can't become another user, nor make namespaces")


@case
def filters_of_a_container(bench):
    """Filters of system calls that the recorder is under as well forbid no socket; those of the program alone may."""
    refuse, words = bench.program("refuse"), ["setpriv", "--reuid=65534", "--clear-groups", bench.sample("leak")]
    if bench.run(refuse, *words).status != 0:
        raise Skip("can't become another user, or put up a filter")
    command, trace = bench.record_command(*words)
    equal(bench.run(refuse, *command).status, 0, "status in a container")
    compare(bench.process_named(trace, "leak")["memory"], LEAK, "leak in a container")
    alone = bench.record(refuse, *words)
    equal(alone.status, 0, "status with a filter of its own")
    check("leak (process" in alone.err and "did not connect" in alone.err, alone.err)


@case
def strangers_get_no_memory(bench):
    """The socket answers descendants alone, also where somebody knows its name."""
    words, _ = bench.record_command("sh", "-c", "echo started; read line", options=["-q"])
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=bench.directory) as recorder:
        equal(recorder.stdout.readline(), b"started\n", "output")
        with open(f"/proc/{recorder.pid}/task/{recorder.pid}/children", encoding="ascii") as children:
            program = children.read().split()[0]
        with open(f"/proc/{program}/environ", "rb") as environment:
            found = re.search(rb"MEMTRACE_RING=[^\0]*@([0-9a-f]{16})[.]", environment.read())
        check(found, "no name in the environment")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
            door.settimeout(LIMIT_S)
            door.connect(b"\0memtrace-" + found[1])
            equal(socket.recv_fds(door, 64, 4)[:2], (b"", []), "answer and descriptors")
        recorder.communicate(b"\n", timeout=LIMIT_S)
        equal(recorder.returncode, 0, "status")


@case
def child_in_other_namespace_of_pids(bench):
    """Made with its parent's memory, it tells through its parent's ring that it executes, and calls itself 1."""
    if bench.run(bench.program("spawn"), "clone_newpid", bench.sample("leak")).status != 0:
        raise Skip("can't make namespaces of pids")
    runs_child(bench, "clone_newpid")
