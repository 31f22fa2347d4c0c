"""The exports, read as the tools that they are for read them, against what the report says of the same trace."""
import gzip
import json
import os
import re
import shutil
import xml.etree.ElementTree

from harness import Skip, case, check, equal, write

METRICS = {"peak": "peak_bytes", "leaked": "leaked_bytes", "allocated": "allocated_bytes", "allocations": "allocations",
           "temporary": "temporary"}
KINDS = {"peak_objects": "peak_blocks", "peak_space": "peak_bytes", "leaked_objects": "leaked_blocks",
         "leaked_space": "leaked_bytes", "alloc_objects": "allocations", "alloc_space": "allocated_bytes",
         "temporary_objects": "temporary"}
SVG = "{http://www.w3.org/2000/svg}"
# fork has two processes, names of C++ have commas, spaces and brackets, and recursion's frames are folded or not.
SAMPLES = ("leak", "fork", "cxx", "recursion")


def export(bench, trace, to, *options, status=0):
    out = bench.path(f"out.{to}")
    result = bench.run(bench.memtrace, "export", f"--to={to}", "-o", out, *options, trace)
    equal(result.status, status, f"exit status of export --to={to}: {result.err}")
    with open(out, "rb") as file:
        return file.read()


def traces(bench):
    """Of memory alone: what exports say of time is compared in cases_times.py."""
    for name in SAMPLES:
        trace = bench.record(bench.sample(name), options=["--time=off"]).trace
        yield trace, bench.totals(trace)


@case
def export_folded(bench):
    for trace, totals in traces(bench):
        for metric, key in METRICS.items():
            text = export(bench, trace, "folded", f"--metric={metric}").decode()
            lines = [line.rsplit(" ", 1) for line in text.splitlines()]
            equal(sum(int(value) for _, value in lines), totals[key], f"sum of the folded stacks by {metric}")
            check(all(stack and int(value) > 0 for stack, value in lines), "a line without a stack or a value")
    # A stack is its functions, outermost first.
    trace = bench.record(bench.sample("leak")).trace
    text = export(bench, trace, "folded", "--metric=leaked").decode()
    check(re.search(r"^(.*;)?main;keep 1000$", text, re.M), f"no stack of keep: {text}")


@case
def export_lens(bench):
    """The lens of the report is that of the export; the end of a range is called --until."""
    trace = bench.record(bench.sample("leak")).trace
    for options, other in ((["--filter=^keep$"], None), (["--from=50%"], None), (["--from=0", "--until=peak"], "--to=peak")):
        same = [other if other and option.startswith("--until") else option for option in options]
        text = export(bench, trace, "folded", "--metric=allocated", *options).decode()
        want = bench.totals(trace, *same)["allocated_bytes"]
        equal(sum(int(line.rsplit(" ", 1)[1]) for line in text.splitlines()), want, f"allocated with {options}")


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def message(data):
    """{field: [value, ...]} of a protocol buffer message; numbers, or bytes."""
    at, fields = 0, {}
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            equal(key & 7, 2, "wire type")
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
            equal(len(value), size, "length of a field")
        fields.setdefault(key >> 3, []).append(value)
    return fields


def packed(data):
    at, values = 0, []
    while at < len(data):
        value, at = varint(data, at)
        values.append(value)
    return values


def one(fields, number, default=0):
    equal(len(fields.get(number, [default])), 1, f"field {number}")
    return fields.get(number, [default])[0]


