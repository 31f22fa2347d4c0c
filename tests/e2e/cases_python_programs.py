"""Python programs of kinds that are hard on a guest of the interpreter: greenlets, deep recursion."""
import os
import resource
import subprocess

from cases_python import interpreters, write
from harness import Skip, add_case, case, check, equal

DEBIAN = "/usr/bin/python3"


def need(module):
    if subprocess.run([DEBIAN, "-c", f"import {module}"], capture_output=True, check=False).returncode:
        raise Skip(f"{DEBIAN} has no {module}")


GEVENT = """\
import gevent, socket
from gevent import monkey
from gevent.server import StreamServer
monkey.patch_all()
def answer(connection, address):
    for line in connection.makefile("rb"):
        connection.sendall(line.upper())
def ask(n):
    with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        lines = connection.makefile("rb")
        for i in range(n):
            connection.sendall(b"hello\\n")
            kept.append(bytearray(7000))
            lines.readline()
server = StreamServer(("127.0.0.1", 0), answer)
server.start()
kept = []
gevent.joinall([gevent.spawn(ask, 50) for i in range(20)])
print(len(kept))
"""


@case
def python_greenlets(bench):
    """While a greenlet comes back, what leads to the thread's frames lies on a C stack that is not its own."""
    need("gevent")
    script = write(bench, "server.py", GEVENT)
    for options in [], ["--time=exact"], ["--pymalloc"]:
        done = bench.record(DEBIAN, script, options=options)
        equal((done.status, done.out), (0, "1000\n"), f"status and output ({done.err})")
        rows = [row for row in bench.json(done.trace, "--view=lines")["rows"]
                if row["function"] == "ask" and row["line"] == 13]
        check(rows and rows[0]["allocated_bytes"] >= 1000 * 7000, f"what is allocated in line 13: {rows}")


DEEP = """\
import sys, threading, time
sys.setrecursionlimit(100000)
threading.stack_size(512 << 20)
def down(n):
    kept = bytearray(600)
    return down(n - 1) + len(kept) if n else 0
def endless(n):
    return endless(n + 1)
def run():
    print(down(20000))
    try:
        endless(1)
    except RecursionError:
        print("too deep")
thread = threading.Thread(target=run)
thread.start()
thread.join()
print(time.process_time(), file=sys.stderr)
"""


@case
def python_deep_recursion(bench):
    """Of 20,000 and 100,000 frames: a sample's walk takes longer than the time that it stands for, and a stack is told
    from the one before, not from its beginning. It took a minute and more."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = bench.record(DEBIAN, write(bench, "deep.py", DEEP))
    equal((done.status, done.out), (0, "12000000\ntoo deep\n"), f"status and output ({done.err})")
    check("lost" not in done.err, done.err)
    used = float(done.err.split("\n")[0])
    check(used < 20, f"the program took {used} s of CPU time")
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    check(used < 30, f"all took {used} s of CPU time")


HOOKS = """\
import sys, threading
seen = []
def trace(frame, event, argument):
    seen.append((frame.f_code.co_name, event, frame.f_lineno))
    return trace
def profile_function(frame, event, argument):
    seen.append((frame.f_code.co_name, event, argument.__name__ if event.startswith("c_") else None))
def work(n):
    rows = list(map(bytearray, range(n)))
    return len(rows)
def number():
    yield work(2)
sys.settrace(trace)
assert sys.gettrace() is trace
list(number())
sys.settrace(None)
work(3)
sys.setprofile(profile_function)
assert sys.getprofile() is profile_function
list(number())
sys.setprofile(None)
threading.settrace(trace)
threading.setprofile(profile_function)
thread = threading.Thread(target=work, args=(4,))
thread.start()
thread.join()
print(seen, sys.gettrace(), sys.getprofile())
"""


def own_hooks(bench, executable):
    """A program's own trace and profile functions hear what they hear without us, and what we measure is not less."""
    script = write(bench, "hooks.py", HOOKS)
    alone = bench.run(executable, script).out
    for options in ["--time=exact"], ["--lines=work"], ["--lines=work", "--time=exact"]:
        done = bench.record(executable, script, options=options)
        equal((done.status, done.out), (0, alone), f"status and output with {options} ({done.err})")
        if "--time=exact" in options:
            calls = {row["function"]: row["calls"] for row in bench.json(done.trace, "--view=functions")["rows"]}
            equal(calls["work"], 4, "calls of work")
        if "--lines=work" in options:
            rows = bench.json(done.trace, "--view=lines", "--function=work")["rows"]
            equal({row["line"]: row["hits"] for row in rows}[9], 4, "occurrences of line 9")


