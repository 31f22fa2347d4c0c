"""The report against its contract: every key of every view, the options, the statuses, damaged files."""
import csv
import io
import json
import os
import shutil
import sys

from harness import case, check, compare, equal, write

MEMORY = {"allocations", "frees", "allocated_bytes", "peak_bytes", "peak_blocks", "peak_at_s", "leaked_bytes",
          "leaked_blocks", "temporary", "inherited_frees", "mapped_bytes", "mapped_peak_bytes", "lost_events"}
TRACE = {"file", "complete", "events", "size_bytes", "duration_s", "command"}
PROCESS = {"pid", "ppid", "command", "exit_status", "signal", "threads", "start_s", "end_s", "memory", "rss_peak_bytes",
           "time"}
TIME = {"mode", "clock", "samples", "cpu_s", "wall_s"}
FUNCTION = {"function", "file", "line", "module", "language", "calls", "primitive_calls", "self_s", "total_s",
            "allocations", "allocated_bytes", "peak_bytes", "leaked_bytes", "leaked_blocks", "temporary",
            "total_allocations", "total_allocated_bytes", "total_peak_bytes", "total_leaked_bytes",
            "total_leaked_blocks"}
LINE = {"file", "line", "function", "language", "hits", "allocations", "allocated_bytes", "freed_bytes",
        "increment_bytes", "peak_bytes", "leaked_bytes", "self_s", "text"}
NODE = {"function", "file", "line", "module", "value", "self", "children"}
LEAK = {"leaked_bytes", "leaked_blocks", "stack"}
FRAME = {"function", "file", "line", "module"}
POINT = {"t", "live_bytes", "max_live_bytes", "rss_bytes", "allocations"}
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
VIEWS = ("summary", "functions", "tree", "callers", "lines", "leaks", "timeline", "threads", "processes", "sizes", "map")


def has(row, keys, what):
    check(isinstance(row, dict), f"{what} is no object: {row!r}")
    check(keys <= set(row), f"{what} lacks {sorted(keys - set(row))}")


def whole(row, keys, what):
    for key in keys:
        check(isinstance(row[key], int) and not isinstance(row[key], bool) and row[key] >= 0, f"{what}: {key} is {row[key]!r}")


def view(bench, trace, name, *options):
    state = bench.json(trace, f"--view={name}", *options)
    equal((state.get("schema"), state.get("view")), (1, name), "schema and view")
    return state


@case
def json_summary(bench):
    trace = bench.record(bench.sample("fork")).trace
    state = view(bench, trace, "summary")
    has(state, {"trace", "totals", "processes"}, "summary")
    has(state["trace"], TRACE, "trace")
    has(state["totals"], MEMORY, "totals")
    whole(state["totals"], MEMORY - {"peak_at_s"}, "totals")
    equal(state["trace"]["command"], [bench.sample("fork")], "command")
    equal(os.path.basename(state["trace"]["file"]), os.path.basename(trace), "file")
    equal(state["trace"]["size_bytes"], os.path.getsize(trace), "size_bytes")
    check(state["trace"]["duration_s"] > 0, "duration_s")
    equal(len(state["processes"]), 2, "processes")
    for process in state["processes"]:
        has(process, PROCESS, "process")
        has(process["memory"], MEMORY, "memory of a process")
        has(process["time"], TIME, "time of a process")
        check(0 <= process["start_s"] <= process["end_s"] <= state["trace"]["duration_s"] + 0.001, "start_s and end_s")
        at = process["memory"]["peak_at_s"]
        check(process["start_s"] <= at <= process["end_s"], f"peak at {at}, but {process['start_s']} to {process['end_s']}")
        check(process["threads"] == 1, f"threads is {process['threads']}")
    first, second = sorted(state["processes"], key=lambda p: p["start_s"])
    equal(second["ppid"], first["pid"], "ppid of the child")
    check(first["rss_peak_bytes"] > 100000, f"rss_peak_bytes is {first['rss_peak_bytes']}")
    equal((first["exit_status"], first["signal"]), (0, None), "how the program ended")
    # The child is reaped by the program itself: its status is known, or it is said not to be.
    check(second["exit_status"] in (3, None) and second["signal"] is None, "how the child ended")
    check(0 <= state["totals"]["peak_at_s"] <= state["trace"]["duration_s"], "peak_at_s")


