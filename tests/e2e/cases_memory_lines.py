"""Resident memory line by line, for each interpreter here, against memory_profiler and against what is known of the blocks:
they are so large that the allocator gives each its own pages and takes them back at once."""
import functools
import mmap
import os
import re
import subprocess

from cases_python import interpreters, write
from harness import LIMIT_S, Skip, add_case, case, check, equal

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SAMPLE = os.path.join(TOP, "samples", "memory_profiler_example.py")
ROW = re.compile(r"^ *(\d+) (?: *(-?[\d.]+) MiB| {12}) (?: *(-?[\d.]+) MiB| {12}) {2}([ \d]{10}) {3}(.*)$")
# MiB. The first time that code is run, the kernel maps 64 KiB of its file around it, the program's or ours: up to twice a line.
TOLERANCE = 0.2
# Of what runs in a new thread or process: its stack and arena, and our ring and tables, are there, too, as they are touched; a copy
# of the process maps its files anew.
NEW_TOLERANCE = 1


@functools.cache
def kernel_error():
    """How far /proc's figure is from the pages that were touched, in MiB: nothing from Linux 6.16 on, and where the sum over
    all CPUs was brought back to a stable kernel; others count for each CPU or thread in batches."""
    pages, size = 512, mmap.PAGESIZE
    with mmap.mmap(-1, pages * size) as block, open("/proc/self/statm", "rb", buffering=0) as file:
        block.madvise(mmap.MADV_NOHUGEPAGE)
        resident = [int(os.pread(file.fileno(), 100, 0).split()[1])]
        for i in range(pages):
            block[i * size] = 1
            resident.append(int(os.pread(file.fileno(), 100, 0).split()[1]))
    return max(abs(now - resident[64] - i + 64) for i, now in enumerate(resident) if i >= 64) * size / 2 ** 20


def tables(text):
    """By file and first line: {line: (mem usage, increment, occurrences)} of the lines that ran."""
    found = []
    for line in text.splitlines():
        if line.startswith("Filename: "):
            found.append({})
        row = ROW.match(line)
        if row and row[4].strip():
            found[-1][int(row[1])] = (float(row[2] or "nan"), float(row[3] or "nan"), int(row[4]))
    return found


def table(bench, trace, function):
    found = tables(bench.report(trace, "--view=lines", f"--function={function}").out)
    equal(len(found), 1, f"tables of {function}")
    return found[0]


def near(got, want, what, tolerance=TOLERANCE):
    check(abs(got - want) <= tolerance + kernel_error(), f"{what}: {got} MiB, not {want}")


def holds(rows, wanted, what, tolerance=TOLERANCE):
    """wanted: {line: (increment in MiB, occurrences)}."""
    for line, (increment, hits) in wanted.items():
        check(line in rows, f"{what}: line {line} did not run: {rows}")
        near(rows[line][1], increment, f"{what}, increment of line {line}", tolerance)
        equal(rows[line][2], hits, f"{what}, occurrences of line {line}")


def sample_holds(bench, executable):
    """The sample's own figures, and the rows as memory_profiler has them."""
    done = bench.record(executable, SAMPLE)
    equal((done.status, done.out), (0, ""), f"status and output ({done.err})")
    with open(SAMPLE, encoding="utf-8") as file:
        wanted = re.findall(r"expect line (\w+) (\d+): increment=(-?[\d.]+) hits=(\d+)", file.read())
    check(len(wanted) == 9, f"{SAMPLE} states its figures")
    for function in {row[0] for row in wanted}:
        rows = {int(line): (float(increment), int(hits)) for name, line, increment, hits in wanted if name == function}
        got = table(bench, done.trace, function)
        holds(got, rows, function)
        first = min(got)
        near(got[first][1], got[first][0], "the first row tells where the function began")
        equal(got[first][2], 1, "calls")
    text = bench.report(done.trace, "--view=lines", "--function=my_func").out.splitlines()
    equal(text[:4], [f"Filename: {SAMPLE}", "", "Line #    Mem usage    Increment  Occurrences   Line Contents", "=" * 61],
          "head of the table")
    equal(text[5], "    21" + " " * 41 + "def my_func():", "a line that did not run")
    rows = {row["line"]: row for row in bench.json(done.trace, "--view=lines", "--function=my_func")["rows"]}
    near(rows[23]["rss_increment_bytes"] / 2 ** 20, 152.59, "increment in JSON")
    equal((rows[23]["hits"], rows[21]["hits"], rows[21]["mem_usage_bytes"]), (1, None, None), "hits in JSON")


