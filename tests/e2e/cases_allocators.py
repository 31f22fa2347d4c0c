"""Programs with other allocators than libc's: preloaded, linked, built in."""
import glob
import os
import re
import shutil

from harness import Skip, add_case, case, check, check_expectations, equal

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "entries.c")
LIBRARIES = ("jemalloc.so.2", "mimalloc.so.2*", "tcmalloc.so.4", "tcmalloc_minimal.so.4")


def find(pattern):
    """mimalloc has its version in the name of its folder or file."""
    for where in ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib"):
        found = sorted(glob.glob(os.path.join(where, "lib" + pattern)))
        if found:
            return found[0]
    raise Skip(f"lib{pattern} is not installed")


def holds(bench, *command, env=None):
    recorded = bench.record(*command, options=["-q"], env=env)
    equal((recorded.status, recorded.err), (0, ""), "status and standard error")
    check_expectations(bench, recorded.trace, SOURCE)


def allocator_holds(bench, pattern):
    library = find(pattern)
    program = bench.program("entries")
    with open(os.path.join(bench.build, "CMakeCache.txt"), encoding="utf-8") as cache:
        sanitized = any(re.match("SANITIZE:[A-Z]+=.", line) for line in cache)
    if not sanitized:  # a sanitizer in the recorder needs an allocator of its own
        holds(bench, program, env={**os.environ, "LD_PRELOAD": library})
    holds(bench, "env", f"LD_PRELOAD={library}", program)
    if shutil.which("gcc"):
        linked = bench.path("linked")
        built = bench.run("gcc", "-g", "-O0", "-pthread", "-o", linked, SOURCE, "-Wl,--no-as-needed", library)
        equal(built.status, 0, built.err)
        holds(bench, linked)


for _pattern in LIBRARIES:
    add_case("allocator_" + _pattern.split(".")[0], allocator_holds, _pattern)


def operators_are_said(bench, pattern):
    """A library that is an allocator has C++'s operators, too, and they call no malloc: C++ is not seen, and that is said."""
    library = find(pattern)
    if not shutil.which("g++"):
        raise Skip("g++ is not installed")
    with open(bench.path("new.cpp"), "w", encoding="utf-8") as file:
        file.write("#include <cstdio>\nint main() { int *volatile p = new int[100]; delete[] p; std::puts(\"done\"); }\n")
    program = bench.path("new")
    built = bench.run("g++", "-O0", "-o", program, bench.path("new.cpp"))
    equal(built.status, 0, built.err)
    recorded = bench.record("env", f"LD_PRELOAD={library}", program, options=["-q"])
    equal((recorded.status, recorded.out), (0, "done\n"), "status and output")
    equal(len(recorded.err.splitlines()), 1, f"lines on standard error ({recorded.err})")
    check("not wholly recorded: C++'s operators" in recorded.err, recorded.err)
    check("operators" in bench.process_named(recorded.trace, "new")["reason"], "it is not in the trace")
    recorded = bench.record(program, options=["-q"])
    equal((recorded.status, recorded.out, recorded.err), (0, "done\n", ""), "with the C library's allocator")


for _pattern in LIBRARIES:
    add_case("operators_of_" + _pattern.split(".")[0], operators_are_said, _pattern)


@case
def allocator_of_its_own(bench):
    """Is left alone, and it is said that it isn't recorded."""
    program = bench.program("allocator")
    alone, words = bench.run(program), bench.record_command(program, options=["-q"])[0]
    recorded = bench.run(*words)
    equal((alone.status, alone.out), (0, "done\n"), "alone")
    equal((recorded.status, recorded.out), (0, "done\n"), f"recorded ({recorded.err})")
    equal(len(recorded.err.splitlines()), 1, f"lines on standard error ({recorded.err})")
    check("its own malloc" in recorded.err, recorded.err)
    recorded = bench.record("/bin/sh", "-c", f"{program}; {program}", options=["-q"])
    equal((recorded.status, recorded.out), (0, "done\ndone\n"), f"as a child ({recorded.err})")
    equal(len(recorded.err.splitlines()), 1, f"lines on standard error, as a child ({recorded.err})")
    check("its own malloc" in recorded.err, recorded.err)
    processes = [p for p in bench.json(recorded.trace)["processes"] if p["command"] == program]
    equal(len(processes), 2, "processes")
    check(all("its own malloc" in p["reason"] for p in processes), "it is not in the trace")


@case
def namespace_of_its_own(bench):
    """Has a C library of its own; that its allocations are not seen is said once, and nothing else is missing."""
    program = bench.program("namespaces")
    recorded = bench.record(program, options=["-q"])
    if recorded.status == 77:
        raise Skip("no second C library can be loaded")
    equal((recorded.status, recorded.out), (0, "1 2\n"), f"status and output ({recorded.err})")
    equal(len(recorded.err.splitlines()), 1, f"lines on standard error ({recorded.err})")
    check("not wholly recorded: what it loads by dlmopen" in recorded.err, recorded.err)
    check("dlmopen" in bench.process_named(recorded.trace, "namespaces")["reason"], "it is not in the trace")
    rows = {row["function"]: row for row in bench.json(recorded.trace, "--view=functions")["rows"]}
    equal((rows["compare"]["allocations"], rows["compare"]["allocated_bytes"]), (1, 33), "what the program itself allocates")
    check("wholly" not in bench.record(program, options=["-q", "--memory=off"]).err, "said of what is not recorded")


@case
def address_of_malloc(bench):
    """Is no allocator of its own."""
    recorded = bench.record(bench.program("pointer"), options=["-q"])
    equal((recorded.status, recorded.out, recorded.err), (0, "done\n", ""), "status and outputs")
    equal(bench.json(recorded.trace)["processes"][0]["reason"], None, "reason")
