#!/usr/bin/env python3
"""Calls and times, as cProfile has them: memtrace record --time=exact python3 performance_profiling.py, then
memtrace report --format=pstats. With --lines=build the same trace has build()'s memory line by line.

fib() calls itself; of its calls one came while it did not run already, the primitive one. weigh() loops for long
and calls nothing: most of the time is its own. numbers() is a generator: it is called once for each number, and once
more to find that there are none. divisors() has a C function called. All of it from work(), once.

expect function work: calls=1 primitive_calls=1
expect function fib: calls=1973 primitive_calls=1
expect function weigh: calls=3 primitive_calls=3
expect function numbers: calls=1001 primitive_calls=1001
expect function divisors: calls=1 primitive_calls=1
expect function build: calls=1 primitive_calls=1
expect function {built-in method math.gcd}: calls=1000 primitive_calls=1000
"""
import math


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def weigh(n):
    weight = 0
    for i in range(n):
        weight += i & 7
    return weight


def numbers(n):
    for i in range(n):
        yield i


def divisors(n):
    found = 0
    for i in numbers(1000):
        if math.gcd(i, n) > 1:
            found += 1
    return found


def build():
    table = bytearray(64 << 20)
    copy = bytes(table)
    del table
    return copy


def work():
    fib(15)
    for _ in range(3):
        weigh(200000)
    divisors(60)
    build()


if __name__ == "__main__":
    work()
