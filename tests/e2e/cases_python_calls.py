"""Exact calls of Python: equal to what cProfile's own counter says, for each interpreter here."""
import json
import sys
import os
import re

from cases_python import interpreters, write
from harness import add_case, case, check, equal

CALLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "python", "calls.py")

# cProfile without its module, whose own imports would be missing of what the script imports.
REFERENCE = """\
import _lsprof, sys
name = sys.argv[1]
del sys.argv[0]
sys.path[0] = name.rsplit("/", 1)[0]
profiler = _lsprof.Profiler()
code = compile(open(name).read(), name, "exec")
main = type(sys)("__main__")
main.__file__ = name
sys.modules["__main__"] = main
sys.path_importer_cache.pop(sys.path[0], None)
profiler.enable()
exec(code, main.__dict__)
profiler.disable()
import json
print(json.dumps([["~", 0, e[0]] + [e[1], e[2]] if isinstance(e[0], str) else
                  [e[0].co_filename, e[0].co_firstlineno, e[0].co_name, e[1], e[2]] for e in profiler.getstats()]))
"""
LOAD = "import json, marshal, sys\nprint(json.dumps([list(k) + list(v[:4]) for k, v in marshal.load(open(sys.argv[1], 'rb')).items()]))"


def key(file, line, name):
    return file, line, re.sub(r" at 0x[0-9a-f]+", "", name)


def reference(bench, executable, script):
    """By function: calls and primitive calls. Two lambdas in one line are one, as they are for us."""
    done = bench.run(executable, write(bench, "reference.py", REFERENCE), script)
    equal(done.status, 0, f"the reference's exit status ({done.err})")
    counts = {}
    for file, line, name, calls, recursive in json.loads(done.out.splitlines()[-1]):
        n, primitive = counts.get(key(file, line, name), (0, 0))
        counts[key(file, line, name)] = n + calls, primitive + calls - recursive
    return counts


def exported(bench, executable, trace):
    out = bench.path("calls.prof")
    done = bench.run(bench.memtrace, "export", "--to=pstats", "-o", out, trace)
    equal(done.status, 0, f"export's exit status ({done.err})")
    rows = json.loads(bench.run(executable, "-c", LOAD, out).out)
    return {key(file, line, name): (calls, primitive, own, total) for file, line, name, primitive, calls, own, total in rows}


def calls_as_cprofile(bench, executable):
    wanted = reference(bench, executable, CALLS)
    done = bench.record(executable, CALLS, options=["--time=exact"])
    equal(done.status, 0, f"exit status ({done.err})")
    got = exported(bench, executable, done.trace)
    wrong = []
    for function in sorted(set(wanted) | set(got)):
        calls, primitive = wanted.get(function, (0, 0))
        if "disable" in function[2]:
            continue
        if function[2] == "<built-in method builtins.exec>":
            calls, primitive = calls - 1, got[function][1]  # the reference's own is the outermost one
        if got.get(function, (0, 0))[:2] != (calls, primitive):
            wrong.append(f"{function}: {got.get(function)}, cProfile {(calls, primitive)}")
    equal(wrong, [], f"of {len(wanted)} functions")
    check(len(wanted) > 300, f"only {len(wanted)} functions were called")


for _version, _executable in interpreters():
    add_case("python_calls_%d_%d_%d" % _version, calls_as_cprofile, _executable)

THREADS = """\
import threading, _thread, concurrent.futures, multiprocessing
def q(n):
    return n
def w():
    for i in range(5):
        q(i)
def main():
    threads = [threading.Thread(target=w) for _ in range(50)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    with concurrent.futures.ThreadPoolExecutor(4) as executor:
        list(executor.map(q, range(100)))
    lock = _thread.allocate_lock()
    lock.acquire()
    def raw():
        q(1)
        lock.release()
    _thread.start_new_thread(raw, ())
    lock.acquire()
    pool = multiprocessing.get_context("fork").Pool(2)
    assert pool.map(q, range(40)) == list(range(40))
    pool.close()
    pool.join()
if __name__ == "__main__":
    main()
"""


@case
def python_calls_of_threads_and_children(bench):
    done = bench.record(sys.executable, write(bench, "threads.py", THREADS), options=["--time=exact"])
    equal(done.status, 0, f"exit status ({done.err})")
    calls = {}
    for row in bench.json(done.trace, "--view=functions", "--limit=0")["rows"]:
        if row["file"] and row["file"].endswith("threads.py"):
            calls[row["function"].split(".")[-1]] = row["calls"]
    equal((calls["w"], calls["raw"]), (50, 1), "calls of w() and raw()")
    equal(calls["q"], 391, "calls of q()")


LEFT = """\
import threading
def leaf(i):
    return i
def job():
    threading.main_thread().join()
    for i in range(100):
        leaf(i)
for i in range(10):
    threading.Thread(target=job).start()
"""


def calls_of_threads_left(bench, executable):
    """Threads go on when the script's own code has ended: the interpreter waits for them."""
    done = bench.record(executable, write(bench, "left.py", LEFT), options=["--time=exact"])
    equal(done.status, 0, f"exit status ({done.err})")
    calls = {row["function"]: row["calls"] for row in bench.json(done.trace, "--view=functions", "--limit=0")["rows"]
             if row["file"] and row["file"].endswith("left.py")}
    equal((calls.get("job"), calls.get("leaf")), (10, 1000), "calls of job() and leaf()")


for _version, _executable in interpreters():
    add_case("python_calls_left_%d_%d_%d" % _version, calls_of_threads_left, _executable)

ENDED = """\
import os, signal
def leaf():
    pass
def state(pid):
    with open("/proc/%d/stat" % pid) as file:
        return file.read().rsplit(")", 1)[1].split()[0]
theirs, ours = os.pipe()
child = os.fork()
if not child:
    while True:
        leaf()
        os.read(theirs, 1)
for i in range(30):
    while state(child) != "S":
        pass
    os.write(ours, b".")
while state(child) != "S":
    pass
os.kill(child, signal.SIGTERM)
os.waitpid(child, 0)
"""


@case
def python_calls_of_the_ended(bench):
    """What waits for work is ended by a signal, as a pool's workers are: what it did before is there."""
    done = bench.record(sys.executable, write(bench, "ended.py", ENDED), options=["--time=exact"])
    equal(done.status, 0, f"exit status ({done.err})")
    calls = [row["calls"] for row in bench.json(done.trace, "--view=functions", "--limit=0")["rows"]
             if row["function"] == "leaf"]
    check(len(calls) == 1 and 25 <= calls[0] <= 31, f"calls of leaf(): {calls}")


@case
def python_calls_recursion_and_time(bench):
    """A recursive function: all and primitive calls; its total is the time of the outermost ones."""
    script = write(bench, "fib.py", "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(18)\nfib(18)\n")
    done = bench.record(sys.executable, script, options=["--time=exact"])
    rows = {row["function"]: row for row in bench.json(done.trace, "--view=functions", "--limit=0")["rows"]
            if row["file"] == script}
    fib = rows["fib"]
    equal((fib["calls"], fib["primitive_calls"], fib["line"], fib["language"]), (16722, 2, 1, "python"), "fib")
    check(0 < fib["self_s"] <= fib["total_s"] <= rows["<module>"]["total_s"], f"times {fib}")
    text = bench.report(done.trace, "--format=pstats").out
    check("16722/2" in text and "fib.py:1(fib)" in text, text[:400])