SHAPES = """\
import asyncio, _thread, os, sys, threading, time
from memory_profiler import profile as imported
MIB = 1 << 20
@imported(precision=4)
def numbers():
    a = bytearray(40 * MIB)
    yield 1
    b = bytearray(50 * MIB)
    yield 2
    del a, b
@profile
async def wait():
    a = bytearray(40 * MIB)
    await asyncio.sleep(0)
    b = bytearray(50 * MIB)
    return len(a) + len(b)
@profile
def failing():
    kept.append(bytearray(40 * MIB))
    raise ValueError
@imported
def recurse(n):
    a = bytearray(40 * MIB)
    if n:
        recurse(n - 1)
    return len(a)
class Shape:
    @profile
    def method(self):
        self.a = bytearray(40 * MIB)
    @staticmethod
    @profile
    def static():
        return len(bytearray(40 * MIB))
    @profile
    @classmethod
    def of_class(cls):
        cls.b = bytearray(50 * MIB)
@profile
def nested():
    def inner():
        return bytearray(40 * MIB)
    a = inner()
    b = [bytearray(40 * MIB)
         for i in range(2)]
    c = sorted([1, 2], key=lambda v: kept.append(bytearray(35 * MIB)) or v)
    return len(a) + len(b) + len(c)
@profile
def threaded(n):
    kept.append(bytearray(n * MIB))
    return n
def together():
    first, second = numbers(), numbers()
    for pair in zip(first, second):
        pass
@profile
def closed():
    try:
        a = bytearray(40 * MIB)
        yield 1
    except KeyError:
        b = bytearray(50 * MIB)
        yield b
    finally:
        del a
kept = []
for i in range(3):
    g = closed()
    next(g)
    g.close()
g = closed()
next(g)
g.throw(KeyError)
del g
for number in numbers():
    away = bytearray(60 * MIB)
    del away
asyncio.run(wait()) if sys.version_info >= (3, 7) else None
try:
    failing()
except ValueError:
    pass
recurse(3)
shape = Shape()
shape.method()
Shape.static()
Shape.of_class()
nested()
threads = [threading.Thread(target=threaded, args=(40,)) for i in range(3)]
for t in threads:
    t.start()
    t.join()
_thread.start_new_thread(lambda: kept.append(threaded(50)), ())
while 50 not in kept:
    time.sleep(0.001)
assert profile(together) is together and sys.gettrace() is None and profile(3) == 3
"""
# Functions by line and (MiB, occurrences).
FUNCTIONS = {
    "numbers": {6: (40, 1), 7: (0, 1), 8: (50, 1), 9: (0, 1), 10: (-90, 1)},
    "wait": {13: (40, 1), 14: (0, 1), 15: (50, 1), 16: (0, 1)},
    "failing": {19: (40, 1), 20: (0, 1)},
    # The outermost call of itself has what the others in it take and give back: nothing in all.
    "recurse": {23: (160, 4), 24: (0, 4), 25: (0, 3), 26: (0, 4)},
    "method": {30: (40, 1)},
    "static": {34: (0, 1)},
    "of_class": {38: (50, 1)},
    "nested": {42: (40, 1), 43: (40, 1), 44: (80, None), 46: (70, 3), 47: (0, 1)},
    "threaded": {50: (170, 4), 51: (0, 4)},
    "closed": {58: (0, 4), 59: (160, 4), 60: (0, 4), 62: (50, 1), 63: (0, 1), 65: (-160, 4)},
}