for _version, _executable in interpreters():
    add_case("python_own_hooks_%d_%d_%d" % _version, own_hooks, _executable)


FORKS = """\
import multiprocessing, os, time
def burn(how):
    start = time.process_time()
    while time.process_time() < start + 0.2:
        sum(range(1000))
    return len(bytearray(100000))
if __name__ == "__main__":
    if os.fork() == 0:
        burn("fork")
        os._exit(3)
    os.wait()
    for how in "fork", "spawn", "forkserver":
        with multiprocessing.get_context(how).Pool(1) as pool:
            assert pool.apply(burn, [how]) == 100000
"""


@case
def python_pools(bench):
    """Children of each kind are sampled, and have what they allocate."""
    done = bench.record(DEBIAN, write(bench, "forks.py", FORKS))
    equal((done.status, done.out), (0, ""), f"status and output ({done.err})")
    times = []
    for pid in {process["pid"] for process in bench.json(done.trace)["processes"]}:
        rows = bench.json(done.trace, "--view=functions", f"--process={pid}")["rows"]
        times += [row["total_s"] for row in rows if row["function"] == "burn"]
    check(len(times) == 4 and all(0.1 <= time <= 0.4 for time in times), f"seconds of burn(), 0.2 in each child: {times}")


PROFILER = """\
import cProfile, io, pstats, threading
def work(n):
    return [0] * n
def section():
    with cProfile.Profile() as profiler:
        for i in range(5):
            work(i)
    return profiler
def show(profiler):
    print(sorted((key[2], value[:2]) for key, value in pstats.Stats(profiler, stream=io.StringIO()).stats.items()))
work(1)
show(section())
work(2)
thread = threading.Thread(target=section)
thread.start()
thread.join()
profiler = cProfile.Profile()
profiler.runcall(work, 3)
show(profiler)
work(4)
"""


def own_profiler(bench, executable):
    """cProfile counts what it counts without us, and our counts don't end where it begins."""
    script = write(bench, "profiler.py", PROFILER)
    alone = bench.run(executable, script).out
    done = bench.record(executable, script, options=["--time=exact"])
    equal((done.status, done.out), (0, alone), f"status and output ({done.err})")
    calls = {row["function"]: row["calls"] for row in bench.json(done.trace, "--view=functions")["rows"]}
    equal(calls["work"], 14, "calls of work")


for _version, _executable in interpreters():
    add_case("python_own_profiler_%d_%d_%d" % _version, own_profiler, _executable)


THREADS = """\
import concurrent.futures, threading
def work(n):
    return len(bytearray(n * 1000))
class Mine(threading.Thread):
    def run(self):
        work(7)
threads = [threading.Thread(target=work, args=(5,), name="a longer name than 15 letters \u00fc"), Mine(name="mine")]
for thread in threads:
    thread.start()
    thread.join()
with concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
    print(sum(pool.map(work, range(3))))
"""


def thread_names(bench, executable):
    """Threads are called as Python calls them."""
    script = write(bench, "threads.py", THREADS)
    for options in [], ["--time=off"], ["--time=exact"]:
        done = bench.record(executable, script, options=options)
        equal((done.status, done.out), (0, "3000\n"), f"status and output ({done.err})")
        names = {row["name"] for row in bench.json(done.trace, "--view=threads")["rows"]}
        check({"a longer name than 15 letters \u00fc", "mine", "pool_0"} <= names, f"names with {options}: {names}")


for _version, _executable in interpreters():
    add_case("python_thread_names_%d_%d_%d" % _version, thread_names, _executable)


DAEMONS = """\
import threading
started = threading.Barrier(9)
def forever():
    started.wait()
    while True:
        bytearray(600)
for i in range(8):
    threading.Thread(target=forever, daemon=True).start()
started.wait()
print("ends")
"""


def threads_at_the_end(bench, executable):
    """Threads that are left allocate while they end, with the interpreter's states of them freed; here, overwritten."""
    script = write(bench, "daemons.py", DAEMONS)
    for options in [], ["--time=off"], ["--time=exact"], ["--pymalloc"]:
        done = bench.record(executable, script, options=options, env=dict(os.environ, PYTHONMALLOC="debug"))
        equal((done.status, done.out), (0, "ends\n"), f"status and output with {options} ({done.err})")


for _version, _executable in interpreters():
    add_case("python_threads_at_the_end_%d_%d_%d" % _version, threads_at_the_end, _executable)