@case
def export_pprof(bench):
    for trace, totals in traces(bench):
        profile = message(gzip.decompress(export(bench, trace, "pprof", "--metric=leaked")))
        strings = [text.decode() for text in profile[6]]
        equal(strings[0], "", "string 0")
        equal(len(set(strings)), len(strings), "distinct strings")
        types = [strings[one(message(t), 1)] for t in profile[1]]
        equal(types, list(KINDS), "sample types")
        equal(strings[one(profile, 14)], "leaked_space", "default sample type")
        functions = {one(message(f), 1): message(f) for f in profile[5]}
        mappings = {one(message(m), 1): message(m) for m in profile[3]}
        locations = {one(message(x), 1): message(x) for x in profile[4]}
        equal(len(functions), len(profile[5]), "distinct functions")
        equal(len(locations), len(profile[4]), "distinct locations")
        check(0 not in functions and 0 not in mappings and 0 not in locations, "id 0")
        equal(os.path.basename(strings[one(next(iter(mappings.values())), 5)]), os.path.basename(totals_command(bench, trace)),
              "the first mapping is the program")
        for location in locations.values():
            mapping = mappings[one(location, 2)]
            check(one(location, 3) < one(mapping, 3), "an address beyond its mapping")
            check(location[4], "a location without a function")
            for line in location[4]:
                check(one(message(line), 1) in functions, "an unknown function")
        sums, leaves = [0] * len(types), set()
        for sample in map(message, profile[2]):
            stack, values = packed(one(sample, 1)), packed(one(sample, 2))
            check(stack and all(x in locations for x in stack), "a stack without a location, or of an unknown one")
            equal(len(values), len(types), "values of a sample")
            sums = [a + b for a, b in zip(sums, values)]
            leaf = message(locations[stack[0]][4][0])
            leaves.add(strings[one(functions[one(leaf, 1)], 2)])
        equal(dict(zip(types, sums)), {kind: totals[key] for kind, key in KINDS.items()}, "sums of the samples")
        check("malloc" not in leaves, f"malloc is a leaf: {leaves}")


def totals_command(bench, trace):
    return bench.json(trace)["trace"]["command"][0]


@case
def export_speedscope(bench):
    for trace, totals in traces(bench):
        state = json.loads(export(bench, trace, "speedscope", "--metric=allocated"))
        frames = state["shared"]["frames"]
        equal(len({(f["name"], f.get("file"), f.get("line")) for f in frames}) <= len(frames), True, "frames")
        equal([p["name"].split(":")[0] for p in state["profiles"]], list(METRICS), "profiles")
        equal(state["activeProfileIndex"], 2, "the profile shown first")
        for profile, key in zip(state["profiles"], METRICS.values()):
            equal(profile["type"], "sampled", "type")
            equal(len(profile["samples"]), len(profile["weights"]), "samples and weights")
            equal(sum(profile["weights"]), totals[key], f"weights by {key}")
            equal(profile["endValue"] - profile["startValue"], totals[key], f"extent by {key}")
            check(all(0 <= f < len(frames) for s in profile["samples"] for f in s), "a frame that is not there")


@case
def export_chrome(bench):
    for trace, totals in traces(bench):
        events = json.loads(export(bench, trace, "chrome"))["traceEvents"]
        processes = bench.json(trace)["processes"]
        named = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
        equal(named, {p["pid"]: p["command"] for p in processes}, "names of processes")
        equal(max(e["args"]["bytes"] for e in events if e["ph"] == "C" and e["name"] == "heap"), totals["peak_bytes"], "heap")
        equal(sum(e["args"]["count"] for e in events if e["name"] == "allocations"), totals["allocations"], "allocations")
        marks = [e for e in events if e["ph"] == "i"]
        equal([(e["args"]["bytes"], e["s"]) for e in marks], [(totals["peak_bytes"], "g")], "marks")
        check(abs(marks[0]["ts"] / 1e6 - totals["peak_at_s"]) < 1e-6, "time of the peak")
        check(all(e["dur"] >= 0 for e in events if e["ph"] == "X"), "a bar that ends before it begins")


def massif_tree(lines, at, depth):
    """The bytes of the tree that begins in line at, and the line after it; children never sum to more than their parent."""
    match = re.match(r"^( *)n(\d+): (\d+) (.*)$", lines[at])
    check(match and len(match[1]) == depth, f"no node at depth {depth}: {lines[at]}")
    value, total = int(match[3]), 0
    at += 1
    for _ in range(int(match[2])):
        part, at = massif_tree(lines, at, depth + 1)
        total += part
    check(total <= value, f"children sum to {total} of {value}")
    return value, at