def shapes_hold(bench, executable):
    # Without site, so that no memory_profiler is there.
    done = bench.record(executable, "-S", write(bench, "shapes.py", SHAPES))
    equal((done.status, done.out), (0, ""), f"status and output ({done.err})")
    for function, wanted in FUNCTIONS.items():
        rows = table(bench, done.trace, function)
        # How often a comprehension's lines begin differs from version to version.
        holds(rows, {line: (mib, rows[line][2] if hits is None else hits) for line, (mib, hits) in wanted.items()}, function,
              NEW_TOLERANCE if function == "threaded" else TOLERANCE)
    for function, line, calls in ("threaded", 48, 4), ("closed", 56, 4), ("numbers", 4, 1):
        equal(table(bench, done.trace, function)[line][2], calls, f"calls of {function}")


LEFT = """\
import os, sys
@profile
def left(how):
    a = bytearray(40 << 20)
    while how == "kill" and not os.path.exists("seen"):
        a[0] = 1
    if how == "kill":
        os.kill(os.getpid(), 9)
    os._exit(3)
left(sys.argv[1])
"""


def lines_left(bench, executable):
    """What ends in the middle of a function leaves its lines in the trace; of what is killed, those that were told."""
    script = write(bench, "left.py", LEFT)
    done = bench.record(executable, script, "exit")
    equal(done.status, 3, f"status ({done.err})")
    holds(table(bench, done.trace, "left"), {4: (40, 1), 5: (0, 1)}, "exit")
    command, trace = bench.record_command(executable, script, "kill")
    with subprocess.Popen(command, cwd=bench.directory, stderr=subprocess.PIPE) as running:
        while running.poll() is None:
            found = bench.run(bench.memtrace, "report", "--view=lines", "--function=left", trace)
            if (tables(found.out) or [{}])[0].get(5, (0, 0, 0))[2] > 1:
                break
        write(bench, "seen", "")
        running.communicate(timeout=LIMIT_S)
    equal(running.returncode, 137, "status")
    rows = table(bench, trace, "left")
    holds(rows, {4: (40, 1)}, "kill")
    check(rows[5][2] > 1, f"kill, occurrences of line 5: {rows}")


NAMED = """\
import os
class Shape:
    def grow(self, n):
        a = bytearray(n << 20)
        return len(a)
def other():
    kept.append(bytearray(50 << 20))
kept = []
for i in range(3):
    Shape().grow(40)
other()
if os.fork() == 0:
    other()
    os._exit(0)
os.wait()
"""


def lines_by_name(bench, executable):
    done = bench.record(executable, write(bench, "named.py", NAMED), options=["--lines=Shape.grow", "--lines", "other"])
    equal(done.status, 0, f"status ({done.err})")
    holds(table(bench, done.trace, "grow"), {4: (120, 3), 5: (0, 3)}, "grow")
    holds(table(bench, done.trace, "other"), {7: (100, 2)}, "other, in both processes", NEW_TOLERANCE)
    first = min(bench.json(done.trace)["processes"], key=lambda p: p["start_s"])["pid"]
    rows = tables(bench.report(done.trace, "--view=lines", "--function=other", f"--process={first}").out)
    holds(rows[0], {7: (50, 1)}, "other, in the first process")


for _version, _executable in interpreters():
    _name = "%d_%d_%d" % _version
    add_case("memory_lines_sample_" + _name, sample_holds, _executable)
    add_case("memory_lines_shapes_" + _name, shapes_hold, _executable)
    add_case("memory_lines_left_" + _name, lines_left, _executable)
    add_case("memory_lines_named_" + _name, lines_by_name, _executable)


def need_memory_profiler():
    if subprocess.run(["/usr/bin/python3", "-c", "import memory_profiler, psutil"], capture_output=True, check=False).returncode:
        raise Skip("memory_profiler is not installed")


