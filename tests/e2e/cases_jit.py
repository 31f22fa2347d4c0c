"""Code that a program made itself: /tmp/perf-PID.map has its names."""
import os
import re
import shutil

from cases_python import interpreters, write
from harness import Skip, add_case, case, check, equal

WORKER = "worker"  # JS:*worker /tmp/a file.js:1:2


def record(bench, *command, options=()):
    """Returns what is known of the two functions; their map is taken away."""
    recorded = bench.record(*command, options=options)
    for process in bench.json(recorded.trace)["processes"]:
        for end in (".map", ".map.real"):
            if os.path.lexists(path := f"/tmp/perf-{process['pid']}{end}"):
                os.unlink(path)
    if recorded.status == 77:
        raise Skip("no code can be made at run time")
    equal(recorded.status, 0, recorded.err)
    rows = bench.json(recorded.trace, "--view=functions")["rows"]
    return recorded.trace, {row["function"]: row for row in rows}


@case
def generated_code_has_names(bench):
    trace, rows = record(bench, bench.program("jit"))
    worker, spinner = rows[WORKER], rows["spinner(long)"]
    equal((worker["allocations"], worker["allocated_bytes"], worker["module"]), (3, 300, "[jit]"), "the worker")
    equal((worker["file"], worker["line"]), ("/tmp/a file.js", 1), "where the worker is")
    check(spinner["samples"] > 0 and spinner["module"] == "[jit]", f"the spinner: {spinner}")
    equal([name for name in rows if "unknown" in name or "older" in name], [], "code without a name, or with another")
    stacks = [[frame["function"] for frame in row["stack"]] for row in bench.json(trace, "--view=leaks")["rows"]]
    check(any(stack[:3] == [WORKER, "use", "main"] for stack in stacks), f"the stack: {stacks}")
    equal(bench.totals(trace, "--module=[jit]")["allocations"], 3, "allocations of the module")


@case
def generated_code_of_a_fork(bench):
    """It is in its parent's map."""
    rows = record(bench, bench.program("jit"), "fork")[1]
    equal(rows[WORKER]["allocations"], 3, "allocations")


@case
def only_maps_to_be_trusted_are_read(bench):
    for how in "link", "old":
        rows = record(bench, bench.program("jit"), how)[1]
        check(WORKER not in rows and any("unknown" in name for name in rows), f"{how}: {list(rows)}")


@case
def generated_code_in_another_root(bench):
    """With a /tmp of its own, another number there, and the map gone before the end."""
    if not shutil.which("unshare") or bench.run("unshare", "--pid", "--mount", "--fork", "true").status != 0:
        raise Skip("can't make namespaces")
    own, build = bench.path("own"), os.path.relpath(bench.build, "/tmp")
    os.mkdir(own)
    steps = [f"mount -t tmpfs none {own}"]
    if not build.startswith(".."):
        steps += [f"mkdir -p {own}/{build}", f"mount --bind {bench.build} {own}/{build}"]
    steps += [f"mount --move {own} /tmp", f"exec {bench.program('jit')} seen"]
    rows = record(bench, "unshare", "--pid", "--mount", "--fork", "sh", "-c", " && ".join(steps))[1]
    equal(rows[WORKER]["allocations"], 3, "allocations")


@case
def library_out_of_memory(bench):
    """Has no file that could be opened by its name, and a module's name that says so."""
    source = "#include <stdlib.h>\nvoid *volatile kept;\nvoid inside(void) { for (int i = 0; i < 5; i++) kept = malloc(10); }\n"
    if not shutil.which("gcc"):
        raise Skip("no gcc")
    built = bench.run("gcc", "-xc", "-g", "-shared", "-fPIC", "-o", bench.path("plugin.so"), "-", stdin=source.encode())
    equal(built.status, 0, built.err)
    recorded = bench.record(bench.program("unnamed"), bench.path("plugin.so"))
    if recorded.status == 77:
        raise Skip("no mapped file can be opened past its name")
    equal(recorded.status, 0, recorded.err)
    rows = {row["function"]: row for row in bench.json(recorded.trace, "--view=functions")["rows"]}
    equal((rows["inside"]["allocations"], rows["inside"]["module"]), (5, "/memfd:plugin"), "allocations and module")


PERF = """\
import sys
def leaf():
    return bytearray(100000)
def main():
    return [leaf() for i in range(3)]
kept = main()
sys.exit(0 if sys.is_stack_trampoline_active() else 77)
"""


def trampolines(bench, executable):
    """Of Python's functions, whose own frames stand beside them: they are the interpreter's."""
    trace, rows = record(bench, executable, "-X", "perf", write(bench, "perf.py", PERF))
    equal(rows["leaf"]["allocations"], 3, "allocations")
    equal([name for name in rows if re.match(r"py::.*perf\.py$|\[unknown", name)], [], "trampolines that are shown")
    everything = [row["function"] for row in bench.json(trace, "--view=functions", "--frames=all")["rows"]]
    check(any(name.startswith("py::main:") for name in everything), "no trampoline has a name")


for _version, _executable in interpreters():
    if _version >= (3, 12):
        add_case("python_trampolines_%d_%d_%d" % _version, trampolines, _executable)
