#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The twin's OpenCL built-ins: builtins.py declared|widths|values --object PROGRAM [--clang CLANG]. Exit 77: skipped, says why."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import calls
import declared
import device
import trials
import values
import verdict

SKIPPED = 77


def compile_for_twin(options, text, name):
    """Path of the object; ends the test with the compiler's words where it does not compile."""
    path = os.path.join(options.work, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    done = subprocess.run([options.object, path, options.cache], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name}: {done.stderr.strip()}")
    return done.stdout.strip()


def check_declared(options):
    """Every function that clang declares and that is not left out for a reason links."""
    for version in ("CL1.2", "CL2.0"):
        functions = functions_of(options, version)
        if len(functions) < 5000:
            sys.exit(f"{version}: only {len(functions)} declarations were read from opencl-c.h")
        for at in range(0, len(functions), 2500):
            compile_for_twin(options, calls.program(functions[at:at + 2500], version), f"calls-{version}-{at}.cl")
        print(f"{version}: {len(functions)} functions, {len({f.name for f in functions})} names: all there")


def functions_of(options, version):
    return [f for f in declared.declared(options.clang, version) if declared.wanted(f) is None and f.name != "printf"]


def check_widths(options):
    """A vector function gives for each element what its scalar form gives, to the bit."""
    data, wrong, count = trials.inputs(), 0, 0
    for number, (text, kernels) in enumerate(trials.width_programs(functions_of(options, "CL1.2"))):
        twin = device.Twin(compile_for_twin(options, text, f"widths-{number}.cl"), options.services)
        for at, functions in enumerate(kernels):
            out = values.unpack("int", twin.run(at, data, 4 * len(functions)), len(functions))
            count += len(functions)
            for function, missed in zip(functions, out):
                if missed:
                    wrong += 1
                    print(f"WRONG {function}: {missed} elements unlike the scalar form's")
    print(f"{count - wrong} of {count} vector functions are their scalar forms by element")
    sys.exit(1 if wrong or count < 2000 else 0)


def check_values(options):
    """Results on the twin are the device's: integers to the bit, reals within the specification's bounds."""
    try:
        reference = device.Device()
    except OSError as error:
        print(f"skipped: {error}")
        sys.exit(SKIPPED)
    data, wrong, count = trials.inputs(), 0, 0
    for number, (text, kernels) in enumerate(trials.programs(functions_of(options, "CL1.2"))):
        twin = device.Twin(compile_for_twin(options, text, f"values-{number}.cl"), options.services)
        program = reference.build(text)
        for at, (kernel, tried, room) in enumerate(kernels):
            ours, theirs = twin.run(at, data, room), reference.run(program, kernel, data, room)
            for trial in tried:
                count += 1
                reason = verdict.differ(trial, ours, theirs)
                if reason:
                    wrong += 1
                    print(f"WRONG {trial.function}: {reason}", flush=True)
    print(f"{count - wrong} of {count} functions as on {reference.name()}")
    sys.exit(1 if wrong or count < 1500 else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["declared", "widths", "values"])
    parser.add_argument("--object", required=True, help="the program twin_opencl_object")
    parser.add_argument("--services", help="the library of services.c")
    parser.add_argument("--clang", default=os.environ.get("SWITCHBENCH_CLANG", "clang-19"))
    options = parser.parse_args()
    if not shutil.which(options.clang):
        print(f"skipped: no {options.clang}")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as options.work:
        options.cache = os.environ.get("SWITCHBENCH_TEST_CACHE", os.path.join(options.work, "cache"))
        globals()[f"check_{options.what}"](options)


main()
