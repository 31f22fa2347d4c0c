"""What changed between two traces: against the reports of both, and what a CI job asks."""
import csv
import io
import json
import os
import re

from harness import case, check, equal, write

FIGURES = ("allocations", "allocated_bytes", "peak_bytes", "leaked_bytes", "leaked_blocks", "temporary")


def diff(bench, *words, status=0):
    result = bench.run(bench.memtrace, "diff", *words)
    equal(result.status, status, f"status of diff {words}: {result.err}")
    return result


def two(bench):
    return bench.record(bench.sample("leak")).trace, bench.record(bench.sample("fork")).trace


@case
def diff_is_the_difference_of_reports(bench):
    old, new = two(bench)
    state = json.loads(diff(bench, "--format=json", "--limit=0", "--unchanged", "--view=functions", old, new).out)
    equal((state["schema"], state["view"]), (1, "functions"), "schema and view")
    for side, trace in (("old", old), ("new", new)):
        equal(state[side]["totals"], bench.totals(trace), f"totals of {side}")
        equal(os.path.basename(state[side]["trace"]["file"]), os.path.basename(trace), f"file of {side}")
    for key in FIGURES:
        equal(state["delta"][key], state["new"]["totals"][key] - state["old"]["totals"][key], key)
        for row in state["rows"]:
            equal(row["delta_" + key], row["new_" + key] - row["old_" + key], f"{key} of {row['function']}")
        for side in ("old", "new"):
            equal(sum(row[f"{side}_{key}"] for row in state["rows"]), state[side]["totals"][key], f"{key} of all {side}")
    names = {row["function"]: row["status"] for row in state["rows"]}
    equal(names["keep"], "gone", "a function of the old program alone")
    rows = list(csv.DictReader(io.StringIO(diff(bench, "--format=csv", "--view=functions", "--limit=0", "--unchanged", old, new).out)))
    equal([row["function"] for row in rows], [row["function"] for row in state["rows"]], "CSV's rows")


@case
def diff_of_the_same_is_zero(bench):
    trace, _ = two(bench)
    for view in ("functions", "leaks"):
        state = json.loads(diff(bench, "--format=json", f"--view={view}", trace, trace).out)
        equal((state["total_rows"], state["rows"]), (0, []), view)
        check(state["unchanged_rows"] > 0, "unchanged rows")
        check(not any(state["delta"].values()), f"delta: {state['delta']}")
    tree = json.loads(diff(bench, "--format=json", "--view=tree", trace, trace).out)
    equal((tree["root"]["delta"], tree["root"]["children"]), (0, []), "tree")
    diff(bench, "--fail-if=peak>+0", "--fail-if=leaked!=+0", "--fail-if=allocations<-0", trace, trace)


@case
def diff_fails_as_asked(bench):
    old, new = two(bench)
    a, b = bench.totals(old), bench.totals(new)
    more = b["allocations"] - a["allocations"]
    diff(bench, f"--fail-if=allocations>+{more}" if more >= 0 else f"--fail-if=allocations<-{-more}", old, new)
    result = diff(bench, f"--fail-if=allocations=={more:+d}", old, new, status=3)
    check("holds" in result.err, result.err)
    diff(bench, "--fail-if=allocations>0", old, new, status=3)
    for words in (["--fail-if=peak>5+", old, new], ["--fail-if=peak>+", old, new], ["--metric=bogus", old, new], ["--metric=calls", old, new], ["--view=lines", old, new],
                  ["--sort=bogus", "--view=functions", old, new], ["--filter=(", old, new], [old], [old, new, old]):
        equal(len(diff(bench, *words, status=2).err.splitlines()), 1, f"standard error of {words}")
    equal(bench.run(bench.memtrace, "diff", old, bench.path("missing")).status, 1, "a file that is not there")


@case
def diff_lens_and_cut_trace(bench):
    old, new = two(bench)
    state = json.loads(diff(bench, "--format=json", "--filter=keep", old, old).out)
    equal(state["old"]["totals"]["allocations"], bench.totals(old, "--filter=keep")["allocations"], "under a filter")
    cut = bench.path("cut.zst")
    with open(old, "rb") as whole, open(cut, "wb") as part:
        part.write(whole.read()[:-40])
    result = diff(bench, "--format=json", old, cut)
    check("cut.zst: incomplete" in result.err, result.err)
    state = json.loads(result.out)
    equal((state["old"]["trace"]["complete"], state["new"]["trace"]["complete"]), (True, False), "complete")
    check("incomplete" in diff(bench, cut, old).out, "the summary says that it is incomplete")


