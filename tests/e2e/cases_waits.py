"""Time of the wall (--clock=wall): who waited, for how long, and that nobody is disturbed."""
import os
import signal
import subprocess
import time

from cases_python import interpreters
from harness import add_case, case, check, equal, same_as_alone

WALL = ("--quiet", "--clock=wall")
LATE = 0.01  # seconds: samples of CPU time stand for as much as this too much, or come as much too late
ASKED = 0.06
SOME = ASKED / 2  # a thread that does not get a CPU at once waits for less than was meant
NOTICED = 0.5  # that the recorder may notice a thread's beginning late


def times(bench, trace, column="total_s"):
    """Seconds by function, in the first process: in it and in all that it calls."""
    first = bench.json(trace)["processes"][0]["pid"]
    rows = bench.json(trace, "--view=functions", "--limit=0", f"--process={first}")["rows"]
    return {row["function"]: row[column] or 0 for row in rows}


@case
def waits_are_of_those_who_wait(bench):
    """By function, each wait is about as long as was asked for, and as the program itself measured around it at most."""
    measured = bench.path("measured")
    recorded = same_as_alone(bench, bench.program("waits"), measured, options=WALL)
    check("LD_PRELOAD is not set\n" in recorded.out, recorded.out)
    total = times(bench, recorded.trace)
    with open(measured, encoding="utf-8") as lines:
        for line in lines:
            name, ns = line.split()
            check(SOME <= total.get(name, 0) <= int(ns) / 1e9 + LATE, f"{name}: {total.get(name)} s, of {int(ns) / 1e9}")
    for thread in bench.json(recorded.trace, "--view=threads")["rows"]:
        life = thread["end_s"] - thread["start_s"]
        check(thread["self_s"] <= life + NOTICED, f"a life of {life} s: {thread['self_s']}")
    process = bench.json(recorded.trace)["processes"][0]
    equal((process["time"]["mode"], process["time"]["clock"]), ("sample", "wall"), "mode and clock")


@case
def waits_are_functions_of_libc(bench):
    """What waited is named, below who called it; the library is in no stack, and what it asks for itself is nobody's."""
    recorded = bench.record(bench.program("waits"), bench.path("measured"), options=WALL)
    rows = bench.json(recorded.trace, "--view=functions", "--limit=0")["rows"]
    equal([row["function"] for row in rows if "libmemtrace" in (row["module"] or "")], [], "functions of the library")
    own = times(bench, recorded.trace, "self_s")
    for name in ("nanosleep", "usleep", "poll", "select", "epoll_wait", "read", "fgets", "pthread_mutex_lock", "sem_wait",
                 "pthread_cond_timedwait", "waitpid", "syscall", "pthread_rwlock_wrlock"):
        check(own.get(name, 0) >= SOME, f"{name}: {own.get(name)}")
    alone = bench.record(bench.program("waits"), bench.path("measured"))
    equal(bench.totals(recorded.trace)["allocations"], bench.totals(alone.trace)["allocations"], "allocations")


def is_asleep(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "S"


@case
def waits_that_never_end(bench):
    """A program that is killed while it waits has waited."""
    words, trace = bench.record_command("/bin/cat", options=WALL)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
        process.stdin.write(b"word\n")
        process.stdin.flush()
        equal(process.stdout.readline(), b"word\n", "what cat says")
        children = subprocess.run(["pgrep", "-P", str(process.pid)], stdout=subprocess.PIPE, check=True).stdout.split()
        pid = int(children[0])
        while not is_asleep(pid):
            pass
        since = time.monotonic()
        while time.monotonic() < since + ASKED:
            pass
        os.kill(pid, signal.SIGKILL)
        process.wait()
    waited = times(bench, trace).get("read", 0)
    check(waited >= ASKED - LATE, f"read: {waited}")
    thread = bench.json(trace, "--view=threads")["rows"][0]
    life = thread["end_s"] - thread["start_s"]
    check(waited <= thread["self_s"] <= life + NOTICED, f"a life of {life} s: {thread['self_s']}")


@case
def waits_of_children(bench):
    """The second library goes to the children, too, and stays out of their environment."""
    recorded = same_as_alone(bench, "/bin/sh", "-c", "env | grep -c LD_PRELOAD; sleep 0.06; exit 3", options=WALL)
    total = times(bench, recorded.trace)
    check(total.get("waitpid", 0) + total.get("wait3", 0) + total.get("wait4", 0) >= SOME, f"the shell did not wait: {total}")
    rows = bench.json(recorded.trace, "--view=functions", "--limit=0")["rows"]
    slept = sum(row["self_s"] or 0 for row in rows if row["function"] in ("nanosleep", "clock_nanosleep"))
    check(slept >= SOME, f"nobody slept: {rows[:5]}")


PYTHON = """\
import threading, time
def naps():
    time.sleep(0.06)
def waits(lock):
    with lock:
        pass
lock = threading.Lock()
lock.acquire()
other = threading.Thread(target=waits, args=(lock,))
other.start()
naps()
lock.release()
other.join()
"""


def python_waits(bench, python):
    recorded = same_as_alone(bench, python, "-c", PYTHON, options=WALL)
    total = times(bench, recorded.trace)
    for name in ("naps", "waits"):
        check(total.get(name, 0) >= SOME, f"{name}: {total.get(name)}")


for _version, _executable in interpreters():
    add_case("python_waits_%d_%d_%d" % _version, python_waits, _executable)