@case
def json_functions(bench):
    trace = bench.record(bench.sample("leak")).trace
    rows = view(bench, trace, "functions")["rows"]
    for row in rows:
        has(row, FUNCTION, "functions row")
    (keep,) = [row for row in rows if row["function"] == "keep"]
    equal(os.path.basename(keep["file"]), "leak.c", "file")
    equal(os.path.basename(keep["module"]), "leak", "module")
    equal(keep["language"], "native", "language")
    with open(os.path.join(TOP, "samples", "leak.c"), encoding="utf-8") as file:
        source = file.read()
    equal(keep["line"], source[:source.index("static void keep(void)")].count("\n") + 1, "line of its declaration")
    equal((keep["calls"], keep["primitive_calls"]), (None, None), "calls where only samples exist")


@case
def json_lines(bench):
    trace = bench.record(bench.sample("leak")).trace
    rows = view(bench, trace, "lines")["rows"]
    for row in rows:
        has(row, LINE, "lines row")
    (keep,) = [row for row in rows if row["function"] == "keep" and row["allocations"]]
    compare(keep, {"allocations": 10, "allocated_bytes": 1000, "leaked_bytes": 1000}, "the line that allocates")
    (borrow,) = [row for row in rows if row["function"] == "borrow" and row["allocations"]]
    compare(borrow, {"allocations": 5, "allocated_bytes": 1000, "leaked_bytes": 0, "peak_bytes": 1000}, "borrow's line")


def check_node(node, what):
    has(node, NODE, what)
    total = node["self"] + sum(child["value"] for child in node["children"])
    check(total <= node["value"], f"{what} {node['function']}: self and children sum to {total} of {node['value']}")
    for child in node["children"]:
        check_node(child, what)


def find(node, path):
    for name in path:
        (node,) = [child for child in node["children"] if child["function"] == name]
    return node


@case
def json_trees(bench):
    trace = bench.record(bench.sample("peak")).trace
    for name in ("tree", "callers"):
        for metric in ("peak", "leaked", "allocated", "allocations", "temporary"):
            state = view(bench, trace, name, f"--metric={metric}")
            equal(state["metric"], metric, "metric")
            check_node(state["root"], name)
    root = view(bench, trace, "tree", "--metric=allocated")["root"]
    equal(root["value"], 440000, "the root is the whole")
    main = root
    while main["function"] != "main":
        (main,) = [child for child in main["children"] if child["value"] == 440000]
    equal(find(main, ["climb", "hold"])["value"], 100000, "main > climb > hold")
    equal(find(main, ["again", "hold"])["value"], 120000, "main > again > hold")
    root = view(bench, trace, "callers", "--metric=allocated")["root"]
    equal(root["value"], 440000, "the root of callers")
    equal(find(root, ["hold", "summit"])["value"], 120000, "hold < summit")


@case
def json_leaks(bench):
    trace = bench.record(bench.sample("leak")).trace
    rows = view(bench, trace, "leaks")["rows"]
    equal(sum(row["leaked_bytes"] for row in rows), 1064, "the sum of all leaks")
    for row in rows:
        has(row, LEAK, "leaks row")
        for frame in row["stack"]:
            has(frame, FRAME, "frame")
    names = [frame["function"] for frame in rows[0]["stack"]]
    check("keep" in names and names.index("keep") < names.index("main"), f"innermost first: {names}")


@case
def json_timeline(bench):
    trace = bench.record(bench.sample("peak")).trace
    state = view(bench, trace, "timeline")
    check(state["interval_s"] > 0, "interval_s")
    for point in state["points"]:
        has(point, POINT, "point")
        check(point["live_bytes"] <= point["max_live_bytes"], f"live above its maximum: {point}")
    equal(sum(point["allocations"] for point in state["points"]), 300, "allocations of all points")
    equal(max(point["max_live_bytes"] for point in state["points"]), 120000, "the highest point")
    equal(state["points"][-1]["live_bytes"], 0, "live at the end")


