#!/usr/bin/env python3
"""A second reader of traces, written from common/FORMAT.md alone: slow, plain, and sharing nothing with the C one. It
decodes all events, counts what the summaries, the merged ones, the snapshots, the index and the totals claim, and fails on
the first thing that differs.   read_trace.py FILE..."""
import struct
import subprocess
import sys
from collections import defaultdict

TABLES = "smptfank"


class Payload:
    def __init__(self, data):
        self.data, self.at = data, 0

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def delta(self, before):
        v = self.varint()
        return (before + (v >> 1 ^ -(v & 1))) % 2**64

    def take(self, n):
        assert self.at + n <= len(self.data), "cut short"
        self.at += n
        return self.data[self.at - n : self.at]

    def column(self):
        return Payload(self.take(self.varint()))

    def all(self):
        values = []
        while self.at < len(self.data):
            values.append(self.varint())
        return values

    def planes(self, n):
        width = self.varint()
        planes = [self.take(n) for _ in range(width)]
        return [sum(planes[p][i] << 8 * p for p in range(width)) for i in range(n)]

    def bits(self, n):
        number = int.from_bytes(self.column().data, "little")
        return [number >> i & 1 for i in range(n)]


def records(path):
    data = subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE, check=True).stdout
    at = 0
    while at < len(data):
        kind, version, length = struct.unpack_from("<BBI", data, at)
        assert version == 1
        yield chr(kind), Payload(data[at + 6 : at + 6 + length])
        at += 6 + length
    assert at == len(data)


def entries(p, n):
    """site -> (allocations, own frees, foreign, temporary, bytes, own bytes, foreign bytes), in order"""
    columns = [p.column() for _ in range(8)]
    site, out = 0, {}
    for _ in range(n):
        site = columns[0].delta(site)
        a, own, foreign, temporary, size, own_size, foreign_size = (c.varint() for c in columns[1:])
        out[site] = [a, a - own, foreign, temporary, size, size - own_size, foreign_size]
    assert len(out) == n and all(c.at == len(c.data) for c in columns)
    return out


def head(p):
    names = "number events first n allocs foreign start length live min max end blocks index".split()
    return dict(zip(names, (p.varint() for _ in names)))