def massif(bench, trace, *options):
    """The bytes of the trees that stand in it, by their kind."""
    lines = export(bench, trace, "massif", *options).decode().splitlines()
    check(lines[0].startswith("desc: ") and lines[1].startswith("cmd: ") and lines[2] == "time_unit: ms", "head")
    at, times, trees, most = 3, [], {}, 0
    while at < len(lines):
        block = dict(line.split("=", 1) for line in lines[at:at + 8] if "=" in line)
        equal(int(block["snapshot"]), len(times), "number of a snapshot")
        times.append(int(block["time"]))
        most = max(most, int(block["mem_heap_B"]))
        at += 8
        if block["heap_tree"] != "empty":
            value, at = massif_tree(lines, at, 0)
            equal(value, int(block["mem_heap_B"]), "tree and heap")
            trees[block["heap_tree"]] = value
    equal(times, sorted(times), "times")
    equal(most, trees.get("peak", 0), "the highest snapshot")
    return trees


@case
def export_massif(bench):
    for trace, totals in traces(bench):
        processes = bench.json(trace)["processes"]
        last = max(processes, key=lambda process: process["end_s"])
        equal(massif(bench, trace), {"peak": totals["peak_bytes"], "detailed": last["memory"]["leaked_bytes"]}, "trees")


@case
def export_massif_ends_with_what_lives_then(bench):
    """What a process never freed goes with it, be it followed by events or not, by an end or by an image under its own pid."""
    begin = "process 1 100 1 ./app\nthread 1 100\n0.1 t1 alloc 100 main\n"
    child = "fork 2 101 100 ./app\nthread 2 101\n0.2 t2 alloc 5000 main>child\n0.3 exit 2 0\n"
    trace = write(bench, begin + child + "0.4 t1 alloc 10 main\n0.5 exit 1 0\nend 0.6\n", "events")
    equal(massif(bench, trace), {"peak": 5100, "detailed": 110}, "events after the child's end")
    equal(massif(bench, trace, "--until=0.25"), {"peak": 5100, "detailed": 5100}, "while the child lives")
    equal(massif(bench, trace, "--process=101"), {"peak": 5000, "detailed": 5000}, "the child alone")
    equal(massif(bench, trace, "--process=101", "--from=0.35"), {"detailed": 0}, "the child alone, after its end")
    equal(massif(bench, trace, "--from=0.35"), {"peak": 110, "detailed": 110}, "what was allocated before")
    trace = write(bench, begin + child + "0.5 exit 1 0\nend 0.6\n", "ends")
    equal(massif(bench, trace), {"peak": 5100, "detailed": 100}, "no event after the child's end")
    trace = write(bench, begin + "0.2 replace 1\nprocess 2 100 1 ./next\nthread 2 100\n0.3 t2 alloc 30 main\n0.4 exit 2 0\nend 0.6\n", "image")
    equal(massif(bench, trace), {"peak": 100, "detailed": 30}, "another image")
    trace = write(bench, begin + child + "0.4 t1 alloc 10 main\nflush\ncut\n", "cut")
    equal(massif(bench, trace), {"peak": 5100, "detailed": 110}, "one that still ran")


@case
def export_massif_ms_print(bench):
    if not shutil.which("ms_print"):
        raise Skip("ms_print is not installed")
    trace = bench.record(bench.sample("leak")).trace
    export(bench, trace, "massif")
    result = bench.run("ms_print", "--threshold=0", bench.path("out.massif"))
    equal((result.status, result.err), (0, ""), "ms_print")
    check(re.search(r"->.* 0x[0-9A-F]+: keep \(leak\.c:\d+\)", result.out), f"no line of keep: {result.out[-2000:]}")


@case
def export_svg(bench):
    for trace, totals in traces(bench):
        root = xml.etree.ElementTree.fromstring(export(bench, trace, "svg", "--metric=allocated"))
        boxes = [(g.find(SVG + "title").text, g.find(SVG + "rect")) for g in root.iter(SVG + "g")]
        check(boxes[0][0].startswith("all ("), "the first box is all")
        check(any(title.startswith("main (") for title, _ in boxes), "no box of main")
        rows = {}
        for _, rect in boxes:
            x, width = float(rect.get("x")), float(rect.get("width"))
            check(width > 0 and x >= 10 and x + width <= 1190.01, f"a box at {x}, {width} wide")
            rows.setdefault(int(rect.get("y")), []).append((x, x + width))
        above = None
        for y in sorted(rows):
            row = sorted(rows[y])
            check(all(a[1] <= b[0] + 0.01 for a, b in zip(row, row[1:])), "boxes overlap")
            check(above is None or all(any(a[0] <= x0 + 0.01 and x1 <= a[1] + 0.01 for a in above) for x0, x1 in row),
                  "a box hangs from none")
            above = row
        equal(root.findall(".//*[@href]"), [], "things to fetch")