@case
def json_other_views(bench):
    trace = bench.record(bench.sample("threads")).trace
    for name in ("threads", "processes", "sizes"):
        check(len(view(bench, trace, name)["rows"]) > 0, f"{name} has no rows")
    equal(len(view(bench, trace, "threads")["rows"]), 5, "threads")


def both_ways(bench, trace, view, *options):
    """A view's rows by key: what JSON has (of its parts, too), and what CSV has."""
    def flat(part):
        inner = {key: value for value in part.values() if isinstance(value, dict) for key, value in flat(value).items()}
        return {**inner, **{key: value for key, value in part.items() if not isinstance(value, dict)}}

    rows = bench.json(trace, f"--view={view}", "--limit=0", *options)["rows"]
    text = bench.report(trace, f"--view={view}", "--format=csv", "--limit=0", *options).out
    return [({**flat(row), **flat(row.get("time", {}))}, record) for row, record in zip(rows, csv.DictReader(io.StringIO(text)), strict=True)]


@case
def csv_says_what_json_says(bench):
    """What was not measured, or is not known of a part of the run, is empty in one and null in the other."""
    traces = [bench.record(bench.sample("leak"), options=options).trace
              for options in (["--memory=off"], ["--time=off"], ["--time=sample"])]
    for trace in traces:
        for options in ([], ["--to=50%"]):
            for number, (row, record) in enumerate(both_ways(bench, trace, "processes", *options)):
                for key in record.keys() & row.keys():
                    want = "" if row[key] is None else row[key]
                    got = record[key] if isinstance(want, str) or record[key] == "" else type(want)(record[key])
                    equal(got, want, f"{key} of process {number} {options}")


@case
def threads_are_called_what_they_were_named(bench):
    """By themselves or by others, after they came; a name that the kernel refuses is none."""
    for options in ([], ["--time=off"]):
        recorded = bench.record(bench.program("names"), options=options)
        equal((recorded.status, recorded.out), (0, "named\n"), "status and output")
        # Of one that nobody names the kernel is asked, which does not know it any more if it has ended by then.
        names = sorted(row["name"] or "names" for row in view(bench, recorded.trace, "threads")["rows"])
        equal(names, ["by-another", "by-itself", "longer than the", "names", "names"], f"names with {options}")


@case
def every_view_in_every_format(bench):
    trace = bench.record(bench.sample("leak"), options=["--addresses"]).trace
    for name in VIEWS:
        text = bench.report(trace, f"--view={name}").out
        check(text.endswith("\n") and "\x1b" not in text, f"text of {name}: {text[:200]!r}")
        rows = list(csv.reader(io.StringIO(bench.report(trace, f"--view={name}", "--format=csv").out)))
        check(len(rows) >= 2, f"csv of {name} has {len(rows)} lines")
        equal(len({len(row) for row in rows}), 1, f"csv of {name}: numbers of fields")
    check("\x1b[" in bench.report(trace, "--color=always").out, "--color=always")


@case
def lens_options(bench):
    trace = bench.record(bench.sample("leak")).trace
    compare(bench.totals(trace, "--filter=^keep$"), {"allocations": 10, "peak_bytes": 1000, "frees": 0}, "--filter")
    compare(bench.totals(trace, "--exclude=^keep$"), {"allocations": 6, "peak_bytes": 1000, "frees": 5}, "--exclude")
    compare(bench.totals(trace, "--filter=nothing-matches"), {"allocations": 0, "peak_bytes": 0}, "nothing")
    compare(bench.totals(trace, "--from=0%", "--to=100%"), {"allocations": 16, "leaked_bytes": 1064}, "the whole time")
    compare(bench.totals(trace, "--to=peak"), {"allocations": 15, "peak_bytes": 2000}, "up to the peak")
    pid = bench.json(trace)["processes"][0]["pid"]
    compare(bench.totals(trace, f"--process={pid}", f"--thread={pid}"), {"allocations": 16}, "--process and --thread")
    rows = bench.json(trace, "--view=functions", "--sort=allocations")["rows"]
    counts = [row["allocations"] for row in rows]
    equal(counts, sorted(counts, reverse=True), "sorted by allocations")
    rows = bench.json(trace, "--view=functions", "--sort=allocations", "--reverse")["rows"]
    equal([row["allocations"] for row in rows], sorted(counts), "reversed")
    rows = bench.run(bench.memtrace, "report", "--view=functions", "--format=json", "--limit=1", trace)
    check(rows.out.count('"function"') == 1, "--limit=1")


