"""Every recorded stack is libunwind's: tests/bench/compare_stacks on a few programs."""
import os
import re
import shutil
import sys

from harness import Skip, case, check, equal

COMPARE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bench", "compare_stacks")


def compare(bench, *arguments):
    done = bench.run(sys.executable, "-B", COMPARE, "--build", bench.build, *arguments)
    equal(done.status, 0, f"exit status ({done.err})")
    return done.err


@case
def stacks_of_hard_programs(bench):
    lines = compare(bench, "--own", "6000").splitlines()
    equal(len(lines), 6, f"programs compared ({lines})")
    for line in lines:
        stacks = int(line.split(": ")[2].split()[0])
        check(stacks > 3000, f"only {stacks} stacks compared: {line}")


@case
def the_library_is_in_no_stack(bench):
    """What libc allocates inside of dlopen has the program above it, not the hook that was called instead."""
    trace = bench.record(bench.sample("dlopen")).trace
    rows = bench.json(trace, "--view=functions")["rows"]
    check(any(row["function"].startswith("dlopen") for row in rows), "dlopen is in no stack")
    equal([row["function"] for row in rows if "libmemtrace" in (row["module"] or "")], [], "functions of the library")


@case
def module_in_the_place_of_another(bench):
    """Of the same size, at the same address, and nobody has looked in between: it is the other one from then on."""
    if not shutil.which("gcc"):
        raise Skip("no gcc")
    source, names = bench.path("module.c"), ("first_one", "other_one")
    with open(source, "w", encoding="utf-8") as file:
        file.write("#include <stdlib.h>\nvoid *volatile kept;\n__attribute__((noinline)) void NAME(void) { kept = malloc(10); kept = 0; }\n"
                   "void work(void) { NAME(); kept = 0; }\n")
    for name in names:
        built = bench.run("gcc", "-shared", "-fPIC", "-O1", f"-DNAME={name}", "-o", bench.path(name + ".so"), source)
        equal(built.status, 0, built.err)
    recorded = bench.record(bench.program("replace"), *(bench.path(name + ".so") for name in names), options=["--time=off"])
    if recorded.status == 77:
        raise Skip("the second module came to another place")
    rows = {row["function"]: row["allocations"] for row in bench.json(recorded.trace, "--view=functions")["rows"]}
    equal([rows.get(name) for name in names], [1, 1], "allocations of the two modules")


@case
def stacks_of_python_and_its_children(bench):
    compare(bench, "python3", "-c", "import json, subprocess\n"
            "json.loads(json.dumps([{'n': [i, 'x' * i]} for i in range(600)]))\n"
            "subprocess.run(['sh', '-c', 'ls / >/dev/null'], env={}, check=True)")


@case
def leaks_are_printed_out_to_main_alone(bench):
    """Not only to the loader, that pthread_create calls; nor further, to start-up code whether it has a name or not."""
    trace = bench.record(bench.sample("threads")).trace
    stack = [line.split()[0] for line in bench.report(trace, "--view=leaks").out.splitlines() if line.startswith("      ")]
    equal(stack[-2:], ["pthread_create", "main"], f"outer end of the stack {stack}")
    chain = bench.report(trace).out.split("TOP LEAKED")[1].split("TOP")[0]
    check(re.search(r"< pthread_create < main$", chain, re.MULTILINE), f"callers of what leaks: {chain}")