@case
def export_json(bench):
    for trace, totals in traces(bench):
        state = json.loads(export(bench, trace, "json"))
        equal((state["schema"], state["view"]), (1, "export"), "schema and view")
        for name, view in state["views"].items():
            equal(view, bench.json(trace, f"--view={name}"), f"view {name}")
        for name, view in json.loads(export(bench, trace, "json", "--metric=allocated"))["views"].items():
            equal(view, bench.json(trace, f"--view={name}", "--metric=allocated"), f"view {name} by what is asked for")
        equal(state["views"]["summary"]["totals"]["peak_bytes"], totals["peak_bytes"], "peak")
        check({"tree", "functions", "lines", "leaks", "timeline", "threads", "processes", "sizes"} <= set(state["views"]), "views")


@case
def export_usage(bench):
    trace = bench.record(bench.sample("leak")).trace
    for options, status, text in ((["--to=pstats"], 2, "exact calls"), ([], 2, "--to=FORMAT"),
                                  (["--to=xml"], 2, "'xml'"), (["--to=svg", "--metric=x"], 2, "--metric=x"),
                                  (["--to=svg", "-o", trace], 2, "is the trace itself"), (["--to=svg", "--until=x"], 2, "--until"), (["--to=svg", "-o", "/nowhere/x"], 1, "/nowhere/x")):
        result = bench.run(bench.memtrace, "export", *options, trace)
        equal(result.status, status, f"exit status of export {options}")
        check(text in result.err and result.err.count("\n") == 1 and not result.out, f"export {options}: {result.err}")
    equal(bench.run(bench.memtrace, "export", "--to=folded", bench.path("none.zst")).status, 1, "status without a file")
    if os.path.exists("/dev/full"):
        result = bench.run(bench.memtrace, "export", "--to=pprof", "-o", "/dev/full", trace)
        equal(result.status, 1, "status on a full disk")
    # A trace is overwritten only by who asks for it; standard output is the default.
    result = bench.run(bench.memtrace, "export", "--to=folded", trace)
    equal((result.status, result.out), (0, export(bench, trace, "folded").decode()), "standard output")
    # The newest trace here, and its name is said.
    shutil.copy(trace, bench.path("memtrace.leak.1.zst"))
    result = bench.run(bench.memtrace, "export", "--to=folded")
    check(result.status == 0 and "memtrace.leak.1.zst" in result.err, f"without a file: {result.err}")


@case
def export_of_what_is_not_there(bench):
    """It is refused before a file is made, or emptied, for it."""
    source, trace, out = bench.path("none.txt"), bench.path("none.zst"), bench.path("none.out")
    with open(source, "w") as file:
        file.write("process 1 7 1 ./true\nthread 1 7 true\n0.1 exit 1 0\n")
    equal(bench.run(os.path.join(bench.build, "tests/e2e/write_trace"), source, trace).status, 0, "write_trace")
    for to in ("mprof", "pstats"):
        result = bench.run(bench.memtrace, "export", f"--to={to}", "-o", out, trace)
        equal(result.status, 2, f"exit status of export --to={to}")
        check(result.err.count("\n") == 1 and not os.path.exists(out), f"export --to={to}: {result.err}")


@case
def export_nothing(bench):
    """A lens in which there is nothing makes files that are whole."""
    trace = bench.record(bench.sample("leak")).trace
    nothing = "--filter=no such function"
    equal(export(bench, trace, "folded", nothing), b"", "folded")
    equal(2 in message(gzip.decompress(export(bench, trace, "pprof", nothing))), False, "samples")
    json.loads(export(bench, trace, "speedscope", nothing))
    json.loads(export(bench, trace, "chrome", nothing))
    json.loads(export(bench, trace, "json", nothing))
    xml.etree.ElementTree.fromstring(export(bench, trace, "svg", nothing))
    check(b"heap_tree=detailed\nn0: 0 " in export(bench, trace, "massif", nothing), "massif")