@case
def source_that_was_changed(bench):
    """Its text need not be what ran: a report that prints it says so."""
    script = bench.path("changed.py")
    with open(script, "w", encoding="utf-8") as file:
        file.write("def work():\n    return bytearray(7000)\nwork()\n")
    for options, lines in ([], []), (["--lines=work"], ["--function=work"]):
        os.utime(script, (0, 0))
        trace = bench.record(sys.executable, script, options=options).trace
        for when, said in (0, False), (4e9, True):
            os.utime(script, (when, when))
            out = bench.report(trace, "--view=lines", "--source=on", "--filter=changed", *lines, "--width=500").out
            check("bytearray(7000)" in out, out)
            equal("changed.py was changed since it was recorded" in out, said, f"whether that is said in {out}")


@case
def report_statuses(bench):
    trace = bench.record(bench.sample("leak")).trace
    bench.report(trace, "--fail-if=leaked>0", status=3)
    bench.report(trace, "--fail-if=leaked>2K", status=0)
    bench.report(trace, "--fail-if=peak>1G", "--fail-if=leaked>1000", status=3)
    for words in (["--sort=bogus"], ["--sort=peak"], ["--view=leaks", "--sort=bogus"], ["--view=tree", "--sort=peak"],
                  ["--bogus"], ["--view=bogus"], ["--filter=("], ["--from=x"], ["--fail-if=leaked"], ["--format=xml"]):
        result = bench.report(trace, *words, status=2)
        check(result.err.startswith("memtrace") and result.out == "", f"{words}: {result.err!r}")
    # A misspelt expression would let every check pass: that it leaves nothing is said.
    result = bench.report(trace, "--filter=no such function", "--fail-if=leaked>0", status=0)
    check("nothing of the trace is left by --filter" in result.err, f"a filter without a match: {result.err!r}")
    result = bench.report(trace, "--filter=keep", "--fail-if=leaked>0", status=3)
    check("is left" not in result.err, f"a filter with a match: {result.err!r}")
    result = bench.report(bench.path("absent"), status=1)
    equal(len(result.err.splitlines()), 1, f"lines on standard error ({result.err!r})")


@case
def report_refuses_what_is_no_trace(bench):
    for name, content in (("empty", b""), ("byte", b"x"), ("text", b"hello world\n" * 100), ("zeros", bytes(70000))):
        with open(bench.path(name), "wb") as file:
            file.write(content)
        result = bench.report(bench.path(name), status=1)
        equal(len(result.err.splitlines()), 1, f"{name}: lines on standard error ({result.err!r})")
    bench.report(bench.directory, status=1)
    bench.report("/dev/null", status=1)
    other = bench.path("other.zst")
    bench.run("zstd", "-q", "-f", bench.path("text"), "-o", other)
    bench.report(other, status=1)


@case
def report_takes_the_newest_trace(bench):
    bench.run(bench.memtrace, "record", "-q", bench.sample("leak"))
    (name,) = [name for name in os.listdir(bench.directory) if name.startswith("memtrace.")]
    old = bench.path("memtrace.zzz.1.zst")
    shutil.copy(bench.path(name), old)
    os.utime(old, (1, 1))
    result = bench.run(bench.memtrace, "report")
    equal(result.status, 0, "status")
    check(name in result.out + result.err, "the name of the trace is not said")
    empty = bench.path("empty-directory")
    os.mkdir(empty)
    bench.directory = empty
    for words in (["report"], ["view"], ["export", "--to=svg"]):
        result = bench.run(bench.memtrace, *words)
        check(result.status == 1 and result.err != "", f"no trace there: {words} ends with {result.status}")


