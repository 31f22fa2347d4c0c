"""The samples and the test programs against the totals that their header comments state."""
import glob
import os

from harness import add_case, check, check_expectations, equal, same_as_alone

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


for _stem, _source, _file in samples():
    add_case("sample_" + _stem, sample_holds, _source, _file)
for _stem, _source in programs():
    add_case("program_" + _stem, program_holds, _source, _stem)
