"""The contract of `memtrace` and `memtrace record`: words, files, statuses, and what the program sees of its world."""
import csv
import io
import os
import re
import shutil
import signal
import stat
import subprocess

from harness import Skip, case, check, compare, equal, same_as_alone

LEAK = {"allocations": 16, "frees": 5, "peak_bytes": 2000, "leaked_bytes": 1064, "leaked_blocks": 11}


def one_line(result, what):
    lines = result.err.splitlines()
    equal(len(lines), 1, f"{what}: lines on standard error ({result.err!r})")
    return lines[0]


@case
def program_with_the_longest_name(bench):
    """Its trace has as much of that as fits into a name."""
    name = "n" * 255
    shutil.copy(bench.sample("leak"), bench.path(name))
    equal(bench.run(bench.memtrace, "record", "-q", "./" + name).status, 0, "status")
    equal(len([file for file in os.listdir(bench.directory) if file.startswith("memtrace." + "n" * 200 + ".")]), 1, "traces")


@case
def front_version_and_help(bench):
    for words in (["--version"], ["record", "--version"], ["report", "--version"], ["view", "--version"]):
        result = bench.run(bench.memtrace, *words)
        equal(result.status, 0, f"status of {words}")
        check(re.fullmatch(r"memtrace\S* \d+\.\d+\.\d+\n", result.out), f"{words}: {result.out!r}")
    for words in (["--help"], ["record", "--help"], ["report", "--help"], ["view", "--help"], ["export", "--help"]):
        result = bench.run(bench.memtrace, *words)
        equal(result.status, 0, f"status of {words}")
        equal(result.out.count("usage: "), 1, f"{words}: usage lines in {result.out[:200]!r}")
        check(result.out.startswith("usage: memtrace"), f"{words}: {result.out[:200]!r}")
        equal(result.err, "", f"standard error of {words}")


@case
def output_that_is_lost_is_said(bench):
    """What was to be printed, and could not be, is no success."""
    if not os.path.exists("/dev/full"):
        raise Skip("there is no /dev/full")
    trace = bench.record(bench.sample("leak")).trace
    commands = ("record", "report", "view", "diff", "export")
    for words in (["--help"], ["--version"], *([command, option] for command in commands for option in ("--help", "--version")),
                  ["view", "--dump=summary", trace], ["report", trace], ["diff", trace, trace], ["export", "--to=folded", trace]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([bench.memtrace, *words], stdout=full, stderr=subprocess.PIPE, timeout=60, cwd=bench.directory)
        equal(done.returncode, 1, f"status of {words}")
        check(b"standard output: No space left" in done.stderr, f"{words}: {done.stderr!r}")


@case
def front_refuses_what_is_no_command(bench):
    for words in ([], ["bogus"], ["diff", "a"], ["export", "--to=none", "a"], ["--bogus"], ["../record"]):
        result = bench.run(bench.memtrace, *words)
        equal(result.status, 2, f"status of {words}")
        check(one_line(result, words).startswith("memtrace: "), result.err)
        equal(result.out, "", f"standard output of {words}")


@case
def record_help_names_every_option(bench):
    text = bench.run(bench.memtrace, "record", "--help").out
    for option in ("--output", "--force", "--quiet", "--time", "--frequency", "--clock", "--memory", "--python",
                   "--pymalloc", "--children", "--addresses"):
        check(option in text, f"{option} is missing in {text}")


@case
def record_passes_exit_status(bench):
    for status in (0, 1, 42, 255):
        equal(bench.record("/bin/sh", "-c", f"exit {status}").status, status, "status")
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGABRT, signal.SIGSEGV):
        equal(bench.record("/bin/sh", "-c", f"kill -{int(number)} $$").status, 128 + number, f"status after {number}")


@case
def record_says_what_can_not_run(bench):
    script = bench.path("not-executable")
    with open(script, "w", encoding="ascii") as file:
        file.write("#!/bin/sh\n")
    for command, status in ((["/nonexistent/program"], 127), (["no-such-program-anywhere"], 127), ([script], 126),
                            (["/"], 126)):
        words, _ = bench.record_command(*command)
        result = bench.run(*words)
        equal(result.status, status, f"status of {command}")
        one_line(result, command)
        equal([name for name in os.listdir(bench.directory) if name.endswith(".zst")], [], "traces left behind")


