"""Times and calls of traces written from text: what Python's own pstats makes of them, and what the report says."""
import io
import json
import os
import pstats

from harness import case, check, equal, write

EXACT = r"""
function load app /src/load.py 10 python
function Parser.node app /src/parse.py 52 python
function run.<locals>.<lambda> app /src/run.py 7 python
function other.<locals>.<lambda> app /src/run.py 7 python
function "{built-in method builtins.len}" app ~ 0 python
function naïve app /src/naïve.py 1 python
function crc32 libz.so /src/crc32.c 88
process 1 100 1 ./app
fork 2 101 100 ./app
thread 1 100 main
thread 2 101
time 1 exact wall
time 2 sample cpu 1000
set 2 cpu_ns 4000000
0.1 t1 calls 1 0.010 main
0.1 t1 calls 12 0.031 main>load
0.1 t1 calls 3 0.020 main>Parser.node
0.1 t1 calls 1200 0.030 main>Parser.node>Parser.node
0.1 t1 calls 8001 0.004 "main;Parser.node;{built-in method builtins.len}"
0.1 t1 calls 5 0.003 "main;run.<locals>.<lambda>"
0.1 t1 calls 6 0.002 "main;other.<locals>.<lambda>"
0.1 t1 calls 7 0.001 main>load>naïve
0.1 t1 calls 5000000000 3.5 main>load>crc32
0.1 t1 calls 2 0.25 main>load>?/lib/libfast.so+0x1f
0.2 t1 calls 4 0.060 main>Parser.node>load>Parser.node
0.2 t2 sample 0.002 main>crc32 x2
0.3 t2 sample 0.001 main>crc32
"""

# What was sampled is no part of it; two lambdas of one line are one; what is printed in {} stands in the file in <>.
WANTED = {
    ("main.c", 1, "main"): (1, 1, 0.010, 3.911),
    ("/src/load.py", 10, "load"): (12, 12, 0.031, 3.842),
    ("/src/parse.py", 52, "node"): (3, 1207, 0.110, 0.114),
    ("/src/run.py", 7, "<lambda>"): (11, 11, 0.005, 0.005),
    ("~", 0, "<built-in method builtins.len>"): (8001, 8001, 0.004, 0.004),
    ("/src/naïve.py", 1, "naïve"): (7, 7, 0.001, 0.001),
    ("/src/crc32.c", 88, "crc32"): (5000000000, 5000000000, 3.5, 3.5),
    ("~", 0, "<libfast.so+0x1f>"): (2, 2, 0.25, 0.25),
}


def near(got, want, what):
    check(abs(got - want) < 1e-9, f"{what}: {got}, not {want}")


@case
def times_pstats(bench):
    trace = write(bench, EXACT)
    out = bench.path("out.pstats")
    result = bench.run(bench.memtrace, "export", "--to=pstats", "-o", out, trace)
    equal((result.status, result.err), (0, ""), "export --to=pstats")
    text = io.StringIO()
    stats = pstats.Stats(out, stream=text)
    equal(set(stats.stats), set(WANTED), "functions")
    for key, (cc, nc, tt, ct) in WANTED.items():
        got = stats.stats[key]
        equal(got[:2], (cc, nc), f"calls of {key}")
        near(got[2], tt, f"time in {key}")
        near(got[3], ct, f"time below {key}")
    node = ("/src/parse.py", 52, "node")
    callers = stats.stats[node][4]
    equal({key: value[:2] for key, value in callers.items()},
          {("main.c", 1, "main"): (3, 3), node: (1200, 1200), ("/src/load.py", 10, "load"): (4, 4)}, "callers")
    near(callers[("main.c", 1, "main")][3], 0.114, "time in calls by main")
    stats.print_callers()
    stats.print_callees()
    # The report prints what pstats prints, but for the line with the file's name.
    for metric, words in (("total", "cumulative"), ("self", "tottime"), ("calls", "ncalls")):
        text.seek(0)
        text.truncate()
        stats.sort_stats(words).print_stats()
        wanted = text.getvalue().split("\n\n", 1)[1]
        for view in ([], ["--view=functions"]):
            result = bench.run(bench.memtrace, "report", "--format=pstats", f"--metric={metric}", *view, trace)
            equal(result.out, wanted, f"report --format=pstats --metric={metric}")
    text.seek(0)
    text.truncate()
    stats.sort_stats("cumulative").print_stats(2)
    result = bench.run(bench.memtrace, "report", "--format=pstats", "--limit=2", trace)
    equal(result.out, text.getvalue().split("\n\n", 1)[1], "report --format=pstats --limit=2")
    # Under a lens, too.
    result = bench.run(bench.memtrace, "report", "--format=pstats", "--from=0.15", trace)
    check("4 function calls (0 primitive calls) in 0.060 seconds" in result.out, result.out)


