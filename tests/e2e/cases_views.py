"""The viewer against the report: what is chosen with keys gives the figures that the report's options give."""
import re

from harness import case, check, equal


def screen(bench, trace, view, keys, *options):
    """One screen as lines."""
    result = bench.run(bench.memtrace, "view", f"--dump={view}", "--size=160x50", f"--keys={keys}", "--ascii", *options, trace)
    equal(result.status, 0, f"view --dump={view} --keys={keys}: {result.err}")
    return result.out.split("\n")


def cells(lines, title):
    """The cells of the summary's row of that title: they stand at least two columns apart."""
    (line,) = [line for line in lines if line.startswith(f" {title} ")]
    return re.split(r"  +", line.strip())[1:]


def grouped(count):
    return f"{count:,}".replace(",", " ")


def summary_equals(bench, trace, lines, options):
    """A summary's screen shows the totals of the report under these options."""
    totals = bench.totals(trace, *options)
    wanted = [totals["allocations"], totals["peak_blocks"], totals["leaked_blocks"], totals["temporary"]]
    equal(cells(lines, "count"), [grouped(n) for n in wanted], f"counts under {options}")
    text = bench.report(trace, "--color=never", *options).out.split("\n")
    rows = {line.split(",")[0].split(" ")[0]: line for line in text}
    bytes_of = [re.search(r"  (\d[\d.]* \w+)  ", rows[word] + "  ").group(1) for word in ("allocated", "peak", "leaked")]
    equal(cells(lines, "bytes")[:3], bytes_of, f"bytes under {options}")


@case
def view_thread_lens(bench):
    trace = bench.record(bench.sample("threads")).trace
    rows = sorted(bench.json(trace, "--view=threads")["rows"], key=lambda row: row["tid"])
    check(len(rows) > 2, f"{len(rows)} threads")
    summary_equals(bench, trace, screen(bench, trace, "threads", "1"), [])
    for i, row in enumerate(rows):
        # By id: the process is the first row, its threads follow.
        lines = screen(bench, trace, "threads", "oig" + "j" * (i + 1) + "<Enter>1")
        check(f"thread {row['tid']} " in lines[1] + " ", f"the lens line is {lines[1]!r}")
        summary_equals(bench, trace, lines, [f"--thread={row['tid']}"])
    first, second = rows[0]["tid"], rows[1]["tid"]
    two = [f"--thread={first}", f"--thread={second}"]
    summary_equals(bench, trace, screen(bench, trace, "threads", "oigj**<Enter>1"), two)
    # All but the last one, and back.
    others = [f"--thread={row['tid']}" for row in rows[:-1]]
    summary_equals(bench, trace, screen(bench, trace, "threads", "oiGx1"), others)
    summary_equals(bench, trace, screen(bench, trace, "threads", "oiGxu1"), [])
    # The option, and the menu of any view.
    summary_equals(bench, trace, screen(bench, trace, "summary", "", two[0]), two[:1])
    lines = screen(bench, trace, "top-down", "T11")
    (tid,) = re.findall(r"thread (\d+)", lines[1])
    summary_equals(bench, trace, lines, [f"--thread={tid}"])


@case
def view_process_lens(bench):
    trace = bench.record(bench.sample("fork")).trace
    processes = sorted(bench.json(trace)["processes"], key=lambda p: p["pid"])
    equal(len(processes), 2, "processes")
    for i, process in enumerate(processes):
        lines = screen(bench, trace, "threads", "oig" + "j" * i + "<Enter>1")
        check(f"process {process['pid']} " in lines[1] + " ", f"the lens line is {lines[1]!r}")
        summary_equals(bench, trace, lines, [f"--process={process['pid']}"])
        other = processes[1 - i]["pid"]
        summary_equals(bench, trace, screen(bench, trace, "threads", "oig" + "j" * i + "x1"), [f"--process={other}"])


@case
def view_processes_are_told(bench):
    """How each process ended, and why one was not recorded."""
    script = f"{bench.sample('leak')}; {bench.build}/tests/e2e/static >/dev/null; exit 3"
    trace = bench.record("sh", "-c", script).trace
    lines = screen(bench, trace, "threads", "")
    check(any(re.search(r"\bsh\b.*\bexit 3\b", line) for line in lines), "sh's exit status is not there:\n" + "\n".join(lines))
    (line,) = [line for line in lines if "unrecorded" in line]
    lines = screen(bench, trace, "threads", "/static<Enter><Esc>")
    check("not recorded: " in lines[-3] and "static" in lines[-3], f"the line of facts is {lines[-3]!r}")


@case
def view_functions(bench):
    """Each function's own figures are the report's."""
    trace = bench.record(bench.sample("leak")).trace
    rows = {row["function"]: row for row in bench.json(trace, "--view=functions")["rows"]}
    for name in ("keep", "borrow"):
        lines = screen(bench, trace, "functions", f"/{name}<Enter><Esc>")
        facts = lines[-3]
        check(f" {name} " in facts, f"the line of facts is {facts!r}")
        check(f"| {grouped(rows[name]['allocations'])} allocations" in facts, f"{name}: {facts!r}, want {rows[name]}")
        # Its callers and callees are below it: main calls both.
        check(any("callers of " + name in line for line in lines), "no callers below")
        check(any(re.search(r"100\.0 .*\bmain\b", line) for line in lines), "main is not among the callers")


@case
def view_filter_lens(bench):
    trace = bench.record(bench.sample("leak")).trace
    both = ["--filter=main", "--filter=keep"]
    lines = screen(bench, trace, "summary", ":filter main<Enter>:filter keep<Enter>")
    check("filter main + keep" in lines[1], f"the lens line is {lines[1]!r}")
    summary_equals(bench, trace, lines, both)
    summary_equals(bench, trace, screen(bench, trace, "summary", ":filter main<Enter>:filter lose<Enter>uu"), [])
    without = ["--exclude=keep", "--exclude=lose"]
    summary_equals(bench, trace, screen(bench, trace, "top-down", ":exclude keep<Enter>:exclude lose<Enter>1"), without)
    summary_equals(bench, trace, screen(bench, trace, "summary", "", *both), both)
    lines = screen(bench, trace, "top-down", "M11")
    (module,) = re.findall(r"module (\S+)", lines[1])
    summary_equals(bench, trace, lines, [f"--module={module}"])
    equal(bench.run(bench.memtrace, "report", "--module=nowhere.so", trace).status, 2, "a module that isn't there")


@case
def view_time_lens(bench):
    """Ranges of time, of one process and of several, alone and with a thread or a filter."""
    for program in ("peak", "threads", "fork"):
        trace = bench.record(bench.sample(program)).trace
        for first, last in ((0, 50), (25, 75), (50, 100), (90, 95)):
            options = [f"--from={first}%", f"--to={last}%"]
            keys = f"tt{first}%..{last}%<Enter>"
            summary_equals(bench, trace, screen(bench, trace, "summary", keys), options)
            summary_equals(bench, trace, screen(bench, trace, "summary", "", *options), options)
            both = options + ["--filter=main"]
            summary_equals(bench, trace, screen(bench, trace, "summary", keys + ":filter main<Enter>"), both)
        summary_equals(bench, trace, screen(bench, trace, "summary", "tt20%..<Enter>u"), [])
        tid = bench.json(trace, "--view=threads")["rows"][0]["tid"]
        options = ["--from=10%", "--to=90%", f"--thread={tid}"]
        lines = screen(bench, trace, "summary", "tt10%..90%<Enter>", f"--thread={tid}")
        summary_equals(bench, trace, lines, options)