@case
def record_of_a_script_alone_is_hinted_at(bench):
    """As other profilers of Python take it: it is here, but in no PATH, or can't be executed."""
    with open(bench.path("script.py"), "w", encoding="ascii") as file:
        file.write("print(1)\n")
    for name, status in (("script.py", 127), ("./script.py", 126)):
        result = bench.run(bench.memtrace, "record", name)
        equal(result.status, status, f"status of {name}")
        one_line(result, name)
        check("memtrace record python3 SCRIPT" in result.err, result.err)


@case
def record_usage_errors(bench):
    for words in ([], ["--bogus", "true"], ["--time=often", "true"], ["--frequency=x", "true"], ["-o"]):
        result = bench.run(bench.memtrace, "record", *words)
        equal(result.status, 125, f"status of {words}")
        one_line(result, words)


@case
def record_runs_from_path_and_names_trace(bench):
    env = {**os.environ, "PATH": os.path.dirname(bench.sample("leak")) + ":" + os.environ["PATH"]}
    result = bench.run(bench.memtrace, "record", "leak", env=env)
    equal(result.status, 0, "status")
    traces = [name for name in os.listdir(bench.directory) if re.fullmatch(r"memtrace\.leak\.\d+\.zst", name)]
    equal(len(traces), 1, f"traces by the default name in {os.listdir(bench.directory)}")
    compare(bench.totals(bench.path(traces[0])), LEAK, "totals")


@case
def record_closing_summary(bench):
    result = bench.record(bench.sample("leak"))
    equal(result.out, "", "standard output")
    lines = result.err.splitlines()
    check(1 <= len(lines) <= 2, f"one or two lines, not {result.err!r}")
    check(result.trace in result.err and "memtrace view" in result.err, result.err)
    check("16" in result.err, f"allocations are missing in {result.err!r}")
    equal(bench.record(bench.sample("leak"), options=["-q"]).err, "", "standard error with -q")


@case
def record_trace_is_private(bench):
    trace = bench.new_trace()
    old = os.umask(0)
    try:
        bench.record(bench.sample("leak"), trace=trace)
    finally:
        os.umask(old)
    equal(stat.S_IMODE(os.stat(trace).st_mode), 0o600, "mode of the trace")


@case
def record_never_overwrites(bench):
    trace = bench.path("precious")
    with open(trace, "w", encoding="ascii") as file:
        file.write("precious")
    words, _ = bench.record_command("/bin/echo", "ran", trace=trace)
    result = bench.run(*words)
    equal(result.status, 125, "status")
    equal(result.out, "", "the program must not have run")
    check(trace in one_line(result, "refusal"), result.err)
    with open(trace, encoding="ascii") as file:
        equal(file.read(), "precious", "the file")
    os.chmod(trace, 0o644)
    result = bench.record("/bin/echo", "ran", options=["--force"], trace=trace)
    equal((result.status, result.out), (0, "ran\n"), "with --force")
    equal(bench.json(trace)["trace"]["complete"], True, "complete")
    equal(stat.S_IMODE(os.stat(trace).st_mode), 0o600, "mode of the new trace")


@case
def record_never_follows_symlinks(bench):
    victim, link, dangling = bench.path("victim"), bench.path("link"), bench.path("dangling")
    with open(victim, "w", encoding="ascii") as file:
        file.write("precious")
    os.symlink(victim, link)
    os.symlink(bench.path("nowhere"), dangling)
    for options in ([], ["-f"]):
        for trace in (link, dangling):
            words, _ = bench.record_command("/bin/true", options=options, trace=trace)
            bench.run(*words)
            with open(victim, encoding="ascii") as file:
                equal(file.read(), "precious", f"the victim, {options}")
            check(not os.path.exists(bench.path("nowhere")), "a file was made through the symlink")


@case
def record_unwritable_place(bench):
    words, _ = bench.record_command("/bin/echo", "ran", trace=bench.path("no", "such", "directory.zst"))
    result = bench.run(*words)
    equal((result.status, result.out), (125, ""), "status and output")
    one_line(result, "refusal")


@case
def trace_is_zstd(bench):
    result = bench.record(bench.sample("temporary"))
    check(bench.run("zstd", "-q", "-t", result.trace).status == 0, "zstd -t refuses the trace")


