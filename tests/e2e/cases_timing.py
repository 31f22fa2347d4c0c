"""Sampled function timings: whether the samples that come are as many as asked for and where the time went, and whether
the program can tell that it is sampled. All times are of the CPU, so that a busy machine makes no difference."""
import os
import shutil
import sys
from collections import Counter

from harness import Failure, Skip, case, check, equal, same_as_alone

SHARES = {"fifty": 50, "thirty": 30, "fifteen": 15, "five": 5}
POINTS = 5  # that a share of 1,500 samples may be off: 3.8 standard deviations


class Samples:
    """What list_samples says of a trace: samples by leaf of the program, by function anywhere, by thread; nanoseconds."""

    def __init__(self, bench, trace):
        listed = bench.run(os.path.join(bench.build, "tests", "list_samples"), trace)
        equal(listed.status, 0, f"list_samples: {listed.err}")
        self.processes, self.holding, self.by_thread = [], Counter(), Counter()
        self.count = self.ns = 0
        for line in listed.out.splitlines():
            if line.startswith("process "):
                self.processes.append(line.split(" ", 6)[1:])
                continue
            _, _, tid, count, ns, stack = line.split(" ", 5)
            self.count += int(count)
            self.ns += int(ns)
            self.by_thread[int(tid)] += int(count)
            for function in set(stack.split(";")):
                self.holding[function] += int(count)


def sample(bench, *command, frequency=1000, options=(), before=(), **how):
    words, trace = bench.record_command(*command, options=["-q", f"--frequency={frequency}", *options])
    result = bench.run(*before, *words, **how)
    if result.status == 77 and before:
        raise Skip("no filter of system calls here")
    equal((result.status, result.err), (0, ""), "status and standard error")
    return result, Samples(bench, trace)


def check_rate(got, ns, frequency, what):
    want = ns * frequency / 1e9
    check(0.8 * want <= got <= 1.05 * want + 3, f"{what}: {got} samples of {want:.0f}")