@case
def view_without_terminal_prints_the_report(bench):
    trace = bench.record(bench.sample("leak")).trace
    equal(bench.run(bench.memtrace, "view", trace).out, bench.report(trace).out, "what view prints")


@case
def cut_off_traces(bench):
    """Every prefix is read as far as it is sound; a longer one never shows less; none is called complete."""
    trace = bench.record(bench.program("wait"), stdin=b"go\n").trace
    data = open(trace, "rb").read()
    before = 0
    for step in range(1, 16):
        cut = bench.path("cut.zst")
        with open(cut, "wb") as file:
            file.write(data[: len(data) * step // 16])
        result = bench.run(bench.memtrace, "report", "--format=json", cut)
        check(result.status in (0, 1), f"status {result.status} at {step}/16: {result.err}")
        check(result.err != "", f"nothing is said at {step}/16")
        if result.status == 0:
            state = bench.json(cut)
            equal(state["trace"]["complete"], False, f"complete at {step}/16")
            check(state["totals"]["allocations"] >= before, "a longer prefix shows less")
            before = state["totals"]["allocations"]
    check(before > 0, "no prefix could be read")


@case
def damaged_traces(bench):
    """A flipped byte anywhere is noticed or harmless: an answer within the limit, never a crash."""
    trace = bench.record(bench.sample("cxx")).trace
    data = bytearray(open(trace, "rb").read())
    bad = bench.path("bad.zst")
    for step in range(64):
        at = len(data) * step // 64
        changed = bytearray(data)
        changed[at] ^= 0xFF
        with open(bad, "wb") as file:
            file.write(changed)
        result = bench.run(bench.memtrace, "report", "--format=json", bad)
        check(result.status in (0, 1), f"status {result.status} with byte {at} flipped: {result.err}")


@case
def damaged_events_are_read_as_far_as_they_are_sound(bench):
    """By the sizes, which all events are read for, as by a range of time: what comes before the damage is there, and that it is
    not all is said."""
    trace = write(bench, "process 1 100 1 ./app\nthread 1 100\n0.1 t1 alloc 10 main x5\nflush\n0.2 t1 alloc 100 main x7\nend 1\n")
    data = bytearray(open(trace, "rb").read())
    whole = {view: bench.json(trace, f"--view={view}") for view in VIEWS if view != "map"}
    equal([row["allocations"] for row in whole["sizes"]["rows"]], [5, 7], "sizes of the whole trace")
    bad, found = bench.path("bad.zst"), set()
    for at in range(0, len(data), 3):
        changed = bytearray(data)
        changed[at] ^= 0x10
        with open(bad, "wb") as file:
            file.write(changed)
        result = bench.run(bench.memtrace, "report", "--view=sizes", "--format=json", "--limit=0", bad)
        if result.status == 1:
            check(result.err and not result.out, f"byte {at}: {result.err!r}")
            continue
        equal(result.status, 0, f"status with byte {at} flipped ({result.err})")
        sizes = json.loads(result.out)
        equal(result.err == "", sizes["trace"]["complete"], f"silence and completeness with byte {at} flipped")
        rows = [row["allocations"] for row in sizes["rows"]]
        check(rows == [5, 7] or not sizes["trace"]["complete"], f"byte {at}: {rows} are all")
        found.add(tuple(rows))
        exported = bench.run(bench.memtrace, "export", "--to=json", bad)
        equal(exported.status, 0, f"status of export with byte {at} flipped ({exported.err})")
        equal(exported.err == "", sizes["trace"]["complete"], f"silence of export with byte {at} flipped")
        views = json.loads(exported.out)["views"]
        equal({view["trace"]["complete"] for view in views.values()}, {sizes["trace"]["complete"]}, f"complete, byte {at}")
        equal(views["sizes"]["rows"], sizes["rows"], f"sizes of the export with byte {at} flipped")
    check({(5, 7), (5,), ()} <= found, f"what could be read: {found}")


@case
def damaged_events_are_missed_by_the_map(bench):
    trace = write(bench, "process 1 100 1 ./app\nthread 1 100\naddress 0x10000010\n0.1 t1 alloc 10 main x5\nflush\n"
                         "0.2 t1 alloc 100 main x7\nend 1\n")
    data = bytearray(open(trace, "rb").read())
    bad, found = bench.path("bad.zst"), set()
    for at in range(0, len(data), 3):
        changed = bytearray(data)
        changed[at] ^= 0x10
        with open(bad, "wb") as file:
            file.write(changed)
        result = bench.run(bench.memtrace, "report", "--view=map", "--format=json", bad)
        if result.status == 0:
            state = json.loads(result.out)
            sound, map_of = state["trace"]["complete"], state["map"]
            equal(result.err == "", sound, f"silence and completeness with byte {at} flipped")
            check(not sound or map_of["complete"] or map_of["unknown_blocks"], f"byte {at}: the map alone is not complete")
            found.add((sound, map_of["complete"]))
    check({(True, True), (False, False)} <= found, f"what was found: {found}")


@case
def ends_that_nobody_saw(bench):
    """Of a recording that was broken off the ends of what still ran are not known, and not 0."""
    trace = write(bench, "process 1 100 1 ./app\nthread 1 100\n0.1 t1 alloc 5 main\nfork 2 101 100 ./app\nthread 2 101\n"
                         "0.2 t2 alloc 5 main\n0.3 exit 2 0\n0.4 t1 alloc 5 main\nflush\ncut\n")
    first, second = bench.json(trace, "--view=processes")["rows"]
    equal((first["end_s"], first["time"]["wall_s"]), (None, None), "the end of one that still ran")
    check(second["end_s"] == 0.3 and second["time"]["wall_s"] is not None, f"the end of one that ended: {second}")
    trace = bench.record(bench.program("wait"), stdin=b"go\n").trace
    data = open(trace, "rb").read()
    with open(trace, "wb") as file:
        file.write(data[:len(data) * 3 // 4])
    for view in ("processes", "threads"):
        (row,) = bench.json(trace, f"--view={view}")["rows"]
        equal(row["end_s"], None, f"JSON of {view}")
        (row,) = csv.DictReader(io.StringIO(bench.report(trace, f"--view={view}", "--format=csv").out))
        equal(row["end_s"], "", f"CSV of {view}")


@case
def rows_are_ranked_as_asked(bench):
    """By the metric where the rows have it, by any column that is named."""
    trace = write(bench, "function b app b.c 5\nfunction a app a.c 9\nprocess 1 100 1 ./app\nthread 1 100\n"
                         "0.1 t1 alloc 10 main>a x5\n0.2 t1 alloc 100 main>b x7\n0.3 t1 free #0..1\n0.4 t1 alloc 1000 main>b\n"
                         "0.5 t1 free #12\n")
    for metric, key, want in ((None, "from", [9, 65, 513]), ("peak", "from", [9, 65, 513]), ("allocations", "allocations", [7, 5, 1]),
                              ("allocated", "bytes", [1000, 700, 50]), ("leaked", "leaked_bytes", [700, 30, 0])):
        rows = bench.json(trace, "--view=sizes", *([f"--metric={metric}"] if metric else []))["rows"]
        equal([row[key] for row in rows], want, f"sizes by {metric}")
    text = bench.report(trace, "--view=leaks", "--format=csv").out
    header = next(csv.reader(io.StringIO(text)))
    equal(header[:7], ["leaked_bytes", "leaked_blocks", "function", "file", "line", "module", "callers"], "columns of leaks")
    for column in header:
        for options in ([], ["--reverse"]):
            text = bench.report(trace, "--view=leaks", "--format=csv", f"--sort={column}", *options).out
            values = [row[column] for row in csv.DictReader(io.StringIO(text))]
            numbers = all(value.isdigit() for value in values)
            want = sorted(values, key=int if numbers else str, reverse=numbers != bool(options))
            equal(values, want, f"leaks by {column} {options}")
        equal([frame["function"] for row in bench.json(trace, "--view=leaks", "--sort=function")["rows"] for frame in row["stack"][:1]],
              ["a", "b"], "JSON of leaks by function")