@case
def streams_and_arguments_are_the_programs(bench):
    same_as_alone(bench, "/bin/cat", stdin=b"\x00\xffin and out\n" * 10000)
    same_as_alone(bench, "/usr/bin/printf", "%s|", "a b", "", "-o", "--", "\\", "\u00e9", "$HOME", "*")
    same_as_alone(bench, "/bin/sh", "-c", "echo out; echo err >&2; exit 7")
    same_as_alone(bench, "/bin/pwd")


@case
def environment_is_the_programs(bench):
    for env in ({**os.environ, "ODD": "a=b\nc"}, {"PATH": "/usr/bin:/bin"}, {}):
        same_as_alone(bench, "/usr/bin/env", env=env)
        same_as_alone(bench, bench.program("environment"), env=env)
        same_as_alone(bench, "/bin/sh", "-c", "env | sort | grep -v ^_=", env=env)


@case
def own_preload_is_kept(bench):
    library = bench.program("user_preload.so")
    env = {**os.environ, "LD_PRELOAD": library}
    recorded = same_as_alone(bench, bench.program("environment"), env=env)
    check(f"LD_PRELOAD={library}\n" in recorded.out, recorded.out)
    check("getppid 4242\n" in recorded.out, "the user's library is not in force")
    recorded = same_as_alone(bench, "/bin/sh", "-c", bench.program("environment"), env=env)
    check("getppid 4242\n" in recorded.out, "the user's library is not in force in a child")


@case
def orphans_are_inits(bench):
    """Whoever waits for the end of its parent by getppid() sees it end, though the recorder takes in the orphans."""
    recorded = bench.record(bench.program("orphan"), options=("--quiet", "--time=off"))
    equal((recorded.status, recorded.out), (0, "1\n"), "status and the orphan's parent")


@case
def process_looks_the_same(bench):
    """Open files, signal masks and dispositions, number of threads and children, limits: as the program alone has them."""
    same_as_alone(bench, bench.program("inside"), options=("--quiet", "--time=off"))


@case
def interrupt_reaches_the_program(bench):
    """Ctrl-C: the whole foreground group gets SIGINT; the recorder finishes the trace all the same."""
    words, trace = bench.record_command(bench.program("wait"))
    with subprocess.Popen(words, cwd=bench.directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True) as process:
        equal(process.stdout.readline(), b"ready\n", "the program's first word")
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        equal(process.returncode, 128 + signal.SIGINT, "status")
    state = bench.json(trace)
    equal(state["trace"]["complete"], True, "complete")
    equal(state["processes"][0]["signal"], int(signal.SIGINT), "signal")
    check(state["totals"]["allocations"] >= 100000, "allocations are missing")


@case
def terminate_is_passed_on(bench):
    """SIGTERM at the recorder alone, as `timeout memtrace record …` sends it, ends the program too."""
    words, trace = bench.record_command(bench.program("wait"))
    with subprocess.Popen(words, cwd=bench.directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True) as process:
        equal(process.stdout.readline(), b"ready\n", "the program's first word")
        process.terminate()
        process.communicate(timeout=60)
        equal(process.returncode, 128 + signal.SIGTERM, "status")
    equal(bench.json(trace)["trace"]["complete"], True, "complete")


