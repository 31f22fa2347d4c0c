"""CPython's own allocator, block by block (--pymalloc), for each interpreter of cases_python.py."""
import os
import sys

from cases_python import interpreters, lines_of, python_rows, write
from harness import add_case, case, check, compare, equal, same_as_alone

SCRIPT = """\
import os, sys
def objects(n):
    return [object() for i in range(n)]
def texts(n):
    return ["x" * (1000 + i % 2) for i in range(n)]
def small(n):
    return [b"y" * (100 + i % 3) for i in range(n)]
def keys(n):
    return [(i % 100,) * 30 for i in range(n)]
def big():
    return bytearray(1 << 20)
def grow(n):
    a = bytearray()
    for i in range(n):
        a += b"0123456789"
    return len(a)
def lose(n):
    for i in range(n):
        held.append(float(i))
held = []
def main():
    o = objects(10000)
    t = texts(1000)
    s = small(3000)
    k = keys(10000)
    b = big()
    print(len(o), len(t), len(s), len(k), len(b), grow(1000))
main()
lose(5000)
sys.stdout.flush()
if len(sys.argv) > 1:
    os._exit(7)
"""
# By function: how many blocks it and what it calls allocate, beside a few others (the list that grows, for one), and their
# bytes. The interpreter has integers up to 256 at hand; each that counts above is a block.
INTEGERS = [n - 257 for n in (3000, 10000)]
FUNCTIONS = {"objects": (10000 + INTEGERS[1], 10000 * 16 + INTEGERS[1] * 28),
             "texts": (3000 - 257, 500 * (1049 + 1050) + (2000 - 257) * 28),
             "small": (3000 + INTEGERS[0], 1000 * (133 + 134 + 135) + INTEGERS[0] * 28),
             "keys": (10000 + INTEGERS[1], 10000 * 280 + INTEGERS[1] * 28)}
BESIDE = 120
LIST = 90 * 10000  # bytes of a list while it grows, all its sizes together, at most
AT_HAND = 100         # floats that the interpreter keeps for reuse, and objects of other kinds


def pymalloc_objects(bench, executable, variables, traced):
    env = {**os.environ, **variables}
    script = write(bench, "blocks.py", SCRIPT)
    done = bench.record(executable, script, "quick", options=["--pymalloc", "--quiet"], env=env)
    equal((done.status, done.err), (7, ""), "status and standard error")
    equal(done.out, "10000 1000 3000 10000 1048576 10000\n", "standard output")
    rows = {row["function"]: row for row in python_rows(bench, done.trace, "functions")
            if os.path.basename(row["file"]) == "blocks.py"}
    for name, (n, size) in FUNCTIONS.items():
        got, got_size = rows[name]["total_allocations"], rows[name]["total_allocated_bytes"]
        most = (8 * n, 9 * size) if traced else (n + BESIDE, size + LIST)
        check(n - AT_HAND <= got <= most[0], f"{name}(): {got} allocations, not {n}")
        check(size - 64 * AT_HAND <= got_size <= most[1], f"{name}(): {got_size} bytes, not {size}")
    if not traced:
        # 1 MiB counts once: neither the allocator's own request to libc nor the arenas count.
        equal(rows["big"]["allocations"], 2, "allocations by big()")
        check((1 << 20) < rows["big"]["allocated_bytes"] < (1 << 20) + 100, f"big(): {rows['big']['allocated_bytes']} bytes")
        # os._exit: what the module holds is there at the end; what main() had is not.
        lost = rows["lose"]["leaked_blocks"]
        check(5000 - AT_HAND <= lost <= 5002, f"lose() leaks {lost} blocks")
        check(lost * 24 <= rows["lose"]["leaked_bytes"] < lost * 24 + LIST, f"lose() leaks {rows['lose']['leaked_bytes']}")
        check(rows["main"]["total_leaked_blocks"] <= 20, f"main() leaks {rows['main']['total_leaked_blocks']} blocks")
    totals = bench.totals(done.trace)
    equal(totals["allocations"] - totals["frees"], totals["leaked_blocks"], "allocations - frees")
    equal(totals["lost_events"], 0, "lost events")
    check(totals["unknown_frees"] <= 2, f"{totals['unknown_frees']} frees of blocks that nobody has seen")


VARIABLES = {"": {}, "_debug": {"PYTHONMALLOC": "debug"}, "_malloc": {"PYTHONMALLOC": "malloc"},
             "_development": {"PYTHONDEVMODE": "1"}, "_tracemalloc": {"PYTHONTRACEMALLOC": "5"}}