@case
def diff_of_times_and_calls(bench):
    """Times never make a function another one unless they are asked for; calls are exact."""
    options = ["--time=exact"]
    old, new = (bench.record(bench.program(name), options=options).trace for name in ("throws_functions", "calls_functions"))
    state = json.loads(diff(bench, "--format=json", "--limit=0", "--view=functions", "--unchanged", "--metric=calls", old, new).out)
    for side, trace in (("old", old), ("new", new)):
        equal(sum(row[f"{side}_calls"] for row in state["rows"]), bench.totals(trace)["calls"], f"calls of all {side}")
    for row in state["rows"]:
        equal(row["delta_calls"], row["new_calls"] - row["old_calls"], f"calls of {row['function']}")
        for key in ("self_s", "total_s"):
            check(abs(row["delta_" + key] - row["new_" + key] + row["old_" + key]) < 1e-6, f"{key}: {row}")
    check(any(row["delta_calls"] for row in state["rows"]), "no function was called more often")
    for metric in ("self", "total", "calls"):
        for view in ("summary", "functions", "tree"):
            out = diff(bench, f"--metric={metric}", f"--view={view}", old, new).out
            check(metric in out or view != "summary", out)
    tree = json.loads(diff(bench, "--format=json", "--view=tree", "--metric=total", old, new).out)
    check(0 < tree["root"]["old"] < 1000, f"seconds: {tree['root']['old']}")
    same = json.loads(diff(bench, "--format=json", "--view=functions", old, old).out)
    equal((same["total_rows"], same["delta"]["allocations"]), (0, 0), "of a trace and itself")
    off = bench.record(bench.sample("leak"), options=["--time=off"]).trace
    row = json.loads(diff(bench, "--format=json", "--view=functions", old, off).out)["rows"][0]
    equal([row[key] for key in ("old_self_s", "delta_total_s", "new_calls")], [None] * 3, "not measured of both")
    check("no function timings" in diff(bench, "--metric=self", old, off, status=2).err, "why there are no times")


@case
def diff_in_the_viewer(bench):
    old, new = two(bench)
    result = bench.run(bench.memtrace, "view", "--diff", "--dump=diff", "--size=120x40", "--keys=ml", "--ascii", old, new)
    equal((result.status, result.err), (0, ""), "status and standard error")
    a, b = bench.totals(old), bench.totals(new)
    cells = [line.split() for line in result.out.split("\n") if line.startswith(" allocations ")]
    equal([cell[1:3] for cell in cells], [[str(a["allocations"]), str(b["allocations"])]], "totals")
    result = bench.run(bench.memtrace, "view", "--diff", "--filter=keep", old, new)
    check("this is the report" in result.err, result.err)
    equal(result.out, diff(bench, "--filter=keep", old, new).out, "without a terminal")
    for words in (["--diff", old], ["--diff", old, new, old]):
        equal(bench.run(bench.memtrace, "view", *words).status, 2, f"status of {words}")
    equal(bench.run(bench.memtrace, "view", "--diff", "--dump=diff", bench.path("missing"), new).status, 1, "a file that is not there")


@case
def diff_of_what_was_not_measured(bench):
    """Of a side that did not record allocations nobody knows what is gone, or new."""
    on = bench.record(bench.sample("leak")).trace
    for off in (bench.record(bench.sample("leak"), options=["--memory=off"]).trace,
                bench.record(bench.sample("leak"), options=["--memory=off", "--time=off"]).trace,
                bench.record(bench.program("static"), options=["-q"]).trace):
        for pair, side in (((on, off), "new"), ((off, on), "old")):
            for view in ("summary", "functions", "tree", "leaks"):
                text = diff(bench, f"--view={view}", *pair).out
                check("keep" not in text and "gone" not in text and "no function differs" not in text, f"{view}: {text}")
                check(re.search(f"^  {side}: .*recorded", text, re.M), f"{view} does not say why: {text}")
            for view in ("functions", "leaks"):
                state = json.loads(diff(bench, "--format=json", "--limit=0", "--unchanged", f"--view={view}", *pair).out)
                equal([row for row in state["rows"] if row["function"] == "keep" and row["status"]], [], f"status in {view}")
    leaks = json.loads(diff(bench, "--format=json", "--view=leaks", on, off).out)
    equal((leaks["total_rows"], leaks["delta"]["leaked_bytes"]), (0, None), "leaks")
    equal(json.loads(diff(bench, "--format=json", "--view=tree", on, off).out)["root"], None, "tree")


@case
def diff_of_leaks_tells_stacks_apart(bench):
    text = ("process 1 100 1 ./app\nthread 1 100\n0.1 t1 alloc 100 main>f>keep\n0.2 t1 alloc {} main>g>keep\nend 1\n")
    old, new = write(bench, text.format(10), "old"), write(bench, text.format(500), "new")
    rows = list(csv.DictReader(io.StringIO(diff(bench, "--view=leaks", "--format=csv", "--unchanged", old, new).out)))
    equal([(row["function"], row["callers"], row["delta_leaked_bytes"]) for row in rows],
          [("keep", "g < main", "490"), ("keep", "f < main", "0")], "rows")
    rows = json.loads(diff(bench, "--view=leaks", "--format=json", "--unchanged", "--sort=callers", old, new).out)["rows"]
    equal([[frame["function"] for frame in row["stack"]] for row in rows], [["keep", "f", "main"], ["keep", "g", "main"]], "JSON by callers")
    check("callers" not in rows[0], "JSON has the stack")
