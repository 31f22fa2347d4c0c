"""The samples and the test programs against the totals that their header comments state."""
import glob
import os

from harness import add_case, case, check, check_expectations, equal, same_as_alone

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


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


for _stem, _source, _file in samples():
    add_case("sample_" + _stem, sample_holds, _source, _file)
for _stem, _source in programs():
    add_case("program_" + _stem, program_holds, _source, _stem)
