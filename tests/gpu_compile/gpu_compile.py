#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles every kernel's portable source, unchanged, for a GPU: double and float, 32- and 64-bit indices, with the
tunings that the kernel asks for there. Needs no GPU. Prints registers and spills where the compiler says them.

gpu_compile.py COMPILER --defines PROGRAM --kernels FOLDER [--cuda FOLDER] [--jobs N]
  COMPILER  nvcc (sm_90); clang, clang-headers (gfx90a)
Ends with 77 where the compiler is not here (CTest: skipped), 1 where a source does not compile."""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

MISSING = 77
HIP_ARCH, CUDA_ARCH = "gfx90a", "sm_90"


class Absent(Exception):
    """The compiler is not here; the text says how to get it."""


class Rejected(Exception):
    """The source does not compile; the text is the compiler's."""


def find_cuda(folder):
    for place in filter(None, (folder, os.environ.get("SWITCHBENCH_CUDA"), os.environ.get("CUDA_HOME"))):
        for root in (place, os.path.join(place, "nvidia", "cu13")):
            if os.access(os.path.join(root, "bin", "nvcc"), os.X_OK):
                return root
    raise Absent("there is no CUDA toolkit: scripts/toolchains FOLDER installs one; then SWITCHBENCH_CUDA=FOLDER")


def run(argv):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise Rejected(done.stdout + done.stderr)
    return done.stdout + done.stderr


class Nvcc:
    backend = "cuda"

    def __init__(self, options):
        self.root = find_cuda(options.cuda)

    def compile(self, source, flags, output):
        text = run([os.path.join(self.root, "bin", "nvcc"), "-cubin", "-arch=" + CUDA_ARCH, "-x", "cu", "-O3",
                    "-Xptxas", "-v", "-Werror", "all-warnings", "-diag-suppress", "177,550",
                    *flags, "-o", output, source])
        found = re.findall(r"Compiling entry function '(\w+)'.*?(\d+) bytes spill stores.*?Used (\d+) registers",
                           text, re.S)
        return [(name, int(registers), int(spill)) for name, spill, registers in found]


class Clang:
    """The compiler's own built-ins, no header of HIP at all."""
    backend = "hip"
    extra = ["-nogpuinc"]

    def __init__(self, _options):
        self.clang = next(filter(None, map(shutil.which, ("clang-19", "clang-18", "clang-17", "clang"))), None)
        if not self.clang:
            raise Absent("there is no clang: install clang-19")

    def compile(self, source, flags, output):
        run([self.clang, "-x", "hip", "--offload-arch=" + HIP_ARCH, "--cuda-device-only", "-nogpulib", "-S", "-O3",
             "--no-gpu-bundle-output", "-Wall", "-Werror", "-Wno-unused-variable", "-Wno-unused-function", *self.extra, *flags,
             "-o", output, source])
        with open(output, encoding="utf-8") as listing:
            text = listing.read()
        found = re.findall(r"\.name: +(\w+)\n.*?\.vgpr_count: +(\d+)\n.*?\.vgpr_spill_count: +(\d+)", text, re.S)
        return [(name, int(registers), int(spill)) for name, registers, spill in found]


class ClangHeaders(Clang):
    """With the real hip_runtime.h."""
    extra = ["-include", "hip/hip_runtime.h"]

    def __init__(self, options):
        super().__init__(options)
        if not os.path.exists("/usr/include/hip/hip_runtime.h"):
            raise Absent("there is no hip_runtime.h: install libamdhip64-dev")


COMPILERS = {"nvcc": Nvcc, "clang": Clang, "clang-headers": ClangHeaders}


def variants(options, backend):
    """(kernel, source, precision, bits, flags) of everything that is to be compiled."""
    lines = sorted(set(run([options.defines]).splitlines()))
    for line in lines:
        kernel, where, precision, *tunings = line.split()
        source = os.path.join(options.kernels, kernel, kernel + ".dev.c")
        for bits in (32, 64):
            if where == backend:
                yield kernel, source, precision, bits, [
                    "-I" + options.kernels, f"-DSB_REAL_FLOAT={int(precision == 'float')}",
                    f"-DSB_INDEX_64={int(bits == 64)}", *tunings]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("compiler", choices=COMPILERS)
    parser.add_argument("--defines", required=True)
    parser.add_argument("--kernels", required=True)
    parser.add_argument("--cuda")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    try:
        compiler = COMPILERS[options.compiler](options)
    except Absent as reason:
        print(f"skipped: {reason}")
        return MISSING
    work = list(variants(options, compiler.backend))
    with tempfile.TemporaryDirectory() as folder:
        def one(item):
            number, (_, source, _, _, flags) = item
            try:
                return compiler.compile(source, flags, os.path.join(folder, f"{number}.out")), None
            except Rejected as message:
                return [], str(message)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            results = list(pool.map(one, enumerate(work)))
    failed = 0
    print(f"{'kernel':<14}{'real':<8}{'index':<7}{'functions: registers (+ bytes or registers spilt)':<50} tunings")
    for (kernel, _, precision, bits, flags), (functions, message) in zip(work, results):
        said = ", ".join(f"{name}: {registers}" + (f" (+{spill})" if spill else "")
                         for name, registers, spill in functions)
        print(f"{kernel:<14}{precision:<8}{bits:<7}{'DOES NOT COMPILE' if message else said or 'compiles':<50} "
              + " ".join(flag[2:] for flag in flags[3:]))
        if message:
            failed += 1
            print("    " + "\n    ".join(message.strip().splitlines()[:12]))
    print(f"{len(work) - failed} of {len(work)} compile with {options.compiler}")
    return 1 if failed or not work else 0


if __name__ == "__main__":
    sys.exit(main())
