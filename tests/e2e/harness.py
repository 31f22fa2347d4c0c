"""What the end-to-end cases are written with: recording a program, asking the report, comparing.

A case is a function with @case; it fails by raising. Its Bench gives it an empty directory of its own and the programs of
one build. Nothing here waits for time to pass: everything waits for an event, with a limit.
"""
import difflib
import json
import os
import re
import shlex
import subprocess
import tempfile

LIMIT_S = 60  # no run of a case takes nearly so long; a hang is a failure

CASES = {}


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def case(function):
    CASES[function.__name__] = function
    return function


def add_case(name, function, *arguments):
    """A case that calls function(bench, *arguments)."""
    CASES[name] = lambda bench: function(bench, *arguments)


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(got, want, what):
    if got == want:
        return
    if isinstance(got, str) and isinstance(want, str) and "\n" in got + want:
        lines = difflib.unified_diff(want.splitlines(), got.splitlines(), "want", "got", lineterm="", n=0)
        raise Failure(f"{what}:\n" + "\n".join(list(lines)[:20]))
    raise Failure(f"{what}: got {got!r}, want {want!r}")


class Result:
    """How a command ended: status (128 + N for signal N), out and err as text, and the trace that it wrote."""

    def __init__(self, done, trace=None):
        self.status = done.returncode if done.returncode >= 0 else 128 - done.returncode
        self.out = done.stdout.decode("utf-8", "surrogateescape")
        self.err = done.stderr.decode("utf-8", "surrogateescape")
        self.trace = trace


class Bench:
    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.memtrace = os.path.join(self.build, "bin", "memtrace")
        self._directory = tempfile.TemporaryDirectory(prefix="memtrace-e2e-")
        self.directory = os.path.realpath(self._directory.name)
        self._n = 0

    def close(self):
        self._directory.cleanup()

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def sample(self, name):
        return os.path.join(self.build, "samples", name)

    def program(self, name):
        return os.path.join(self.build, "tests", "e2e", name)

    def run(self, *command, stdin=b"", env=None, **options):
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=LIMIT_S, cwd=self.directory,
                              env=env, **options)
        return Result(done)

    def record_command(self, *command, options=(), trace=None):
        trace = trace or self.new_trace()
        return [self.memtrace, "record", "-o", trace, *options, "--", *command], trace

    def new_trace(self):
        self._n += 1
        return self.path(f"{self._n}.zst")

    def record(self, *command, options=(), trace=None, **how):
        """Records a program; its trace must be there afterwards, and pass zstd -t."""
        words, trace = self.record_command(*command, options=options, trace=trace)
        result = self.run(*words, **how)
        result.trace = trace
        check(os.path.exists(trace), f"no trace was written; standard error: {result.err}")
        return result

    def report(self, trace, *options, status=0):
        result = self.run(self.memtrace, "report", *options, trace)
        if result.status != status:
            raise Failure(f"report {shlex.join(options)}: exit status {result.status}, want {status}: {result.err}")
        return result

    def json(self, trace, *options):
        result = self.report(trace, "--format=json", "--limit=0", *options)
        try:
            return json.loads(result.out)
        except ValueError as error:
            raise Failure(f"report {shlex.join(options)}: not JSON: {error}: {result.out[:300]}") from error

    def totals(self, trace, *options):
        return self.json(trace, *options)["totals"]

    def process_named(self, trace, name):
        """The one process whose program is called name."""
        found = [p for p in self.json(trace)["processes"] if os.path.basename(p["command"].split(" ")[0]) == name]
        equal(len(found), 1, f"processes called {name}")
        return found[0]


def write(bench, text, name="written"):
    """A trace that is told in words: tests/unit/tracegen.h has them."""
    source, trace = bench.path(f"{name}.txt"), bench.path(f"{name}.zst")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    equal(bench.run(os.path.join(bench.build, "tests/e2e/write_trace"), source, trace).status, 0, "write_trace")
    return trace


def compare(got, wanted, what):
    """wanted: {key: number} against a JSON object; all differences are told at once."""
    wrong = [f"{key} is {got.get(key)}, want {want}" for key, want in wanted.items() if got.get(key) != want]
    check(not wrong, f"{what}: " + ", ".join(wrong))


EXPECT = re.compile(r"\bexpect (summary|function|process)((?: [^:\s]+(?:::[^:\s]+)*)*):((?: \w+=-?\d+)+)")


def expectations(source):
    """The `expect` sentences of a source file's comments, however its lines are broken: (kind, arguments, {key: number})."""
    with open(source, encoding="utf-8") as file:
        text = re.sub(r"\n[ \t/#*]*|[ \t]+", " ", file.read())
    rows = EXPECT.findall(text)
    check(rows, f"{source} states no totals")
    equal(len(rows), len(re.findall(r"\bexpect (?:summary|function|process)\b", text)), f"{source}: sentences understood")
    for kind, arguments, figures in rows:
        yield kind, arguments.split(), {k: int(v) for k, v in (f.split("=") for f in figures.split())}


def process_row(processes, which):
    """A process by its place in order of their start, or by the name of its program."""
    if which.isdigit():
        return sorted(processes, key=lambda p: p["start_s"])[int(which)]
    found = [p for p in processes if os.path.basename(p["command"].split(" ")[0]) == which]
    equal(len(found), 1, f"processes called {which}")
    return found[0]


def check_expectations(bench, trace, source):
    faults = []
    for kind, arguments, wanted in expectations(source):
        what = " ".join([kind, *arguments])
        try:
            if kind == "summary":
                got = bench.totals(trace, *arguments)
            elif kind == "process":
                row = process_row(bench.json(trace)["processes"], arguments[0])
                got = {**row["memory"], **row}
            else:
                rows = bench.json(trace, "--view=functions")["rows"]
                name = " ".join(arguments)
                named = [row for row in rows if row["function"] == name]
                equal(len(named), 1, f"rows of function {name}")
                got = named[0]
            compare(got, wanted, what)
        except Failure as failure:
            faults.append(str(failure))
    check(not faults, "\n".join(faults))


def same_as_alone(bench, *command, options=("--quiet",), **how):
    """Records a command and compares its output and status with those it has alone; returns the recorded result."""
    alone = bench.run(*command, **how)
    recorded = bench.record(*command, options=options, **how)
    equal(recorded.out, alone.out, "standard output")
    equal(recorded.status, alone.status, "exit status")
    equal(recorded.err, alone.err, "standard error with --quiet")
    return recorded
