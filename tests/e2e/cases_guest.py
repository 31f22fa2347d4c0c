"""What the library does in the program while it allocates: no system call, no lock, no thread, little of its stack."""
import os
import re
import shutil

from harness import Skip, case, check, equal

STACK_BYTES_MAX = 4096


@case
def no_system_call_or_lock_step_by_step(bench):
    recorded = bench.record(bench.program("steps"), options=["-q", "--time=off"])
    equal((recorded.status, recorded.err), (0, ""), "status and standard error")
    lines = recorded.out.splitlines()
    equal(len(lines), 35, "kinds of calls")
    for line in lines:
        _, steps, calls, locks, stack = line.split()
        check(int(steps) > 0, f"nothing was seen of the library: {line}")
        equal((calls, locks), ("0", "0"), f"system calls and locks: {line}")
        check(int(stack) <= STACK_BYTES_MAX, f"bytes of stack: {line}")


@case
def no_system_call_or_thread_by_strace(bench):
    if not shutil.which("strace"):
        raise Skip("strace is not installed")
    out = bench.path("calls")
    # without samples, whose signal comes when it likes
    words, trace = bench.record_command(bench.program("phases"), options=["-q", "--time=off"])
    # a leak checker traces, too
    options = os.environ.get("ASAN_OPTIONS", "")
    traced = bench.run("strace", "-f", "-qq", "-o", out, *words, env={**os.environ, "ASAN_OPTIONS": options + ":detect_leaks=0"})
    if not os.path.exists(trace):
        raise Skip(f"strace can't trace here: {traced.err[:200]}")
    equal(traced.status, 0, f"exit status ({traced.err})")
    calls = {}  # of each thread, in order
    with open(out, encoding="utf-8", errors="replace") as file:
        for line in file:
            tid, call = line.split(None, 1)
            if not call.startswith("<... "):  # the rest of one that was seen to begin
                calls.setdefault(tid, []).append(call)
    phases = 0
    for tid, made in calls.items():
        marks = [i for i, call in enumerate(made) if call.startswith("getppid(")]
        if len(marks) < 2:
            continue
        phases += 1
        equal(made[marks[-2] + 1:marks[-1]], [], f"system calls of thread {tid} while it allocates")
    equal(phases, 4, "threads seen")
    program = [made for made in calls.values() if any(re.match(r'execve\("[^"]*/phases"', call) for call in made)]
    equal(len(program), 1, "programs seen")
    began = max(i for i, call in enumerate(program[0]) if call.startswith("execve("))
    created = [call for call in program[0][began:] if re.match(r"(clone3?|v?fork)\(", call)]
    equal(len(created), 4, "threads and processes that the program made")


@case
def interrupted_at_every_instruction(bench):
    """However often a handler allocates while the library is at work: each event is recorded, or counted as lost."""
    for every in (1, 10, 300):
        for more in ([], ["own-stack"]):
            recorded = bench.record(bench.program("interrupted"), str(every), *more, options=["-q"])
            what = f"every {every} {more}"
            equal(recorded.status, 0, f"{what}: exit status ({recorded.err})")
            check("no sense" not in recorded.err, f"{what}: {recorded.err}")
            handled = int(recorded.out)
            check(handled > 0, f"{what}: never interrupted")
            undisturbed = bench.totals(recorded.trace, "--filter=^undisturbed$")
            equal((undisturbed["allocations"], undisturbed["frees"]), (6, 6), f"{what}: undisturbed calls")
            got = bench.totals(recorded.trace, "--filter=^(in_handler|interrupted|undisturbed)$")
            equal(got["allocations"] + got["frees"] + got["lost_events"], 2 * (handled + 12), f"{what}: events")
