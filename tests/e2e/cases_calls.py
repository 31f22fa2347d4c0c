"""Exact calls: what is counted of instrumented programs is what they do, in whatever way functions are left."""
import os

from harness import Skip, add_case, case, check, equal

KINDS = ("functions", "pg", "fentry", "patchable")
CALLS = {
    "main": 1, "fibonacci": 1973, "deep": 2001 + 3 * 11, "jumper": 20, "jump": 20 * 6, "signals": 1, "handler": 150,
    "leaving_handler": 10, "grow": 30, "sort": 1, "contexts": 1, "coroutine": 1, "forks": 1, "results": 1,
    "of_doubles": 10, "to_large": 10, "to_pair": 10, "to_long_double": 10, "blocks": 1, "allocate": 10, "threads": 1,
    "work": 4, "cancelled": 2, "wait_for_end": 2,
    "leaf": 1 + 20 + 160 + 60 + 21 + 1 + 40 + 4000 + 3 + 2,
}
THROWS = {
    "main": 1, "catcher(int)": 50, "outer(int)": 50, "rethrower(int)": 50, "nested(int)": 50,
    "thrower(int)": 50 * 5 + 50 * 3, "leaf(int)": 50 + 100 + 100, "guard::guard(int)": 500, "guard::~guard()": 500,
}


def record(bench, program, *arguments):
    return bench.record(bench.program(program), *arguments, options=("--time=exact",))


def rows(bench, trace, *options):
    done = bench.run(bench.program("print_calls"), *options, trace)
    equal(done.status, 0, f"print_calls ({done.err})")
    return [line.split("\t") for line in done.out.splitlines()]


def processes(bench, trace):
    """{pid: {function: (calls, self ns)}}"""
    table = {}
    for pid, function, calls, self_ns in rows(bench, trace):
        table.setdefault(int(pid), {})[function] = (int(calls), int(self_ns))
    return table


def counts(functions, names):
    return {name: functions.get(name, (0, 0))[0] for name in names}


def calls_of_all_kinds(bench, kind):
    program = f"calls_{kind}"
    alone = bench.run(bench.program(program)).out
    result = record(bench, program)
    equal(result.status, 0, "exit status")
    equal(result.out, alone, "output")
    table = processes(bench, result.trace)
    first, *children = (table[pid] for pid in sorted(table))
    want = dict(CALLS, compare=int(alone.split()[1]))
    equal(counts(first, want), want, "calls")
    equal(sorted(name for name in first if name not in want), [], "functions beside these")
    equal(len(children), 2, "children with calls")
    for child in children:
        equal(counts(child, ("child", "leaf")), {"child": 1, "leaf": 77}, "calls of a child")


def throws_of_all_kinds(bench, kind):
    result = record(bench, f"throws_{kind}")
    equal((result.status, result.out), (0, "750\n"), "status and output")
    (functions,) = processes(bench, result.trace).values()
    equal(counts(functions, THROWS), THROWS, "calls")


def stacks_while_timed(bench, kind):
    """The allocations' stacks are what they are without timing."""
    plain = bench.record(bench.program(f"calls_{kind}")).trace
    timed = record(bench, f"calls_{kind}").trace
    trees = [bench.run(bench.memtrace, "export", "--to=folded", "--metric=allocated", trace).out for trace in (plain, timed)]
    lines = [sorted(line for line in tree.splitlines() if "allocate" in line) for tree in trees]
    check(lines[0], "no stacks")
    equal(lines[1], lines[0], "stacks with allocate()")


for _kind in KINDS:
    add_case(f"calls_{_kind}", calls_of_all_kinds, _kind)
    add_case(f"calls_of_throwing_functions_{_kind}", throws_of_all_kinds, _kind)
    add_case(f"calls_and_stacks_{_kind}", stacks_while_timed, _kind)


@case
def calls_have_whole_stacks(bench):
    trace = record(bench, "calls_fentry").trace
    stacks = [stack.split(";") for _, _, stack in rows(bench, trace, "--stacks")]
    for name, callers in (("compare", ["main", "sort"]), ("allocate", ["main", "blocks"]), ("jump", ["main", "jumper"])):
        mine = [stack for stack in stacks if stack[-1] == name]
        check(mine, f"no stack of {name}")
        for stack in mine:
            at = stack.index("main")
            equal(stack[at:at + 2], callers, f"callers of {name}")
    check(any("qsort" in function for stack in stacks if stack[-1] == "compare" for function in stack), "qsort is in no stack")


@case
def calls_of_nested_functions(bench):
    """GCC keeps the pointer to the outer function's variables on the stack for the time of the hook."""
    if not os.path.exists(bench.program("nested_fentry")):
        raise Skip("no functions are nested in others with this compiler")
    for kind in (*KINDS, "fixed"):
        program = f"nested_{kind}"
        result = record(bench, program)
        equal((result.status, result.out), (0, bench.run(bench.program(program)).out), f"{kind}: status and output")
        (functions,) = processes(bench, result.trace).values()
        calls = {name.partition(".")[0]: calls for name, (calls, _) in functions.items()}
        want = {"main": 1, "outer": 100, "add": 1000, "large": 100}
        equal({name: calls.get(name, 0) for name in want}, want, f"{kind}: calls")


@case
def calls_from_more_places_than_have_stubs(bench):
    for kind in ("fentry", "patchable"):
        result = record(bench, f"places_{kind}")
        equal((result.status, result.out), (0, "900000\n"), f"{kind}: status and output")
        (functions,) = processes(bench, result.trace).values()
        equal(counts(functions, ("leaf", "main")), {"leaf": 900000, "main": 1}, f"{kind}: calls")


@case
def calls_into_libraries_that_come_and_go(bench):
    result = bench.record(bench.program("plugged"), bench.program("instrumented_plugin.so"), options=("--time=exact",))
    equal(result.status, 0, f"exit status ({result.err})")
    (functions,) = processes(bench, result.trace).values()
    want = {"main": 1, "use": 5, "call_back": 5 * 20, "plugin_work": 5, "plugin_step": 5 * 20}
    equal(counts(functions, want), want, "calls")


@case
def calls_before_exec_and_kill(bench):
    for how, least in (("exec", 1000), ("kill", 1)):
        result = bench.record(bench.program("plugged"), how, options=("--time=exact",))
        table = processes(bench, result.trace)
        calls = [functions["call_back"][0] for functions in table.values() if "call_back" in functions]
        check(calls and calls[0] >= least, f"{how}: {calls} calls told")


@case
def calls_of_a_daemon(bench):
    """Its parent has ended before it tells of anything."""
    for _ in range(5):
        table = processes(bench, bench.record(bench.program("plugged"), "daemon", options=("--time=exact",)).trace)
        daemons = [functions for functions in table.values() if "call_back" in functions]
        equal([counts(functions, ("call_back",)) for functions in daemons], [{"call_back": 1}], "calls of daemons")


@case
def calls_of_a_program_that_tells_of_none(bench):
    result = record(bench, "steps")
    lines = [line for line in result.err.splitlines() if "-pg" in line]
    equal(len(lines), 1, f"lines that say which flag ({result.err})")
    equal(processes(bench, result.trace), {}, "calls")


@case
def calls_of_a_short_program_make_a_short_trace(bench):
    trace = record(bench, "calls_functions", "25").trace
    check(os.path.getsize(trace) < 100000, f"{os.path.getsize(trace)} bytes")
    (functions,) = processes(bench, trace).values()
    equal(functions["fibonacci"][0], 242785, "calls of fibonacci(25)")