for _version, _executable in interpreters():
    for _name, _variables in VARIABLES.items():
        add_case("pymalloc_%d_%d_%d" % _version + _name, pymalloc_objects, _executable, _variables, "trace" in _name)


def pymalloc_end(bench, executable):
    """What the program prints, and how it ends, is its own: with its end by itself, and at the interpreter's fatal error."""
    script = write(bench, "blocks.py", SCRIPT)
    same_as_alone(bench, executable, script, options=["--quiet", "--pymalloc"])
    same_as_alone(bench, executable, "-c", "import sys; sys.exit(3)", options=["--quiet", "--pymalloc"])
    same_as_alone(bench, executable, "-X", "dev", "-c", "print(list(range(9))); raise ValueError", options=["--quiet", "--pymalloc"])


for _version, _executable in interpreters():
    add_case("pymalloc_end_%d_%d_%d" % _version, pymalloc_end, _executable)

WORKERS = """\
import multiprocessing, os
held = [float(i) for i in range(1000)]
def work(n):
    kept = [float(i) for i in range(n)]
    return len(kept)
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(work, [10000] * 8, 1) == [10000] * 8
    if os.fork() == 0:
        held.clear()
        work(500)
        os._exit(0)
    os.wait()
"""


@case
def pymalloc_fork(bench):
    """Children go on where their parent was: its blocks are theirs to free, and no loss of theirs."""
    done = bench.record(sys.executable, write(bench, "workers.py", WORKERS), options=["--pymalloc"])
    equal(done.status, 0, f"exit status ({done.err})")
    rows = [row for row in python_rows(bench, done.trace, "functions") if row["function"] == "work"]
    got, floats = rows[0]["total_allocations"], 8 * 10000 + 500  # each with its integer
    check(2 * floats - 8 * 2 * (257 + AT_HAND) <= got <= 2 * floats + 1000, f"work(): {got} allocations")
    processes = bench.json(done.trace)["processes"]
    equal(len(processes), 4, "processes")
    child = max(processes, key=lambda process: process["start_s"])["memory"]
    check(child["inherited_frees"] >= 1000, f"the last child freed {child['inherited_frees']} blocks of its parent's")
    check(child["leaked_blocks"] < 300, f"it lost {child['leaked_blocks']}")
    for process in processes:
        memory = process["memory"]
        equal(memory["allocations"] - memory["frees"], memory["leaked_blocks"], f"allocations - frees of {process['pid']}")


THREADS = """\
import threading
def work(n):
    kept = []
    for i in range(n):
        kept.append(float(i))
    handed.append(kept)
handed = []
threads = [threading.Thread(target=work, args=(20000,)) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
del handed[:]
"""


@case
def pymalloc_threads(bench):
    """What threads allocate and another frees."""
    done = bench.record(sys.executable, write(bench, "threads.py", THREADS), options=["--pymalloc"])
    equal(done.status, 0, f"exit status ({done.err})")
    sums = lines_of(python_rows(bench, done.trace, "lines"), "threads.py")
    check(80000 <= sums[5][0] <= 80500, f"line 5: {sums[5]}")
    rows = {row["function"]: row for row in python_rows(bench, done.trace, "functions")
            if os.path.basename(row["file"]) == "threads.py"}
    check(rows["work"]["leaked_blocks"] <= 4, f"work() leaks {rows['work']['leaked_blocks']} blocks")
    compare(bench.totals(done.trace), {"lost_events": 0}, "totals")


@case
def pymalloc_arenas(bench):
    """Without --pymalloc small objects are not seen, and the arenas count as mapped memory, with it as well."""
    script = write(bench, "blocks.py", SCRIPT)
    without, seen = bench.record(sys.executable, script), bench.record("python3", script, options=["--pymalloc"])
    equal(lines_of(python_rows(bench, without.trace, "lines"), "blocks.py").get(11), (1, (1 << 20) + 1), "line 11")
    totals, all_totals = bench.totals(without.trace), bench.totals(seen.trace)
    equal(all_totals["mapped_bytes"], totals["mapped_bytes"], "mapped bytes")
    check(totals["mapped_bytes"] > 256 << 10, f"mapped: {totals['mapped_bytes']} bytes")
    check(all_totals["allocations"] > 10 * totals["allocations"], "objects were not seen")


@case
def pymalloc_needs_python(bench):
    for options in (["--python=off"], ["--memory=off"]):
        result = bench.run(bench.memtrace, "record", "--pymalloc", *options, "--", sys.executable, "-c", "print(1)")
        equal((result.status, result.out), (125, ""), "status and output")
        equal(len(result.err.splitlines()), 1, f"lines of {result.err!r}")
        check("--pymalloc" in result.err and options[0].split("=")[0] in result.err, result.err)
