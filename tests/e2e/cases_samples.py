"""The samples and the test programs against the totals and calls that their header comments state."""
import glob
import os

from cases_python import interpreters
from cases_views import screen
from harness import add_case, case, check, check_expectations, equal, expectations, same_as_alone

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CALLS = os.path.join(TOP, "samples", "performance_profiling.py")


def samples():
    for source in sorted(glob.glob(os.path.join(TOP, "samples", "*"))):
        name = os.path.basename(source)
        stem, extension = os.path.splitext(name)
        if extension in (".c", ".cpp", ".sh") and stem != "plugin":
            yield stem, source, name if extension == ".sh" else stem


def programs():
    for source in sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "*.c"))):
        with open(source, encoding="utf-8") as file:
            if " * expect " in file.read():
                yield os.path.splitext(os.path.basename(source))[0], source


def holds(bench, source, executable):
    recorded = same_as_alone(bench, executable)
    check_expectations(bench, recorded.trace, source)
    trace = bench.json(recorded.trace)["trace"]
    equal(trace["complete"], True, "complete")
    check(trace["events"] > 0, "no events")


def sample_holds(bench, source, file):
    holds(bench, source, bench.sample(file))


def program_holds(bench, source, name):
    holds(bench, source, bench.program(name))


@case
def symbols_without_debug_information(bench):
    """Names come from the symbol table then, and where that is stripped, functions are called module+0x…"""
    source = os.path.join(TOP, "samples", "leak.c")
    for program in (bench.sample("leak"), bench.program("fixed")):
        bare = bench.path("bare")
        bench.run("strip", "--strip-debug", "-o", bare, program)
        recorded = same_as_alone(bench, bare)
        check_expectations(bench, recorded.trace, source)
        bench.run("strip", "-o", bare, program)
        recorded = same_as_alone(bench, bare)
        leaks = bench.json(recorded.trace, "--view=leaks")["rows"]
        equal([row["leaked_bytes"] for row in leaks], [1000, 64], "leaks of the stripped program")
        for row in leaks:
            names = [frame["function"] for frame in row["stack"]]
            check(names[0].startswith("bare+0x") and names[1].startswith("bare+0x"), f"names of a stripped program: {names}")


@case
def symbols_at_fixed_addresses(bench):
    recorded = same_as_alone(bench, bench.program("fixed"))
    check_expectations(bench, recorded.trace, os.path.join(TOP, "samples", "leak.c"))


def calls_hold(bench, executable):
    """The calls that the sample's header states: in the report, as pstats prints them, and on the viewer's screen."""
    recorded = same_as_alone(bench, executable, CALLS, options=("--quiet", "--time=exact"))
    check_expectations(bench, recorded.trace, CALLS)
    printed = bench.report(recorded.trace, "--format=pstats").out
    for _, words, wanted in expectations(CALLS):
        name, calls, primitive = " ".join(words), wanted["calls"], wanted["primitive_calls"]
        shown = f"{calls}/{primitive}" if calls != primitive else str(calls)
        place = name if name[0] == "{" else f"({name})"
        rows = [line.split()[0] for line in printed.splitlines() if line.endswith(place)]
        equal(rows, [shown], f"ncalls of {name} as pstats prints them")
        # Exact figures, the row found by its name.
        lines = screen(bench, recorded.trace, "functions", f"i/{name}<Enter><Esc>", "--metric=self")
        rows = [line[1:].split()[0] for line in lines if line.startswith(">")]
        equal(rows, [shown], f"calls of {name} on the screen")


for _version, _executable in interpreters():
    add_case("sample_performance_profiling_%d_%d_%d" % _version, calls_hold, _executable)
for _stem, _source, _file in samples():
    add_case("sample_" + _stem, sample_holds, _source, _file)
for _stem, _source in programs():
    add_case("program_" + _stem, program_holds, _source, _stem)