@case
def memory_lines_as_memory_profiler(bench):
    """The example of its README, run by both, one after the other and at once."""
    need_memory_profiler()
    theirs = tables(bench.run("/usr/bin/python3", "-m", "memory_profiler", SAMPLE).out)[0]
    both = bench.record("/usr/bin/python3", "-m", "memory_profiler", SAMPLE)
    equal(sorted(tables(both.out)[0]), sorted(theirs), "their lines, with us")
    alone = bench.record("/usr/bin/python3", "-S", SAMPLE)
    for how, done in ("alone", alone), ("beside it", both):
        ours = table(bench, done.trace, "my_func")
        equal(sorted(ours), sorted(theirs), f"lines, {how}")
        for line in sorted(theirs)[1:]:
            near(ours[line][1], theirs[line][1], f"increment of line {line}, {how}")
            equal(ours[line][2], theirs[line][2], f"occurrences of line {line}, {how}")


DECORATED = """\
from memory_profiler import profile
@profile
def f():
    a = [1] * (40 << 17)
    del a
f()
"""


@case
def memory_lines_of_memory_profiler(bench):
    """A script that imports it where it is installed: its output is as ever, and ours is recorded."""
    need_memory_profiler()
    script = write(bench, "decorated.py", DECORATED)
    for options in [], ["--time=exact"]:
        done = bench.record("/usr/bin/python3", script, options=options)
        equal((done.status, len(tables(done.out))), (0, 1), f"status, and tables of its own ({done.err})")
        holds(table(bench, done.trace, "f"), {4: (40, 1), 5: (-40, 1)}, "f")


TRACED = """\
import sys
seen = []
def trace(frame, event, arg):
    if frame.f_code.co_name == "f":
        seen.append(event)
    return trace
@profile
def f():
    return len(bytearray(40 << 20))
f()
sys.settrace(trace)
assert sys.gettrace() is trace
f()
sys.settrace(None)
assert seen == ["call", "line", "return"], seen
"""


def program_that_traces(bench, executable):
    """A trace function of the program's own works, and no line is missing."""
    done = bench.record(executable, write(bench, "traced.py", TRACED))
    equal((done.status, done.out), (0, ""), f"status and output ({done.err})")
    rows = table(bench, done.trace, "f")
    equal(rows[9][2], 2, "occurrences")
    check("trace function" not in done.err, done.err)


IMPORTED = """\
try:
    import no_such_module
except ImportError:
    pass
import sys
before = list(sys.meta_path)
from memory_profiler import profile
assert sys.meta_path == before, sys.meta_path
@profile
def f():
    a = bytearray(40 << 20)
    return len(a)
f()
"""


def imported_beside_calls(bench, executable):
    """That memory_profiler is ours leaves no trace in the program, and calls are counted at the same time."""
    done = bench.record(executable, "-S", write(bench, "imported.py", IMPORTED), options=["--time=exact"])
    equal((done.status, done.out), (0, ""), f"status and output ({done.err})")
    holds(table(bench, done.trace, "f"), {11: (40, 1), 12: (0, 1)}, "f")
    calls = [row["calls"] for row in bench.json(done.trace, "--view=functions")["rows"] if row["function"] == "f"]
    equal(calls, [1], "calls of f")


def profile_has_signature(bench, executable):
    """Who goes through all builtins, as CPython's own tests do, finds one more that is like the others."""
    script = write(bench, "signature.py", "import inspect\nprint(inspect.signature(profile), inspect.getdoc(profile)[:3])\n")
    equal(bench.record(executable, script).out, "(func=None, *args, **kwargs) Has\n", "signature and text")


for _version, _executable in interpreters():
    add_case("memory_lines_signature_%d_%d_%d" % _version, profile_has_signature, _executable)
    add_case("memory_lines_traced_%d_%d_%d" % _version, program_that_traces, _executable)
    add_case("memory_lines_imported_%d_%d_%d" % _version, imported_beside_calls, _executable)


