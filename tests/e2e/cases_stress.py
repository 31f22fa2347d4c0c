"""Ends at random moments, a stopped recorder, a full disk, forks among threads. The suite does each a few times;
tests/bench/stress as often as it is told. What a program counted itself in a file that outlives it is the truth."""
import os
import random
import select
import signal
import struct
import subprocess
import time

from harness import LIMIT_S, Skip, case, check, compare, equal

THREADS = 4
TALLY = struct.Struct("<Q32Q")


class Tallied:
    """The program tally under the recorder, and what it counted."""

    def __init__(self, bench, threads=THREADS, count=0):
        self.bench, self.trace, self.file = bench, bench.new_trace(), bench.path("tally")
        with open(self.file, "wb") as file:
            file.truncate(TALLY.size)
        words, _ = bench.record_command(bench.program("tally"), self.file, str(threads), str(count), options=["-q"],
                                        trace=self.trace)
        self.recorder = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.PIPE, cwd=bench.directory)

    def counted(self):
        """[finished, allocations begun, done, frees begun, done], of all threads together."""
        with open(self.file, "rb") as file:
            finished, *n = TALLY.unpack(file.read())
        return [finished] + [sum(n[i::4]) for i in range(4)]

    def wait_until(self, condition, what):
        """Polls."""
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            check(time.monotonic() < deadline and self.recorder.poll() is None, f"in vain waited until {what}")
            time.sleep(0.0005)

    def wait_for_events(self, least):
        self.wait_until(lambda: self.counted()[1] >= least, f"{least} allocations are begun")

    def wait_for_full_rings(self):
        """All threads of the program sleep."""
        def asleep(task):
            with open(f"{task}/stat", encoding="utf-8", errors="replace") as file:
                return file.read().rpartition(")")[2].split()[0] == "S"
        tasks = f"/proc/{self.program()}/task"
        self.wait_until(lambda: all(asleep(os.path.join(tasks, tid)) for tid in os.listdir(tasks)), "the rings are full")

    def program(self):
        """The program's pid, or None before it is started."""
        try:
            with open(f"/proc/{self.recorder.pid}/task/{self.recorder.pid}/children", encoding="ascii") as file:
                pids = [int(pid) for pid in file.read().split()]
        except OSError:
            return None
        return pids[0] if pids else None

    def end(self):
        """The recorder's exit status and what it said."""
        _, said = self.recorder.communicate(timeout=LIMIT_S)
        return self.recorder.returncode, said.decode()

    def opens(self):
        """The trace's report as JSON; report and view can both be had of it."""
        state = self.bench.json(self.trace)
        screen = self.bench.run(self.bench.memtrace, "view", "--dump", "top-down", "--size", "80x24", self.trace)
        equal(screen.status, 0, f"status of view --dump ({screen.err})")
        return state

    def holds_all(self):
        """No event is missing, and none too many."""
        _, begun, done, frees_begun, frees_done = self.counted()
        state = self.opens()
        got = self.bench.totals(self.trace, "--filter=^tallied$")
        if not any(process["recorded"] for process in state["processes"]):
            # It was killed before the library in it began: nothing is known, and nothing had been done.
            equal((begun, frees_begun, got["allocations"], got["frees"]), (0, 0, None, None), "of a program that did not begin")
            return 0
        check(done <= got["allocations"] <= begun, f"{got['allocations']} allocations, counted {done} to {begun}")
        check(frees_done <= got["frees"] <= frees_begun, f"{got['frees']} frees, counted {frees_done} to {frees_begun}")
        equal((state["totals"]["lost_events"], state["totals"]["inherited_frees"]), (0, 0), "lost and inherited")
        return got["allocations"] + got["frees"]


def random_moment(rng, run, seconds):
    """Waits for one: some event of the first thousands, then up to so many seconds, or any moment from the start on."""
    if rng.random() < 0.5:
        run.wait_for_events(rng.randrange(50000))
    time.sleep(seconds * rng.random() ** 2)


def kill_program(bench, times, seed, seconds):
    """Kills the program at random moments. The events that it lived to make are there, all of them."""
    rng, events = random.Random(seed), 0
    for _ in range(times):
        run = Tallied(bench)
        run.wait_until(run.program, "there is a program")
        pidfd = os.pidfd_open(run.program())
        random_moment(rng, run, seconds)
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.close(pidfd)
        status, said = run.end()
        if os.path.exists(run.trace):
            equal(status, 128 + signal.SIGKILL, f"exit status ({said})")
            events += run.holds_all()
            os.unlink(run.trace)
        else:
            equal(run.counted()[1], 0, "events of a program without a trace")
    return f"{times} programs killed, {events} events, none lost"


