"""record --addresses: the addresses are those that the program has; the heap map and the fragmentation come of them."""
import collections
import os
import sys

from harness import case, check, equal

PYTHON = """
blocks = [bytes(100 + i % 300) for i in range(5000)]
for block in blocks:
    print(33 + len(block), hex(id(block)))
"""


def addresses(bench, trace):
    done = bench.run(bench.program("print_addresses"), trace)
    equal((done.status, done.err), (0, ""), "print_addresses")
    return done.out.splitlines()


def holes(bench, *options):
    return bench.record(bench.program("places"), "holes", options=["-q", "--addresses", *options])


@case
def addresses_are_the_programs(bench):
    """Each block that the program tells of, in two processes and two threads, and hardly any other."""
    recorded = bench.record(bench.program("places"), options=["-q", "--addresses"])
    equal(recorded.status, 0, recorded.err)
    told, found = recorded.out.splitlines(), addresses(bench, recorded.trace)
    check(len(told) > 10000 and len({line.split()[0] for line in told}) == 2, f"{len(told)} lines")
    missing = collections.Counter(told) - collections.Counter(found)
    check(not missing, f"{sum(missing.values())} blocks are elsewhere: {list(missing)[:5]}")
    check(len(found) <= len(told) + 20, f"{len(found)} allocations, {len(told)} told of")
    state = bench.json(recorded.trace)
    equal(state["totals"]["allocations"], len(found), "allocations")


@case
def addresses_of_pymalloc(bench):
    """A bytes object is where its block is, and 33 bytes larger than what is in it."""
    recorded = bench.record(sys.executable, "-c", PYTHON, options=["-q", "--addresses", "--pymalloc"])
    equal(recorded.status, 0, recorded.err)
    told = recorded.out.splitlines()
    found = {line.split(" ", 1)[1] for line in addresses(bench, recorded.trace)}
    missing = [line for line in told if line not in found]
    check(not missing, f"{len(missing)} of {len(told)} objects are elsewhere: {missing[:5]}")


@case
def without_addresses_nothing_is_kept(bench):
    trace = bench.record(bench.program("places"), "holes", options=["-q"]).trace
    done = bench.report(trace, "--view=map", status=2)
    equal(len(done.err.splitlines()), 1, f"lines on standard error ({done.err})")
    check("memtrace record --addresses" in done.err and not done.out, done.err)
    state = bench.json(trace)
    equal((state["fragmentation"], state["peak_touched_bytes"]), (None, None), "fragmentation")
    done = bench.run(bench.memtrace, "record", "--addresses", "--memory=off", "true")
    equal((done.status, len(done.err.splitlines())), (125, 1), done.err)


@case
def fragmentation_of_holes(bench):
    """Half of what 1000 blocks of 4000 bytes had is free; the block of 8 MiB is another area."""
    trace = holes(bench).trace
    end = bench.json(trace, "--view=map", "--to=100%")
    heap = max((row for row in end["rows"] if row["kind"] == "heap"), key=lambda row: row["blocks"])
    check(500 <= heap["blocks"] <= 510, f"blocks: {heap}")
    check(2000000 <= heap["live_bytes"] < 2100000 and 0.47 < heap["fragmentation"] < 0.53, f"fragmentation: {heap}")
    check(abs(heap["fragmentation"] + heap["used"] - 1) < 1e-6, f"used: {heap}")
    check(4000 <= heap["largest_hole_bytes"] <= 4064, f"hole: {heap}")
    check(4000000 <= heap["span_bytes"] <= 4200000 and heap["touched_bytes"] == 4096 * heap["pages"], f"span: {heap}")
    equal(int(heap["end"], 16) - int(heap["start"], 16), heap["span_bytes"], "end")
    large = [row for row in end["rows"] if row["kind"] == "large"]
    equal([(row["blocks"], row["live_bytes"], row["pages"]) for row in large], [(1, 8 << 20, 2049)], "large")
    whole = end["map"]
    equal((whole["blocks"], whole["live_bytes"], whole["pages"]),
          tuple(sum(row[key] for row in end["rows"]) for key in ("blocks", "live_bytes", "pages")), "sums")
    equal(whole["live_bytes"], end["totals"]["leaked_bytes"], "live at the end")
    peak, summary = bench.json(trace, "--view=map"), bench.json(trace)
    equal((peak["map"]["moment"], peak["map"]["live_bytes"]), ("peak", peak["totals"]["peak_bytes"]), "at the peak")
    equal((summary["fragmentation"], summary["peak_touched_bytes"]),
          (peak["map"]["fragmentation"], peak["map"]["touched_bytes"]), "the summary")
    early = bench.json(trace, "--view=map", "--from=0", "--to=0")["map"]
    equal((early["blocks"], early["fragmentation"]), (0, 0), "before all")
    text = bench.report(trace, "--view=map").out
    check(text.startswith("at the peak, ") and "0x" in text and "fragmentation" in text, text)


@case
def heap_maps_of_processes(bench):
    """Each process has areas of its own; only the parent has the blocks that it made."""
    trace = bench.record(bench.sample("fork"), options=["-q", "--addresses"]).trace
    state = bench.json(trace)
    for process in state["processes"]:
        own = bench.json(trace, "--view=map", f"--process={process['pid']}")
        equal({row["pid"] for row in own["rows"]}, {process["pid"]}, "pids")
        equal((own["map"]["live_bytes"], own["map"]["blocks"]),
              (process["memory"]["peak_bytes"], process["memory"]["peak_blocks"]), "at its peak")


@case
def addresses_cut_off(bench):
    """What is there of a trace that was cut off, or never ended, has a map, and is said."""
    trace = bench.record(bench.program("places"), options=["-q", "--addresses"]).trace
    size = os.path.getsize(trace)
    for part in (size - 1, size * 3 // 4, size // 2, size // 4):
        os.truncate(trace, part)
        done = bench.report(trace, "--view=map")
        check("incomplete" in done.err, f"{part} of {size} bytes: {done.err}")
        state = bench.json(trace, "--view=map")
        check(state["trace"]["complete"] is False, "complete")
        whole = state["map"]
        equal(bench.json(trace)["fragmentation"], None if whole["unknown_blocks"] or not whole["blocks"] else whole["fragmentation"],
              "the summary")
        check(whole["blocks"] + whole["unknown_blocks"] > 0 or state["trace"]["events"] == 0, f"{part} of {size} bytes: {whole}")
