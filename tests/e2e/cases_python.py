"""Python's functions and lines in the stacks, for each interpreter here: python3, python3.8 to python3.14, and those that
MEMTRACE_PYTHONS names (paths, parted by colons)."""
import functools
import os
import shutil
import subprocess
import sys
import zipfile

from harness import add_case, case, check, equal

SCRIPT = """\
import ctypes, threading
class Shape:
    def grow(self, n):
        return [bytearray(2000) for i in range(n)]
def leaf(n):
    a = bytearray(n)
    return a, bytearray(n * 2)
def recurse(n):
    return leaf(5000) if n == 0 else recurse(n - 1)
def numbers():
    for i in range(3):
        x = bytearray(7000)
        yield x
async def wait():
    return bytearray(6000)
def failing():
    kept.append(bytearray(9000))
    raise ValueError
def main():
    kept.append(leaf(100000))
    kept.append(Shape().grow(10))
    kept.append(recurse(10))
    kept.extend(numbers())
    kept.append(sorted([3, 1, 2], key=lambda v: bytearray(3000) and v))
    kept.append(eval("bytearray(4000)"))
    coroutine = wait()
    try:
        coroutine.send(None)
    except StopIteration as stop:
        kept.append(stop.value)
    try:
        failing()
    except ValueError:
        kept.append(bytearray(11000))
kept = []
main()
"""
# By line of the script: (allocations, bytes) of what its own function allocates there, at least.
LINES = {6: (2, 105002), 7: (2, 210002), 12: (3, 21003), 15: (1, 6001), 17: (1, 9001), 24: (3, 9003), 34: (1, 11001)}
FUNCTIONS = {"leaf": 5, "recurse": 8, "numbers": 10, "wait": 14, "failing": 16, "main": 19}


def is_program(path):
    """Not a script that looks for one: those take long, and are found by themselves."""
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"\x7fELF"
    except OSError:
        return False