def slices(p, h):
    out, live, now = [], 0, h["start"]
    for _ in range((h["n"] + 1023) // 1024):
        start = now + p.varint()
        now = start + p.varint()
        live = p.delta(live)
        out.append((start, now, live - p.varint(), live + p.varint(), live, p.varint()))
    return out


def ends(p):
    out, at = [], 0
    for _ in range(p.varint()):
        at += p.varint()
        out.append((at, p.varint()))
    return out


class Trace:
    def __init__(self):
        self.ids = dict(zip(TABLES, [1, 1, 0, 0, 0, 0, 1, 0]))
        self.threads, self.sites = {}, []  # process by thread; (thread, node)
        self.live = defaultdict(lambda: [0, 0])  # by site
        self.totals = defaultdict(lambda: [0] * 5)
        self.ended, self.index, self.merged = set(), [], []
        self.now = self.events = self.ordinal = self.blocks = self.peak = 0
        self.parts = {"H": {}, "L": {}}

    def dictionary(self, kind, p):
        n, total = p.varint(), p.varint()
        if kind == "t":
            rows = p.column()
            for _ in range(n):
                row = rows.column()
                thread, process = row.varint(), row.varint()
                assert process < self.ids["p"] and self.threads.get(thread, process) == process
                self.threads[thread] = process
            assert len(self.threads) == total
        elif kind == "k":
            threads, nodes, node = p.column(), p.column(), 0
            for _ in range(n):
                node = nodes.delta(node)
                self.sites.append((threads.varint(), node))
                assert node < self.ids["n"] and self.sites[-1][0] < len(self.threads)
            assert len(self.sites) == total
        elif kind == "n":
            parents, pcs = p.column().all(), p.column().all()
            assert all(1 <= d <= self.ids["n"] + i for i, d in enumerate(parents)) and max(pcs) < self.ids["a"]
        if kind in "mptsfank":
            assert kind in "pt" or self.ids[kind] + n == total
            self.ids[kind] = total

    def block(self, s, c, e):
        h = head(s)
        assert [s.varint() for _ in TABLES] == [self.ids[k] for k in TABLES]
        pieces, over = slices(s, h), ends(s)
        summary = entries(s, s.varint())
        touched = list(summary)
        assert (h["number"], h["events"], h["first"]) == (self.blocks, self.events, self.ordinal)
        assert h["start"] >= self.now and h["live"] == sum(b for _, b in self.live.values())
        assert h["blocks"] == sum(n for n, _ in self.live.values())

        assert (c.varint(), c.varint()) == (h["number"], h["foreign"])
        foreign = list(zip(c.planes(h["foreign"]), c.planes(h["foreign"])))
        ordinals, older = c.column(), 0

        assert e.varint() == h["number"]
        kinds = e.bits(h["n"])
        temporary = e.bits(sum(kinds))
        local = e.planes(h["allocs"])
        sizes, frees = e.column(), e.column()
        times = self.times(e.column(), e.column(), e.column(), h)
        at, crossed = 0, {}
        for position, thread in zip(e.column().all(), e.column().all()):
            at += position
            crossed[at] = thread
        assert all(kinds[i] and t < len(self.threads) for i, t in crossed.items())
        assert times[0] >= h["start"] and times[-1] <= h["start"] + h["length"] and times == sorted(times)

        last, made, expected, freed, behind, after = {}, [], {x: [0] * 7 for x in touched}, set(), 0, False
        live, high, figures = h["live"], (-1, 0), []
        f = 0
        for i, is_free in enumerate(kinds):
            for position, process in over:
                if position == i:
                    live -= self.end(process)
            if not is_free:
                site = touched[local[len(made)]]
                size = last[site] = sizes.delta(last.get(site, 0))
                made.append((site, size))
                add = (1, 0, 0, 0, size, 0, 0)
            else:
                v, hint = frees.varint(), False
                if v:
                    number = (behind + (v - 1 >> 1 ^ -(v - 1 & 1))) % 2**64
                    assert number not in freed
                    freed.add(number)
                    behind, hint = number + 1, after and number == len(made) - 1
                    site, size = made[number]
                    add = (0, 1, 0, 0, 0, size, 0)
                else:
                    place, size = foreign.pop(0)
                    site, older = touched[place], ordinals.delta(older)
                    assert older < h["first"]
                    add = (0, 0, 1, 0, 0, 0, size)
                temp = temporary[f] ^ hint
                f += 1
                expected[site][3] += temp
                self.totals[site][4] += temp
                size = -size
            after = not is_free
            expected[site] = [x + y for x, y in zip(expected[site], add)]
            count = self.live[site]
            count[0] += 1 if size > 0 or not is_free else -1
            count[1] += size
            total = self.totals[site]
            total[2 * is_free] += 1
            total[2 * is_free + 1] += abs(size)
            live += size
            high = max(high, (live, -i))
            if i % 1024 == 0:
                figures.append([live, live, live, 0])
            low, most, _, allocs = figures[-1]
            figures[-1] = [min(low, live), max(most, live), live, allocs + (not is_free)]
        assert not foreign and expected == summary, "summary"
        assert [list(x[2:]) for x in pieces] == figures, "slices"
        assert (h["max"], h["index"]) == (high[0], -high[1]) and h["end"] == live
        assert h["min"] == min(x[0] for x in figures)
        self.peak = max(self.peak, h["max"])
        self.now, self.events, self.ordinal = h["start"] + h["length"], self.events + h["n"], self.ordinal + len(made)
        self.blocks += 1
        self.index.append((h, pieces, over))
        self.merged.append(expected)

    @staticmethod
    def times(runs, spans, jumps, h):
        out, position, floor = [], 0, 0
        while len(out) < h["n"]:
            run, span = runs.varint(), spans.varint()
            position = jumps.delta(position)
            for k in range(run + 1):
                ns = position * 500 + ((span * 500 << 16) // max(run, 1) * k >> 16)
                floor = max(floor, min(ns, h["length"]))
                out.append(h["start"] + floor)
            position += span
        return out

    def end(self, process):
        self.ended.add(process)
        gone = 0
        for site, count in self.live.items():
            if self.threads[self.sites[site][0]] == process:
                gone += count[1]
                count[0] = count[1] = 0
        return gone

    def part(self, kind, p):
        if kind == "H":
            first, n = p.varint(), p.varint()
            last = p.varint()
            self.parts["H"].update(entries(p, p.varint()))
            sums = defaultdict(lambda: [0] * 7)
            for block in self.merged[first : first + n]:
                for site, figures in block.items():
                    sums[site] = [x + y for x, y in zip(sums[site], figures)]
            assert n == 16 and first + n == self.blocks
            wanted = dict(sums)
        else:
            assert p.varint() == self.blocks
            last, n, site = p.varint(), p.varint(), 0
            sites, blocks, sizes = p.column(), p.column(), p.column()
            for _ in range(n):
                site += sites.varint()
                self.parts["L"][site] = [blocks.varint(), sizes.varint()]
            wanted = {s: c for s, c in self.live.items() if c[0]}
        if last:
            assert self.parts[kind] == wanted, kind
            self.parts[kind] = {}


def check(path):
    t, block, totals, listed = Trace(), [], {}, []
    for kind, p in records(path):
        if kind == "I":
            assert p.take(8) == b"memtrace" and p.varint() == 1
        elif kind.islower():
            t.dictionary(kind, p)
        elif kind in "SCE":
            assert kind == "SCE"[len(block)]
            block.append(p)
            if kind == "E":
                t.block(*block)
                block = []
        elif kind in "HL":
            t.part(kind, p)
        elif kind == "B":
            for _ in range(p.varint()):
                p.varint(), p.varint()
                h = head(p)
                listed.append((h, slices(p, h), ends(p)))
        elif kind == "T":
            first, n = p.varint(), p.varint()
            columns = [p.column().all() for _ in range(9)]
            for i in range(n):
                totals[first + i] = [c[i] for c in columns]
        elif kind == "Z":
            assert listed == t.index, "index"
            p.varint(), p.varint()
            assert p.varint() == t.peak, "peak"
            [p.varint() for _ in range(5)]
            assert [p.varint() for _ in range(3)] == [t.blocks, t.events, t.ordinal]
            assert sum(x[6] for x in totals.values()) == t.peak
            for site, figures in totals.items():
                assert figures[:5] == t.totals[site], "totals"
    print(f"{path}: {t.events} events in {t.blocks} blocks, {len(t.sites)} sites, peak {t.peak}: as the format says")


for name in sys.argv[1:]:
    check(name)
