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

    def kinds(self, n):
        if not self.varint():
            return self.bits(n)
        out = []
        for i, run in enumerate(self.column().all()):
            out += [i % 2] * run
        assert len(out) == n
        return out

    def codes(self, n):
        return list(self.take(n))

    def size(self):
        code = self.take(1)[0]
        if code < 128:
            return code
        if code < 240:
            return 128 + (code - 128) * 8
        return self.varint() if code == 255 else (code - 240) * 256 + self.take(1)[0]

    def sizes(self, local, n_local):
        """by site, in the order of local ids; given back in the order of events"""
        stepped, column, by_site = self.bits(n_local), self.column(), {}
        for site in sorted(local):
            values = by_site.setdefault(site, [])
            v = column.size()
            if stepped[site]:
                v = (values[-1] if values else 0) + signed(v)
            values.append(v % 2**64)
        assert column.at == len(column.data)
        queues = {site: iter(values) for site, values in by_site.items()}
        return [next(queues[site]) for site in local]

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


def signed(v):
    return v >> 1 ^ -(v & 1)


def sums(p, counts, means=None):
    form, values = p.varint(), p.column().all()
    assert len(values) == len(counts) and form <= 2 and (form != 1 or means)
    if form == 1:
        values = [c * m + signed(v) for c, m, v in zip(counts, means, values)]
    elif form == 2:
        values = [c * v + rest for c, v, rest in zip(counts, values, p.column().all())]
    return [v % 2**64 for v in values]


