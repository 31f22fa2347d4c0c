#!/usr/bin/env python3
"""Runs end-to-end cases: run.py --build DIR [CASE...] (all by default); run.py --list names them.

Exits with 0 when all passed, 77 when the only one asked for can't run here, else 1.
"""
import argparse
import subprocess
import sys
import traceback

from harness import CASES, Bench, Failure, Skip
import cases_addresses  # noqa: F401 (each module registers its cases)
import cases_allocators  # noqa: F401
import cases_calls  # noqa: F401
import cases_command  # noqa: F401
import cases_diff  # noqa: F401
import cases_export  # noqa: F401
import cases_guest  # noqa: F401
import cases_hazards  # noqa: F401
import cases_jit  # noqa: F401
import cases_memory_lines  # noqa: F401
import cases_python  # noqa: F401
import cases_pymalloc  # noqa: F401
import cases_python_calls  # noqa: F401
import cases_python_programs  # noqa: F401
import cases_report  # noqa: F401
import cases_samples  # noqa: F401
import cases_stacks  # noqa: F401
import cases_stress  # noqa: F401
import cases_times  # noqa: F401
import cases_timing  # noqa: F401
import cases_views  # noqa: F401
import cases_waits  # noqa: F401


def run_case(name, build):
    """0 passed, 1 failed, 77 skipped."""
    bench = Bench(build)
    try:
        CASES[name](bench)
    except Skip as skip:
        print(f"SKIP {name}: {skip}")
        return 77
    except Failure as failure:
        print(f"FAIL {name}: {failure}")
        return 1
    except subprocess.TimeoutExpired as late:
        print(f"FAIL {name}: no end after {late.timeout} s: {late.cmd}")
        return 1
    except Exception:
        print(f"FAIL {name}:")
        traceback.print_exc(file=sys.stdout)
        return 1
    finally:
        bench.close()
    print(f"ok   {name}")
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(sorted(CASES)))
        return 0
    results = [run_case(name, arguments.build) for name in arguments.cases or sorted(CASES)]
    if 1 in results:
        return 1
    return 77 if results == [77] else 0


if __name__ == "__main__":
    sys.exit(main())