@functools.lru_cache(None)
def interpreters():
    """(version, path) of each."""
    names = [sys.executable, "/usr/bin/python3"] + [shutil.which(f"python3.{minor}") for minor in range(8, 15)]
    names += os.environ.get("MEMTRACE_PYTHONS", "").split(":")
    found = {}
    for path in {os.path.realpath(name) for name in names if name and is_program(name)}:
        done = subprocess.run([path, "-I", "-S", "-c", "import sys; print(*sys.version_info[:3])"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False)
        if done.returncode == 0:
            found[path] = tuple(map(int, done.stdout.split()))
    return sorted((version, path) for path, version in found.items())


def write(bench, name, text):
    with open(bench.path(name), "w", encoding="utf-8") as file:
        file.write(text)
    return bench.path(name)


def python_rows(bench, trace, view, *options):
    return [row for row in bench.json(trace, f"--view={view}", "--limit=0", *options)["rows"] if row["language"] == "python"]


def lines_of(rows, file):
    """By line: allocations and bytes of all functions there."""
    sums = {}
    for row in rows:
        if os.path.basename(row["file"] or "") == file:
            n, size = sums.get(row["line"], (0, 0))
            sums[row["line"]] = (n + row["allocations"], size + row["allocated_bytes"])
    return sums


def python_functions_and_lines(bench, executable):
    script = write(bench, "shapes.py", SCRIPT)
    done = bench.record(executable, script)
    equal(done.status, 0, f"exit status ({done.err})")
    check("not seen" not in done.err, done.err)
    functions = {row["function"]: row for row in python_rows(bench, done.trace, "functions")
                 if os.path.basename(row["file"]) == "shapes.py"}
    for name, line in FUNCTIONS.items():
        check(name in functions, f"{name} is missing of {sorted(functions)}")
        equal(functions[name]["line"], line, f"line of {name}")
    equal(functions["leaf"]["allocated_bytes"], 315004, "allocated by leaf()")
    equal(functions["recurse"]["total_allocated_bytes"], 15002, "a recursive function counts once per stack")
    sums = lines_of(python_rows(bench, done.trace, "lines"), "shapes.py")
    for line, (n, size) in LINES.items():
        got = sums.get(line, (0, 0))
        check(got[0] >= n and got[1] >= size and got[1] < 2 * size + 3000, f"line {line}: {got}, not {(n, size)}")


for _version, _executable in interpreters():
    add_case("python_%d_%d_%d" % _version, python_functions_and_lines, _executable)

QUALIFIED = """\
class Outer:
    def method(self):
        return bytearray(5000)
    class Inner:
        @staticmethod
        def deep():
            return (lambda: bytearray(6000))()
def outer():
    def inner():
        class Local:
            def method(self):
                return tuple(bytearray(7000) for i in range(2))
        return Local().method()
    return inner()
"""
QUALIFIED_MAIN = """\
import qualified
def main():
    make = lambda: bytearray(8000)
    return make(), qualified.Outer().method(), qualified.Outer.Inner.deep(), qualified.outer()
main()
"""
QUALIFIED_NAMES = {
    "Outer.method", "Outer.Inner.deep", "Outer.Inner.deep.<locals>.<lambda>", "outer", "outer.<locals>.inner", "main",
    "outer.<locals>.inner.<locals>.Local.method", "outer.<locals>.inner.<locals>.Local.method.<locals>.<genexpr>",
    "main.<locals>.<lambda>"}


def python_qualified_names(bench, executable):
    """Of the functions of a small module too, whose code is gone before they are called; also from its compiled file."""
    write(bench, "qualified.py", QUALIFIED)
    script = write(bench, "main.py", QUALIFIED_MAIN)
    for _ in range(2):
        done = bench.record(executable, script)
        equal(done.status, 0, f"exit status ({done.err})")
        names = {row["function"] for row in python_rows(bench, done.trace, "functions")
                 if os.path.basename(row["file"]) in ("qualified.py", "main.py")}
        equal(sorted(QUALIFIED_NAMES - names), [], f"names missing of {sorted(names)}")
        more = {name for name in names if name.split(".")[-1] in ("method", "deep", "inner", "<lambda>", "<genexpr>")}
        equal(sorted(more - QUALIFIED_NAMES), [], "plain names")


for _version, _executable in interpreters():
    add_case("python_qualified_%d_%d_%d" % _version, python_qualified_names, _executable)

UNLOCKED = """\
import ctypes, threading
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
going = True
def busy():
    while going:
        pass
def allocate():
    for i in range(3000):
        libc.malloc(20000)
threads = [threading.Thread(target=busy), threading.Thread(target=allocate)]
for t in threads:
    t.start()
threads[1].join()
going = False
threads[0].join()
"""


@case
def python_without_its_lock(bench):
    """What C code allocates while another thread runs Python is on the line that called it."""
    done = bench.record(sys.executable, write(bench, "unlocked.py", UNLOCKED))
    equal(done.status, 0, f"exit status ({done.err})")
    sums = lines_of(python_rows(bench, done.trace, "lines"), "unlocked.py")
    check(sums[11][0] >= 3000 and sums[11][1] >= 3000 * 20000, f"line 11: {sums.get(11)}")
    check(sums.get(8, (0, 0))[1] < 20000, f"line 8, of the other thread: {sums.get(8)}")


CODES = """\
kept = []
for i in range(300):
    names = {"kept": kept}
    source = "\\n" * (i % 7) + "def made_%d():\\n    return bytearray(%d)\\nkept.append(made_%d())\\n" % (i, 10000 + i, i)
    exec(compile(source, "made_%d.py" % (i % 10), "exec"), names)
    kept[-1] = kept[-1][:0]
    del names
"""


@case
def python_code_that_goes(bench):
    """Code objects come to the addresses of others that went: none is taken for the other."""
    done = bench.record(sys.executable, write(bench, "codes.py", CODES))
    equal(done.status, 0, f"exit status ({done.err})")
    rows = {row["function"]: row for row in python_rows(bench, done.trace, "functions")
            if row["function"].startswith("made_")}
    equal(len(rows), 300, "functions")
    for i in range(300):
        row = rows[f"made_{i}"]
        equal((row["file"], row["line"], row["allocated_bytes"]), (f"made_{i % 10}.py", i % 7 + 1, 10001 + i), f"made_{i}")


@case
def python_that_is_another_is_said(bench):
    done = bench.record(bench.program("pypy"), options=["--quiet"])
    equal(done.status, 0, "exit status")
    check("Python's functions are not seen" in done.err and "it is PyPy" in done.err, done.err)


GONE = """\
def ours(n):
    if n > 1:
        return ours(n - 1)
    exec("pass")
    return theirs(3000)
def theirs(size):
    kept.append(bytearray(size))
def others(n):
    return others(n - 1) if n > 1 else theirs(7000)
kept = []
for n in (1, 3, 2, 6, 4, 9, 8, 1):
    ours(n)
    others(n)
"""


def python_stack_when_code_has_gone(bench, executable):
    """The stacks after that, with objects that are overwritten when they go: no frame is taken from a walk before."""
    done = bench.record(executable, write(bench, "gone.py", GONE), env={**os.environ, "PYTHONMALLOC": "debug"})
    equal(done.status, 0, f"exit status ({done.err})")
    for name, size in (("ours", 3000), ("others", 7000)):
        row = next(row for row in python_rows(bench, done.trace, "functions", f"--filter=^{name}$")
                   if row["function"] == "theirs")
        least = 8 * (size + 1)
        check(least <= row["allocated_bytes"] < least + 2000, f"theirs() below {name}(): {row['allocated_bytes']} bytes")


for _version, _executable in interpreters():
    add_case("python_gone_%d_%d_%d" % _version, python_stack_when_code_has_gone, _executable)


@case
def python_names_and_files(bench):
    """Names beyond ASCII, and modules out of an archive."""
    with zipfile.ZipFile(bench.path("archive.zip"), "w") as archive:
        archive.writestr("zipped.py", "def inside():\n    return bytearray(33000)\n")
    script = write(bench, "größe.py", "import sys\nsys.path.insert(0, sys.argv[1])\nimport zipped\n"
                   "def größe():\n    return bytearray(44000), zipped.inside()\ndef 名前():\n    return größe()\n名前()\n")
    done = bench.record(sys.executable, script, bench.path("archive.zip"))
    equal(done.status, 0, f"exit status ({done.err})")
    rows = {row["function"]: row for row in python_rows(bench, done.trace, "functions")}
    equal(rows["größe"]["allocated_bytes"], 44001, "allocated by größe()")
    equal(rows["inside"]["allocated_bytes"], 33001, "allocated by inside()")
    equal(rows["inside"]["file"], bench.path("archive.zip", "zipped.py"), "file in the archive")
    equal(rows["名前"]["total_allocated_bytes"], 77002, "in all")


WORKERS = """\
import multiprocessing, os, sys
def work(n):
    return len(bytearray(50000 + n)), os.getpid()
if __name__ == "__main__":
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert len(pool.map(work, range(20), 5)) == 20
    if os.fork() == 0:
        work(1)
        os._exit(0)
    os.wait()
"""


@case
def python_children(bench):
    done = bench.record(sys.executable, write(bench, "workers.py", WORKERS))
    equal(done.status, 0, f"exit status ({done.err})")
    rows = [row for row in python_rows(bench, done.trace, "functions") if row["function"] == "work"]
    equal(sum(row["allocated_bytes"] for row in rows), sum(50001 + n for n in range(20)) * 3 + 50002, "allocated by work()")


@case
def python_frames_at_choice(bench):
    """Python off: the interpreter's own functions."""
    script = write(bench, "shapes.py", SCRIPT)
    done = bench.record(sys.executable, script, options=["--python=off"])
    equal(python_rows(bench, done.trace, "functions"), [], "rows")
    names = [row["function"] for row in bench.json(done.trace, "--view=functions", "--limit=0")["rows"]]
    check("_PyEval_EvalFrameDefault" in names, "the interpreter is not seen")


def screen_of_functions(bench, trace, option):
    dump = ["--dump=functions", "--size=120x200", "--keys=>", "--ascii"]
    return bench.run(bench.memtrace, "view", *dump, option, trace).out


@case
def python_frames_of_a_report(bench):
    """--frames: which functions the stacks have; nothing is lost with any."""
    script = write(bench, "shapes.py", SCRIPT)
    done = bench.record(sys.executable, script, options=["--time=off"])
    loop, shown = "_PyEval_EvalFrameDefault", {}
    for frames in ("mixed", "python", "native", "all"):
        option = f"--frames={frames}"
        rows = bench.json(done.trace, "--view=functions", option)["rows"]
        shown[frames] = {row["function"] for row in rows}
        equal(sum(row["allocations"] for row in rows), bench.totals(done.trace)["allocations"], f"{frames}: allocations")
        equal("leaf" in shown[frames], frames != "native", f"{frames}: leaf()")
        equal("leaf" in screen_of_functions(bench, done.trace, option), frames != "native", f"{frames}: leaf() on the screen")
        folded = bench.run(bench.memtrace, "export", "--to=folded", "--metric=allocated", option, done.trace).out
        of_leaf = [line for line in folded.splitlines() if "leaf" in line]
        equal(len(of_leaf) > 0, frames != "native", f"{frames}: stacks with leaf()")
        equal(any(loop in line for line in of_leaf), frames == "all", f"{frames}: the interpreter in stacks with leaf()")
    check(loop in shown["native"], "the interpreter is not seen")
    equal({row["function"] for row in bench.json(done.trace, "--view=functions")["rows"]}, shown["mixed"], "by default")
    check("frames native" in bench.report(done.trace, "--frames=native").out, "the summary doesn't say which frames")
    bench.report(done.trace, "--frames=some", status=2)


FREES = """\
early = bytearray(1 << 20)
del early
late = bytearray(4 << 20)
del late
"""


@case
def python_frees_in_their_time(bench):
    """What a line freed is of the part of the run in which it did so."""
    trace = bench.record(sys.executable, write(bench, "frees.py", FREES), options=["--time=off"]).trace
    for part, wanted in (("--to=peak", (1 << 20, 0)), ("--from=peak", (0, 4 << 20))):
        rows = bench.json(trace, "--view=lines", part, "--limit=0")["rows"]
        freed = {row["line"]: row["freed_bytes"] for row in rows if row["file"] and row["file"].endswith("frees.py")}
        for line, least in zip((2, 4), wanted):
            check(least <= freed.get(line, 0) < least + 1000, f"{part}: line {line} freed {freed.get(line)}, not {least}")