def means(values, counts):
    return [v // max(n, 1) for v, n in zip(values, counts)]


def temporaries(frees, codes):
    return [n - signed(code - 1) if code else 0 for n, code in zip(frees, codes)]


def entries(p, n):
    """site -> (allocations, own frees, foreign, temporary, bytes, own bytes, foreign bytes), in order"""
    sites, allocs, left, foreign, temporary = (p.column().all() for _ in range(5))
    size = sums(p, allocs)
    left_size = sums(p, left, means(size, allocs))
    foreign_size = sums(p, foreign, means(size, allocs))
    own = [a - b for a, b in zip(allocs, left)]
    own_size = [a - b for a, b in zip(size, left_size)]
    temporary = temporaries(own, temporary)
    site, out = 0, {}
    for step, *figures in zip(sites, allocs, own, foreign, temporary, size, own_size, foreign_size):
        site += signed(step)
        out[site] = figures
    assert len(out) == len(sites) == n
    return out


def totals_of(p, n):
    """per site: the fields of struct trace_totals"""
    allocs, left, temporary = (p.column().all() for _ in range(3))
    size = sums(p, allocs)
    mean = means(size, allocs)
    left_size, peak = sums(p, left, mean), p.column().all()
    peak_size = sums(p, peak, mean)
    more, more_size = ([signed(v) for v in p.column().all()] for _ in range(2))
    frees = [a - b for a, b in zip(allocs, left)]
    temporary = temporaries(frees, temporary)
    freed = [a - b for a, b in zip(size, left_size)]
    process = [a + b for a, b in zip(peak, more)]
    process_size = [(a + m * e + b) % 2**64 for a, m, e, b in zip(peak_size, more, mean, more_size)]
    rows = list(zip(allocs, size, frees, freed, temporary, peak, peak_size, process, process_size))
    assert len(rows) == n
    return [list(row) for row in rows]


def head(p):
    names = "number events first n allocs foreign start length live min max end blocks index".split()
    return dict(zip(names, (p.varint() for _ in names)))


def slices(columns, h):
    """(start, end, both in us from the block's start; lowest, highest, last of live; allocations)"""
    out, live, now = [], h["live"], 0
    for _ in range((h["n"] + 1023) // 1024):
        start = now + columns[0].varint()
        now = start + columns[1].varint()
        live = columns[2].delta(live)
        out.append((start, now, live - columns[3].varint(), live + columns[4].varint(), live, columns[5].varint()))
    return out


def ends(p):
    out, at = [], 0
    for _ in range(p.varint()):
        at += p.varint()
        out.append((at, p.varint()))
    return out


def chunk(size):
    return max(32, (size + 23) % 2**64 & ~15)


class Guess:
    """Of the addresses of a block's allocations."""

    def __init__(self):
        self.end, self.ends, self.freed, self.own = 0, {}, defaultdict(list), defaultdict(bool)

    @staticmethod
    def group(size):
        return chunk(size) if chunk(size) < 16384 else -chunk(size).bit_length()

    def address(self, size, away):
        group = self.group(size)
        if self.freed[group]:
            found = self.freed[group].pop() + away
        else:
            near = [self.end, self.ends.get(group) or self.end]
            found = near[self.own[group]] + away
            apart = [abs(found % 2**64 - place) for place in near]
            if apart[0] != apart[1]:
                self.own[group] = apart[1] < apart[0]
        found %= 2**64
        self.end = self.ends[group] = (found + chunk(size)) % 2**64
        return found


class Trace:
    def __init__(self):
        self.ids = dict(zip(TABLES, [1, 1, 0, 0, 0, 0, 1, 0]))
        self.threads, self.sites = {}, []  # process by thread; (thread, node)
        self.live = defaultdict(lambda: [0, 0])  # by site
        self.totals = defaultdict(lambda: [0] * 5)
        self.ended, self.index, self.merged = set(), [], []
        self.now = self.events = self.ordinal = self.blocks = self.peak = self.with_addresses = 0
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
        over = ends(s)
        summary = entries(s, s.varint())
        touched = list(summary)
        assert (h["number"], h["events"], h["first"]) == (self.blocks, self.events, self.ordinal)
        assert h["start"] >= self.now and h["live"] == sum(b for _, b in self.live.values())
        assert h["blocks"] == sum(n for n, _ in self.live.values())

        assert (c.varint(), c.varint()) == (h["number"], h["foreign"])
        n = h["foreign"]
        local = c.planes(n)
        sizes = c.sizes(local, len(touched))
        codes, differences = c.codes(n), c.varint()
        far, behind, ordinals = iter(c.planes(codes.count(255))), 0, []
        for code in codes:
            if code < 255:
                ordinals.append(behind + signed(code))
            elif differences:
                ordinals.append(behind + signed(next(far)))
            else:
                ordinals.append(h["first"] - 1 - next(far))
            behind = ordinals[-1] + 1
        foreign = list(zip(local, sizes, ordinals))

        assert e.varint() == h["number"]
        kinds = e.kinds(h["n"])
        temporary = e.bits(sum(kinds))
        local = e.planes(h["allocs"])
        sizes = e.sizes(local, len(touched))
        frees = e.codes(sum(kinds))
        far = iter(e.planes(frees.count(255)))
        times = self.times(e, h)
        at, crossed = 0, {}
        for position, thread in zip(e.column().all(), e.column().all()):
            at += position
            crossed[at] = thread
        assert all(kinds[i] and t < len(self.threads) for i, t in crossed.items())
        assert times[0] >= h["start"] and times[-1] <= h["start"] + h["length"] and times == sorted(times)

        made, expected, freed, behind, after = [], {x: [0] * 7 for x in touched}, set(), 0, False
        live, high, figures = h["live"], (-1, 0), []
        story, f = [], 0  # of each event: None, an allocation; the number of the one freed; -1, an older one
        for i, is_free in enumerate(kinds):
            for position, process in over:
                if position == i:
                    live -= self.end(process)
            if not is_free:
                site, size = touched[local[len(made)]], sizes[len(made)]
                made.append((site, size))
                story.append(None)
                add = (1, 0, 0, 0, size, 0, 0)
            else:
                v, hint = frees[f], False
                if v:
                    number = behind + signed(v - 1) if v < 255 else len(made) - 1 - next(far)
                    assert number not in freed
                    freed.add(number)
                    story.append(number)
                    behind, hint = number + 1, after and number == len(made) - 1
                    site, size = made[number]
                    add = (0, 1, 0, 0, 0, size, 0)
                else:
                    place, size, older = foreign.pop(0)
                    site = touched[place]
                    assert older < h["first"]
                    story.append(-1)
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
                figures.append([times[i], times[i], live, live, live, 0])
            start, _, low, most, _, allocs = figures[-1]
            figures[-1] = [start, times[i], min(low, live), max(most, live), live, allocs + (not is_free)]
        assert not foreign and expected == summary, "summary"
        assert (h["max"], h["index"]) == (high[0], -high[1]) and h["end"] == live
        assert h["min"] == min(x[2] for x in figures)
        self.peak = max(self.peak, h["max"])
        self.now, self.events, self.ordinal = h["start"] + h["length"], self.events + h["n"], self.ordinal + len(made)
        self.blocks += 1
        self.index.append((h, over, figures))
        self.merged.append(expected)
        self.last = (h, story, made)

    def addresses(self, p):
        """Of the block before. Of every four times 700 of gen_trace's the first are in a row, 48 bytes apart."""
        h, story, made = self.last
        assert (p.varint(), p.varint()) == (h["number"], len(made))
        codes = p.codes(len(made))
        far = iter(p.planes(codes.count(255)))
        guess, found = Guess(), []
        for freed in story:
            if freed is None:
                code = codes[len(found)]
                away = signed(code if code < 255 else next(far)) * 8
                found.append(guess.address(made[len(found)][1], away))
            elif freed >= 0:
                guess.freed[guess.group(made[freed][1])].append(found[freed])
        for i, address in enumerate(found):
            ordinal = h["first"] + i
            assert ordinal // 700 % 4 or address == 0x560000001010 + ordinal * 48, "addresses"
        self.with_addresses += 1

    @staticmethod
    def times(e, h):
        out, position, floor, last_run, last_span = [], 0, 0, 1, 0

        def add(ns):
            nonlocal floor
            floor = max(floor, min(ns, h["length"]))
            out.append(h["start"] + floor)

        if e.varint():
            ticks = e.column()
            while len(out) < h["n"]:
                code = ticks.take(1)[0]
                position += code >> 6 if code < 192 else 3 + ticks.varint()
                for _ in range(code & 63 or ticks.varint()):
                    add(position * 2000 + 1000)
                position += 1
            return out
        runs, jumps, spans = e.column(), e.column(), e.column()
        while len(out) < h["n"]:
            run, span = runs.varint(), 0
            position = jumps.delta(position)
            if run:
                span = (last_span * run + last_run // 2) // last_run + signed(spans.varint())
                last_run, last_span = run, span
            for k in range(run + 1):
                add(position * 250 + ((span * 250 << 16) // max(run, 1) * k >> 16))
            position += span
        return out

    def check_index(self, listed):
        assert len(listed) == len(self.index), "index"
        for (h, over, figures), (other, other_over, others) in zip(self.index, listed):
            assert h == other and over == other_over and len(figures) == len(others), "index"
            for mine, (start, end, *rest) in zip(figures, others):
                assert mine[2:] == rest, "slices"
                for ns, us in zip(mine, (start, end)):
                    assert abs(ns - h["start"] - us * 1000) <= 2000

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
            added = defaultdict(lambda: [0] * 7)
            for block in self.merged[first : first + n]:
                for site, figures in block.items():
                    added[site] = [x + y for x, y in zip(added[site], figures)]
            assert n == 16 and first + n == self.blocks
            wanted = dict(added)
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
            p.varint(), p.varint(), [p.column() for _ in range(3)]
            flags = p.varint() if p.at < len(p.data) else 0
        elif kind.islower():
            t.dictionary(kind, p)
        elif kind in "SCE":
            assert kind == "SCE"[len(block)]
            block.append(p)
            if kind == "E":
                t.block(*block)
                block = []
        elif kind == "A":
            t.addresses(p)
        elif kind in "HL":
            t.part(kind, p)
        elif kind == "B":
            n, heads = p.varint(), p.column()
            columns = [p.column() for _ in range(6)]
            for _ in range(n):
                heads.varint(), heads.varint()
                h, over = head(heads), ends(heads)
                listed.append((h, over, slices(columns, h)))
            assert all(c.at == len(c.data) for c in [heads] + columns)
        elif kind == "T":
            first, n = p.varint(), p.varint()
            for i, row in enumerate(totals_of(p, n)):
                totals[first + i] = row
        elif kind == "Z":
            assert t.with_addresses == (t.blocks if flags & 1 else 0), "all blocks have addresses, or none"
            t.check_index(listed)
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