MADE = """\
kept = []
for i in range(500):
    names = {}
    exec(compile("@profile\\ndef made(n):\\n    return bytes(n)\\n", "made.py", "exec"), names)
    kept.append(len(names["made"](i)))
"""


@case
def memory_lines_made_anew(bench):
    """A function that is made again and again is one; its code objects can go."""
    done = bench.record("python3", write(bench, "many.py", MADE))
    equal(done.status, 0, f"status ({done.err})")
    rows = bench.json(done.trace, "--view=lines", "--function=made")["rows"]
    hits = {row["line"]: row["hits"] for row in rows}
    equal((hits[1], hits[3]), (500, 500), "occurrences")
    check(rows[0]["rss_increment_bytes"] <= rows[0]["mem_usage_bytes"] + 2 ** 20, f"first row: {rows[0]}")


@case
def memory_lines_not_marked(bench):
    """A function that nobody marked has the table that it always has, and a hint."""
    done = bench.record("python3", write(bench, "plain.py", "def f():\n    return len(bytearray(1 << 20))\nf()\n"))
    text = bench.report(done.trace, "--view=lines", "--function=f").out
    check("Mem usage" not in text and "--lines=f" in text, text)


@case
def memory_lines_of_no_function(bench):
    """A name that no function has is said, and others are not."""
    script = write(bench, "plain.py", "class Shape:\n    def grow(self):\n        pass\nShape().grow()\n")
    done = bench.record("python3", script, options=["--lines=Shape.grow", "--lines=grow", "--lines=shrink"])
    said = [line for line in done.err.splitlines() if "--lines" in line]
    equal(said, ["memtrace: --lines=shrink: no call of a Python function of this name was seen"], "what is said")


@case
def memory_lines_own_profile(bench):
    """What the program calls profile, and a memory_profiler of its own, are left alone."""
    write(bench, "memory_profiler.py", "def profile(f):\n    return 'its own'\n")
    script = write(bench, "own.py", "import memory_profiler\n@memory_profiler.profile\ndef f():\n    pass\nprint(f)\n"
                   "import sys\nprint(len([f for f in sys.meta_path if f.find_spec('memory_profile', None)]))\n")
    equal(bench.record("python3", script).out, "its own\n0\n", "output")


@case
def export_mprof(bench):
    """Read as mprof reads it."""
    done = bench.record("python3", write(bench, "named.py", NAMED), options=["--lines=other"])
    path = bench.path("mprofile.dat")
    equal(bench.run(bench.memtrace, "export", "--to=mprof", "-o", path, done.trace).status, 0, "status of export")
    with open(path, encoding="utf-8") as file:
        lines = [line.split() for line in file]
    summary = bench.json(done.trace)
    equal(lines[0], ["CMDLINE", *summary["trace"]["command"]], "command")
    start = summary["trace"]["started_at_s"]
    calls = [line for line in lines if line[0] == "FUNC"]
    equal([line[1] for line in calls], ["named.other"] * 2, "functions")
    for tolerance, (_, _, before, begin, after, end, level) in zip((TOLERANCE, NEW_TOLERANCE), calls):
        near(float(after) - float(before), 50, "increment of the function", tolerance)
        check(start <= float(begin) <= float(end) <= start + summary["trace"]["duration_s"], "time of the function")
        equal(level, "0", "level")
    samples = [float(line[1]) for line in lines if line[0] == "MEM"]
    check(samples and max(samples) <= summary["rss_peak_bytes"] / 2 ** 20 + 0.001, "samples")
    for mprof in filter(os.path.exists, ("/usr/bin/mprof", "/usr/bin/python3-mprof")):  # Debian's name is the second
        done = bench.run(mprof, "peak", path)
        check("MiB" in done.out and done.status == 0, f"mprof peak: {done.out}{done.err}")