@case
def times_report(bench):
    trace = write(bench, EXACT)
    rows = {row["function"]: row for row in bench.json(trace, "--view=functions", "--limit=0")["rows"]}
    keys = ("calls", "primitive_calls", "self_s", "total_s", "timing")
    equal([rows["Parser.node"][key] for key in keys], [1207, 3, 0.11, 0.114, "exact"], "an exact row")
    equal([rows["crc32"][key] for key in keys], [5000000000, 5000000000, 3.503, 3.503, "both"], "a row of both")
    equal(rows["crc32"]["samples"], 3, "samples")
    equal(rows["load"]["samples"], None, "samples of what was not sampled")
    tree = bench.json(trace, "--view=tree", "--metric=self", "--limit=0")["root"]
    equal(tree["value"], 3.914, "the whole")
    times = [process["time"] for process in bench.json(trace, "--view=summary")["processes"]]
    equal([(time["mode"], time["clock"], time["samples"]) for time in times],
          [("exact", "wall", 0), ("sample", "cpu", 3)], "processes")
    equal(times[1]["samples_due"], 4, "samples that were due")
    text = bench.run(bench.memtrace, "report", trace).out
    check("75.0% of those due" in text, text)
    # Of one process the CPU time isn't known, so neither is how many are due in all.
    two = write(bench, EXACT + "fork 3 102 100 ./app\nthread 3 102\ntime 3 sample cpu 1000\n0.4 t3 sample 0.001 main>crc32\n", "two")
    text = bench.run(bench.memtrace, "report", two).out
    check("4  samples" in text and "those due" not in text, text)
    equal(bench.run(bench.memtrace, "report", "--fail-if=samples<4", trace).status, 3, "--fail-if")
    points = bench.json(trace, "--view=timeline", "--limit=30")["points"]
    check(abs(sum(point["self_s"] for point in points) - 3.914) < 1e-6, "the timeline has all time")


@case
def times_that_are_not_there(bench):
    sampled = write(bench, "process 1 100 1 ./app\nthread 1 100\ntime 1 sample cpu 1000\n0.1 t1 sample 0.1 main x100\n")
    untimed = write(bench, "process 1 100 1 ./app\nthread 1 100\n0.1 t1 alloc 5 main\n", "untimed")
    for trace, options, text in ((sampled, ["--format=pstats"], "--time=exact"), (sampled, ["--metric=calls"], "--time=exact"),
                                 (untimed, ["--metric=self"], "--time=sample"), (untimed, ["--format=pstats"], "--time=exact"),
                                 (sampled, ["--format=pstats", "--view=tree"], "--view=functions")):
        result = bench.run(bench.memtrace, "report", *options, trace)
        equal(result.status, 2, f"status of report {options}")
        check(text in result.err and result.err.count("\n") == 1 and not result.out, f"report {options}: {result.err}")
    short = write(bench, "process 1 100 1 ./app\nthread 1 100\ntime 1 sample cpu 1000\n0.1 t1 alloc 5 main\n", "short")
    equal(bench.json(short)["totals"]["samples"], 0, "samples of a run too short for one")
    equal(bench.json(untimed)["totals"]["samples"], None, "samples where none were to come")
    both = write(bench, "process 1 100 1 ./app\nthread 1 100\ntime 1 sample cpu 1000\n0.1 t1 sample 0.1 main x100\n"
                        "0.2 t1 alloc 5 main>f\n", "both")
    # What was measured and took no time has rows, however they are ranked.
    for metric in ("self", "total"):
        row = bench.json(short, "--view=functions", f"--metric={metric}")["rows"][0]
        equal([row[key] for key in ("self_s", "total_s", "samples")], [0, 0, 0], f"times of a short run by {metric}")
        check("SELF TIME" in bench.report(short, "--view=functions", f"--metric={metric}").out, f"text by {metric}")
        equal(bench.json(short, "--view=tree", f"--metric={metric}")["root"]["value"], 0, f"tree by {metric}")
        result = bench.run(bench.memtrace, "export", "--to=folded", f"--metric={metric}", short)
        equal((result.status, result.out), (0, ""), f"folded by {metric}")
        result = bench.run(bench.memtrace, "diff", "--format=json", "--view=functions", "--unchanged", f"--metric={metric}", short, sampled)
        equal(result.status, 0, f"diff by {metric}: {result.err}")
        (row,) = json.loads(result.out)["rows"]
        equal((row["old_self_s"], row["new_self_s"]), (0, 0.1), f"diff by {metric}")
    for trace, want in ((both, [0, 0, 0]), (short, [0, 0, 0]), (untimed, [None] * 3)):
        row = bench.json(trace, "--view=functions", "--sort=allocations")["rows"][0]
        equal([row[key] for key in ("self_s", "total_s", "samples")], want, f"times of {row['function']} in {trace}")
    for condition, trace, status in (("samples>0", untimed, 2), ("calls>0", sampled, 2), ("allocations>0", untimed, 3),
                                     ("samples<1", short, 3)):
        result = bench.run(bench.memtrace, "report", f"--fail-if={condition}", trace)
        equal(result.status, status, f"status of --fail-if={condition}")
        check(condition in result.err and result.out, f"--fail-if={condition}: {result.err}")
    both = bench.run(bench.memtrace, "report", "--fail-if=allocations>0", "--fail-if=samples>0", untimed)
    equal((both.status, both.err.count("\n")), (3, 2), "one that holds, and one that can't be told")
    out = bench.path("kept.pstats")
    with open(out, "w") as file:
        file.write("kept")
    result = bench.run(bench.memtrace, "export", "--to=pstats", "-o", out, sampled)
    equal(result.status, 2, "status of export --to=pstats of samples")
    equal(open(out).read(), "kept", "what stands in the file that was not written")
    # A trace of samples alone is ranked by time, without being told.
    rows = bench.json(sampled, "--view=functions")
    equal((rows["metric"], rows["rows"][0]["calls"], rows["rows"][0]["self_s"]), ("self", None, 0.1), "samples alone")
    equal(bench.run(bench.memtrace, "export", "--to=folded", sampled).out, "main 100000000\n", "folded samples")