def open_process(pid):
    """A pidfd; None: there is no program yet, or it has ended just now."""
    try:
        return os.pidfd_open(pid) if pid else None
    except ProcessLookupError:
        return None


def kill_recorder(bench, times, seed, seconds):
    """Kills the recorder at random moments. The program comes to its end unharmed, and the trace opens."""
    rng, absent, events = random.Random(seed), 0, 0
    for _ in range(times):
        run = Tallied(bench, count=60000)
        random_moment(rng, run, seconds)
        pidfd = open_process(run.program())
        run.recorder.kill()
        run.end()
        if pidfd is not None:
            ended, _, _ = select.select([pidfd], [], [], LIMIT_S)
            check(ended, "the program hangs")
            os.close(pidfd)
            finished, begun, *_ = run.counted()
            check(finished or not begun, f"the program ended after {begun} allocations")
        if os.path.exists(run.trace) and os.path.getsize(run.trace):
            events += run.opens()["trace"]["events"]
        else:
            equal(run.counted()[1], 0, "events of a program without a trace")
            absent += 1
        if os.path.exists(run.trace):
            os.unlink(run.trace)
    return f"{times} recorders killed, {absent} before the program began, {events} events in the other traces"


def stop_recorder(bench, seconds):
    """Stops the recorder in the middle, for so long or until the rings are full: the program waits, nothing is lost."""
    run = Tallied(bench, count=300000)
    run.wait_for_events(50000)
    run.recorder.send_signal(signal.SIGSTOP)
    if seconds:
        time.sleep(seconds)
    else:
        run.wait_for_full_rings()
    finished, begun, *_ = run.counted()
    run.recorder.send_signal(signal.SIGCONT)
    status, said = run.end()
    equal((status, said), (0, ""), "status and standard error")
    check(not finished, "the recorder was stopped too late")
    events = run.holds_all()
    os.unlink(run.trace)
    return f"recorder stopped for {seconds} s after {begun} allocations, {events} events, none lost"


def fork_among_threads(bench, children, threads):
    recorded = bench.record(bench.program("forks"), str(children), str(threads), options=["-q"])
    equal((recorded.status, recorded.err), (0, ""), "status and standard error")
    processes = [p["memory"] for p in sorted(bench.json(recorded.trace)["processes"], key=lambda p: p["start_s"])]
    equal(len(processes), children + 1, "processes")
    for memory in processes[1:]:
        compare(memory, {"allocations": 10, "frees": 9, "leaked_blocks": 1, "leaked_bytes": 48, "lost_events": 0}, "a child")
    noise = bench.totals(recorded.trace, "--filter=^noise$")
    equal((noise["allocations"], noise["lost_events"]), (noise["frees"], 0), "allocations of the threads, and lost ones")
    os.unlink(recorded.trace)
    return f"{children} children of {threads} allocating threads, {noise['allocations']} allocations of theirs"


def fill_disk(bench, kib):
    """The trace's disk is full: it is said, the program doesn't notice, and what was written can be read."""
    if os.geteuid() != 0:
        raise Skip("only root may mount")
    where = bench.path("small")
    os.mkdir(where)
    if bench.run("mount", "-t", "tmpfs", "-o", f"size={kib}k", "memtrace-test", where).status != 0:
        raise Skip("can't mount here")
    try:
        run = Tallied.__new__(Tallied)
        run.bench, run.trace, run.file = bench, os.path.join(where, "trace.zst"), bench.path("tally")
        with open(run.file, "wb") as file:
            file.truncate(TALLY.size)
        words, _ = bench.record_command(bench.program("tally"), run.file, "2", "300000", trace=run.trace)
        result = bench.run(*words)
        finished, begun, done, *_ = run.counted()
        equal((finished, begun, done), (1, 600000, 600000), "what the program did")
        equal(result.status, 125, f"exit status ({result.err})")
        check("No space left" in result.err, f"it is not said: {result.err!r}")
        state = run.opens()
        equal(state["trace"]["complete"], False, "complete")
        return f"disk of {kib} KiB: {state['trace']['events']} of {2 * done} events in the trace; {result.err.strip()}"
    finally:
        bench.run("umount", where)


@case
def killed_programs_lose_nothing(bench):
    kill_program(bench, 5, 1, 0)


@case
def killed_recorders_leave_a_trace(bench):
    kill_recorder(bench, 5, 1, 0)


@case
def stopped_recorder_loses_nothing(bench):
    stop_recorder(bench, 0)


@case
def forks_among_allocating_threads(bench):
    fork_among_threads(bench, 40, 4)


@case
def full_disk_is_said(bench):
    fill_disk(bench, 256)