def check_shares(result, samples, frequency=1000, points=POINTS):
    ns = int(result.out.split()[1])
    check_rate(samples.count, ns, frequency, "samples")
    equal(samples.ns, samples.count * (987100000 // frequency), "time that the samples stand for")
    for function, share in SHARES.items():
        got = 100 * samples.holding[function] / samples.count
        check(abs(got - share) <= points, f"{function}: {got:.1f} %, want {share}")
    whole = samples.holding["main"] / samples.count
    check(whole > 0.98, f"stacks that lead to main: {whole:.3f}")


@case
def samples_find_where_time_goes(bench):
    for options in ([], ["--memory=off"]):
        result, samples = sample(bench, bench.program("shares"), "1500", options=options)
        check_shares(result, samples)
        equal(samples.processes[0][2:5], ["1", "0", "1000"], "mode, clock and frequency")


@case
def samples_come_at_the_rate_asked(bench):
    for frequency in (100, 250, 4000):
        result, samples = sample(bench, bench.program("shares"), "500", frequency=frequency)
        check_rate(samples.count, int(result.out.split()[1]), frequency, f"at {frequency}")


@case
def samples_of_each_thread(bench):
    result, samples = sample(bench, bench.program("shares"), "250", "8")
    lines = [line.split() for line in result.out.splitlines()]
    equal(len(lines), 8, "threads")
    for tid, ns in lines:
        check_rate(samples.by_thread[int(tid)], int(ns), 1000, f"thread {tid}")


@case
def samples_of_threads_born_past_the_hooks(bench):
    _, samples = sample(bench, bench.program("births"), "300")
    check(samples.holding["of_posix"] > 200, f"of a POSIX thread: {samples.holding['of_posix']} samples")
    check(samples.holding["of_c11"] > 150, f"of a C11 thread: {samples.holding['of_c11']} samples")


@case
def samples_of_an_ordinary_user(bench):
    if os.getuid() != 0 or not shutil.which("setpriv"):
        raise Skip("only root can become somebody else")
    os.chmod(bench.directory, 0o777)
    before = ["setpriv", "--reuid=65534", "--clear-groups"]
    if bench.run(*before, "test", "-x", bench.memtrace).status != 0:
        raise Skip("an ordinary user can't reach this build")
    result, samples = sample(bench, bench.program("shares"), "1500", before=before)
    check_shares(result, samples)


@case
def samples_by_timers_where_events_are_refused(bench):
    before = [bench.program("refuse")]
    result, samples = sample(bench, bench.program("shares"), "1500", before=before)
    check_shares(result, samples, points=2 * POINTS)  # the clock ticks for several of them at once
    result, _ = sample(bench, bench.program("execs"), "3", before=before, frequency=4000)
    equal(result.out, "", "children that did not end well")


@case
def samples_interrupt_no_call(bench):
    result, samples = sample(bench, bench.program("eintr"), frequency=4000)
    check(samples.count > 100, f"only {samples.count} samples")
    for line in result.out.splitlines():
        equal(line.split()[1], "0", f"calls interrupted: {line}")


@case
def samples_never_meet_another_image(bench):
    """The signal would kill it."""
    command = [bench.program("execs"), "12", bench.program("static")]
    recorded = bench.record(*command, options=["--frequency=4000"])
    equal((recorded.status, recorded.out), (0, bench.run(*command).out), "status and output")
    check(Samples(bench, recorded.trace).count > 100, "samples")
    alone = bench.record(*command, options=["--frequency=4000", "--children=off", "-q"])
    equal((alone.status, alone.out), (0, recorded.out), "status and output without its children")


@case
def samples_leave_signals_to_the_program(bench):
    recorded = same_as_alone(bench, bench.program("signals"), options=["-q", "--frequency=4000"])
    check(Samples(bench, recorded.trace).count > 50, "samples")
    alone = bench.run(bench.program("signals"))
    words, _ = bench.record_command(bench.program("signals"), options=["-q", "--frequency=4000"])
    by_timers = bench.run(bench.program("refuse"), *words)
    if by_timers.status != 77:
        equal((by_timers.status, by_timers.out), (alone.status, alone.out), "sampled by timers")


@case
def samples_end_before_a_filter_of_system_calls(bench):
    for how in ("prctl", "seccomp", "strict"):
        alone = bench.run(bench.program("filter"), how)
        if alone.status == 77:
            raise Skip("no filters of system calls here")
        equal(alone.status, 7, f"{how}: status alone")
        recorded = bench.record(bench.program("filter"), how, options=["-q", "--frequency=4000"])
        equal((recorded.status, recorded.err), (7, ""), f"{how}: status and standard error")
        check(Samples(bench, recorded.trace).count > 20, f"{how}: samples before")
        if how != "strict":
            check(bench.totals(recorded.trace)["frees"] >= 100000, f"{how}: what came after is missing")


@case
def samples_and_allocations_together(bench):
    """Samples change nothing of what is known of allocations."""
    recorded = bench.record(bench.sample("leak"), options=["-q", "--frequency=10000"])
    totals = bench.totals(recorded.trace)
    equal((totals["allocations"], totals["frees"], totals["leaked_bytes"]), (16, 5, 1064), "totals")


@case
def samples_are_summed_up_and_options_checked(bench):
    recorded = bench.record(bench.program("shares"), "100")
    check(" samples\n" in recorded.err, recorded.err)
    check("samples" not in bench.record("/bin/true", options=["--time=off"]).err, "samples with --time=off")
    for option in ("--frequency=0", "--frequency=10001"):
        result = bench.run(bench.memtrace, "record", option, "true")
        equal((result.status, len(result.err.splitlines())), (125, 1), f"{option}: {result.err}")
        if option.split("=")[0] not in result.err:
            raise Failure(f"{option} is not named: {result.err}")


PYTHON = """\
import threading, time
class Shape:
    def even(self, n):
        return n if n <= 0 else self.odd(n - 1) + 1
    def odd(self, n):
        return self.even(n - 1) if n % 3 else sum(numbers(3)) + self.even(n - 1)
def numbers(n):
    for i in range(n):
        yield (lambda j: j + 1)(i)
def failing(n):
    try:
        if n:
            failing(n - 1)
        raise ValueError
    except ValueError:
        if n % 2:
            raise
def work():
    end = time.thread_time() + 0.4
    while time.thread_time() < end:
        Shape().even(30)
        sorted(numbers(9), key=lambda v: -v)
        failing(6)
        exec("def fresh(z): return z\\nfresh(1)")
threads = [threading.Thread(target=work) for i in range(3)]
for t in threads:
    t.start()
work()
for t in threads:
    t.join()
print("done")
"""


@case
def samples_of_python(bench):
    """A sample may come while the interpreter makes a frame: 16,000 of them do no harm, and find Python's functions."""
    python = next((p for p in ("/usr/bin/python3", sys.executable) if os.access(p, os.X_OK)), None)
    script = bench.path("script.py")
    with open(script, "w", encoding="ascii") as file:
        file.write(PYTHON)
    result, samples = sample(bench, python, script, frequency=10000)
    equal(result.out, "done\n", "output")
    check(samples.holding["work"] > 0.7 * samples.count, f"{samples.holding['work']} of {samples.count} in work()")