@case
def terminate_reaches_who_is_left(bench):
    """Once the program has ended, SIGTERM at the recorder is for those whom it left running."""
    words, trace = bench.record_command("/bin/sh", "-c", 'exec 3<&0; "$0" <&3 & exit 0', bench.program("wait"))
    with subprocess.Popen(words, cwd=bench.directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True) as process:
        equal(process.stdout.readline(), b"ready\n", "the program's first word")
        for _ in range(100):  # the first may still be the shell's
            process.terminate()
            try:
                process.wait(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                pass
        else:
            os.killpg(process.pid, signal.SIGKILL)
        check(process.returncode in (0, 128 + signal.SIGTERM), f"status {process.returncode}")
    equal(bench.process_named(trace, "wait")["signal"], int(signal.SIGTERM), "signal")


@case
def growing_trace_can_be_read(bench):
    words, trace = bench.record_command(bench.program("wait"))
    with subprocess.Popen(words, cwd=bench.directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        equal(process.stdout.readline(), b"ready\n", "the program's first word")
        for _ in range(200):
            state = bench.json(trace)
            if state["totals"]["allocations"] > 0:
                break
        process.communicate(b"go\n", timeout=60)
        equal(process.returncode, 0, "status")
    check(state["totals"]["allocations"] > 0, "no finished block could be read while the program ran")
    equal(state["trace"]["complete"], False, "complete while the program runs")
    equal(bench.json(trace)["trace"]["complete"], True, "complete at the end")


@case
def recorder_killed_program_goes_on(bench):
    words, trace = bench.record_command(bench.program("wait"))
    with subprocess.Popen(words, cwd=bench.directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        equal(process.stdout.readline(), b"ready\n", "the program's first word")
        process.kill()
        out, _ = process.communicate(b"go\n", timeout=60)
    equal(out, b"done\n", "the program's last word")
    if os.path.getsize(trace) == 0:
        raise Skip("the recorder was killed before it had finished a block")
    result = bench.report(trace)
    check(result.err != "", "that the trace is cut off is not said")
    equal(bench.json(trace)["trace"]["complete"], False, "complete")


@case
def memory_off_and_children_off(bench):
    result = bench.record(bench.sample("leak"), options=["--memory=off"])
    equal(bench.totals(result.trace)["allocations"], None, "allocations with --memory=off")
    result = bench.record(bench.sample("children.sh"), options=["--children=off"])
    names = [os.path.basename(p["command"].split(" ")[0]) for p in bench.json(result.trace)["processes"]]
    check("leak" not in names, f"children were recorded: {names}")


@case
def what_was_not_recorded_is_not_zero(bench):
    """Nobody shall take a leak for none because allocations were not recorded."""
    said = "allocations were not recorded"
    for times in ("sample", "off"):
        result = bench.record(bench.sample("leak"), options=["--memory=off", f"--time={times}"])
        check("allocations not recorded (--memory=off)" in result.err and " 0 B" not in result.err,
              f"the closing line: {result.err}")
        for view in ("summary", "leaks", "sizes"):
            text = bench.report(result.trace, f"--view={view}").out
            check(said in text and "0 B" not in text and "0 ns" not in text, f"{view}, --time={times}: {text}")
        for view in ("summary", "heap", "threads"):
            text = bench.run(bench.memtrace, "view", f"--dump={view}", "--size=100x30", result.trace).out
            check("0 B" not in text and "0 ns" not in text and "peak 0" not in text,
                  f"{view}, --time={times}: {text}")
            check(said in text or view == "threads", f"{view}, --time={times}: {text}")
        data = bench.json(result.trace)
        for memory in [data["totals"]] + [p["memory"] for p in data["processes"]]:
            measured = {key for key, value in memory.items() if value is not None}
            check(measured <= {"lost_events", "samples"}, f"measured: {measured}")
        for view, key in (("functions", "total_peak_bytes"), ("lines", "increment_bytes"), ("threads", "allocations"),
                          ("timeline", "live_bytes")):
            rows = bench.json(result.trace, f"--view={view}")
            for row in rows["points" if view == "timeline" else "rows"]:
                equal(row[key], None, f"{key} of {view}")
        if times == "off":
            time = data["processes"][0]["time"]
            equal([time[key] for key in ("samples", "frequency", "self_s", "calls")], [None] * 4, "time")
    # Nor one process among others, in any format.
    result = bench.record("sh", "-c", '"$0"; exit 0', bench.program("static"))
    equal(bench.process_named(result.trace, "static")["memory"]["peak_bytes"], None, "peak of a static program")
    rows = list(csv.DictReader(io.StringIO(bench.report(result.trace, "--view=processes", "--format=csv").out)))
    (row,) = [row for row in rows if row["command"] == bench.program("static")]
    equal([row[key] for key in ("allocations", "peak_bytes", "leaked_bytes")], [""] * 3, "CSV of a static program")
    for view in ("processes", "summary"):
        text = bench.report(result.trace, f"--view={view}", "--width=200").out
        check(re.search(r"^ *\d+ +(5|-) +0( +-){3,4} +/\S+/static$", text, re.M), f"{view}: {text}")
