#!/usr/bin/env python3
"""Resident memory line by line, as memory_profiler has it: memtrace record python3 memory_profiler_example.py, then
memtrace report --view=lines --function=my_func.

my_func() is the example of memory_profiler's README. shrink() is a loop: each round takes a block and gives it back, the
next one a smaller one. The truth is below: MiB by all executions of a line in all, and how often it began. memory_profiler
0.61 subtracts, from what is resident after a line, the most that ever was after the line before it: it has -120 MiB for
the line that only counts, and -360 for the del.

expect line my_func 22: increment=7.63 hits=1
expect line my_func 23: increment=152.59 hits=1
expect line my_func 24: increment=-152.59 hits=1
expect line my_func 25: increment=0 hits=1
expect line shrink 30: increment=0 hits=1
expect line shrink 31: increment=0 hits=4
expect line shrink 32: increment=240 hits=3
expect line shrink 33: increment=0 hits=3
expect line shrink 34: increment=-240 hits=3
"""
@profile
def my_func():
    a = [1] * (10 ** 6)
    b = [2] * (2 * 10 ** 7)
    del b
    return a


@profile
def shrink():
    n = 0
    for mib in (120, 80, 40):
        block = bytearray(mib << 20)
        n += len(block)
        del block
    return n


if __name__ == "__main__":
    my_func()
    shrink()
