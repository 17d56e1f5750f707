#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The corpus of wrong kernels (corpus/), each with its right form under -DRIGHT, and kernels without a fault (clean/).

corpus.py run LANGUAGE --bin FOLDER [--only NAME] [--write] [--json FILE]
    every wrong form must be found on the twin at the lines that its header names, every other one must stay silent;
    --write puts the score of LANGUAGE into README.md
corpus.py compile COMPILER [--cuda FOLDER]
    every file, both forms, with a compiler of its language: nvcc, hip, clang-cl, pocl, dialect
  LANGUAGE  cu, hip, cl, dev.c
Ends with 77 where what it needs is not here (CTest: skipped), 1 where a file fails."""

import argparse
import atexit
import concurrent.futures
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MISSING = 77
HERE = Path(__file__).resolve().parent
KERNELS = HERE.parent.parent / "kernels"
LANGUAGES = ("cu", "hip", "cl", "dev.c")


class Absent(Exception):
    """What is needed is not here; the text says how to get it."""


class Malformed(Exception):
    """A header of the corpus says something that cannot be checked."""


def language_of(path):
    return "dev.c" if path.name.endswith(".dev.c") else path.suffix[1:]


def files(folder, language=None):
    return [path for path in sorted((HERE / folder).iterdir())
            if path.suffix != ".md" and language in (None, language_of(path))]


class Expected:
    """One alternative of a `finds:` line: kinds, markers of both parties, array, index."""

    FORM = re.compile(r'([\w|]+)(?: at "(.+?)")?(?: and "(.+?)")?(?: array (\w+))?(?: index (\d+))?')

    def __init__(self, text, source):
        match = self.FORM.fullmatch(text.strip())
        if not match:
            raise Malformed(f"finds: {text}")
        kinds, first, second, self.array, index = match.groups()
        self.kinds = kinds.split("|")
        self.index = int(index) if index else None
        self.lines = [source.lines_with(marker) for marker in (first, second) if marker]
        self.text = text.strip()

    def matches(self, finding):
        parties = [party for party in (finding.get("first"), finding.get("second")) if party]
        if finding["kind"] not in self.kinds or not finding.get("text"):
            return False
        if self.array not in (None, finding.get("array")) or self.index not in (None, finding.get("index")):
            return False
        at = [party.get("line") for party in parties]
        if len(self.lines) == 2:
            here, there = self.lines
            return len(at) == 2 and any(a in here and b in there for a, b in (at, at[::-1]))
        return not self.lines or any(line in self.lines[0] for line in at)


class Source:
    """A file of the corpus in its wrong form."""

    def __init__(self, path):
        self.path = path
        text = path.read_text(encoding="utf-8").splitlines()
        self.title = text[1].lstrip("/ ")
        self.code = {}
        stack = []
        for number, line in enumerate(text, 1):
            word = re.match(r"\s*#\s*(ifdef RIGHT|ifndef RIGHT|if|else|endif)", line)
            if word and word[1] == "else":
                stack[-1] = {True: False, False: True, None: None}[stack[-1]]
            elif word and word[1] == "endif":
                stack.pop()
            elif word:
                stack.append({"ifdef RIGHT": False, "ifndef RIGHT": True}.get(word[1]))
            elif False not in stack and not line.startswith("//"):
                self.code[number] = line
        finds = [line.split("finds:", 1)[1] for line in text if line.startswith("// finds:")]
        self.expected = [Expected(part, self) for part in re.split(r" \| ", finds[0])] if finds else []

    def lines_with(self, marker):
        lines = {number for number, line in self.code.items() if marker in line}
        if not lines:
            raise Malformed(f'no line of the wrong form has "{marker}"')
        return lines


def twin(options, path, *flags):
    done = subprocess.run([os.path.join(options.bin, "switchbench"), "twin", "--json", *flags, path],
                          capture_output=True, text=True, timeout=600, check=False)
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        answer = {"state": "failed", "reason": "no answer", "text": done.stderr.strip() or done.stdout.strip()}
    if answer.get("reason") == "absent":
        raise Absent(answer["text"])
    agree = {0: ("ran", False), 1: ("ran", True)}.get(done.returncode, ("failed", False))
    if (answer["state"], bool(answer.get("findings"))) != agree:
        answer = {"state": "failed", "reason": "exit code", "text": f"{done.returncode} for {answer['state']}"}
    return answer


def told(finding):
    parties = (finding.get("first"), finding.get("second"))
    where = " and ".join(str(party.get("line")) for party in parties if party)
    return f"{finding['kind']} at {where}: {finding.get('text')}"


def silent(options, path, *flags):
    """What is wrong with a form that must stay silent; None: nothing."""
    answer = twin(options, path, *flags)
    if answer["state"] != "ran":
        return f"{' '.join(flags) or 'it'}: {answer['reason']}: {answer['text']}"
    alarms = [told(finding) for finding in answer["findings"]]
    return f"false alarm {' '.join(flags)}: " + "; ".join(alarms[:3]) if alarms else None


def judge(options, path):
    """(path, title, what was found, what is wrong or None)"""
    source = None
    try:
        source = Source(path)
        if path.parent.name == "clean":
            return path, source.title, "", silent(options, path)
        if not source.expected:
            raise Malformed("it has no finds: line")
        answer = twin(options, path)
        if answer["state"] != "ran":
            return path, source.title, "", f"{answer['reason']}: {answer['text']}"
        for finding in answer["findings"]:
            if any(expected.matches(finding) for expected in source.expected):
                return path, source.title, told(finding), silent(options, path, "-DRIGHT")
        others = "; ".join(told(finding) for finding in answer["findings"]) or "nothing"
        wanted = " | ".join(expected.text for expected in source.expected)
        right = silent(options, path, "-DRIGHT")
        return path, source.title, "", f"missed: wanted {wanted}, found {others}" + (f"; and {right}" if right else "")
    except (Malformed, IndexError, subprocess.TimeoutExpired) as fault:
        return path, source.title if source else "", "", f"{type(fault).__name__}: {fault}"


def score(language, results):
    wrong = [result for result in results if result[0].parent.name == "corpus"]
    clean = [result for result in results if result[0].parent.name == "clean"]
    good = lambda rows: sum(row[3] is None for row in rows)
    lines = [f"### .{language}: {good(wrong)} of {len(wrong)} pairs, {good(clean)} of {len(clean)} clean kernels", "",
             "| file | what is wrong | found as | at lines | |", "|---|---|---|---|---|"]
    for path, title, found, fault in wrong:
        kind, _, rest = found.partition(" at ")
        where = rest.split(":")[0]
        lines.append(f"| {path.name} | {title} | {kind} | {where} | {'' if fault is None else 'FAILS'} |")
    return "\n".join(lines) + "\n"


def write_score(language, results):
    readme = HERE / "SCORE.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    parts = {match[1]: match[0].rstrip() + "\n" for match in re.finditer(r"### \.(\S+):.*?(?=\n### |\Z)", text, re.S)}
    parts[language] = score(language, results)
    head = "# Score of the twin\n\nWritten by `corpus.py run LANGUAGE --write`; not by hand.\n\n"
    readme.write_text(head + "\n".join(parts[name] for name in LANGUAGES if name in parts), encoding="utf-8")


def run(options):
    if options.what not in LANGUAGES:
        raise SystemExit(f"corpus.py: no language '{options.what}': one of {', '.join(LANGUAGES)}")
    work = [path for folder in ("corpus", "clean") for path in files(folder, options.what)
            if not options.only or options.only in path.name]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda path: judge(options, path), work))
    for path, _, found, fault in results:
        print(f"{'FAIL' if fault else 'ok':<5}{path.parent.name}/{path.name}: {fault or found or 'silent'}")
    failed = sum(result[3] is not None for result in results)
    print(f"{len(work) - failed} of {len(work)} as they should be ({options.what})")
    if options.write:
        write_score(options.what, results)
    return 1 if failed or not work else 0


# ---------------------------------------------------------------- compilers

def call(argv):
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, timeout=300, check=False)
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip()


def program(*names, package):
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        raise Absent(f"there is no {names[0]}: install {package}")
    return found


def find_nvcc(options):
    for place in filter(None, (options.cuda, os.environ.get("SWITCHBENCH_CUDA"), os.environ.get("CUDA_HOME"))):
        for root in (Path(place), Path(place) / "nvidia" / "cu13"):
            if os.access(root / "bin" / "nvcc", os.X_OK):
                return root / "bin" / "nvcc"
    raise Absent("there is no CUDA toolkit: scripts/toolchains FOLDER installs one; then SWITCHBENCH_CUDA=FOLDER")


def with_nvcc(options, extra=()):
    nvcc = find_nvcc(options)
    return lambda path, flags: call([nvcc, "-cubin", "-arch=sm_75", "-std=c++17", "-x", "cu", *extra, *flags,
                                     "-o", os.devnull, path])


def with_hip(_options, extra=("-include", "hip/hip_runtime.h")):
    clang = program("clang-19", "clang", package="clang-19")
    if not os.path.exists("/usr/include/hip/hip_runtime.h"):
        raise Absent("there is no hip_runtime.h: install libamdhip64-dev")
    return lambda path, flags: call([clang, "-x", "hip", "--offload-arch=gfx90a", "-nogpulib", "-fsyntax-only", "-Wall",
                                     "-Werror", *extra, *flags, path])


def standard_of(path):
    """OpenCL C's version that a file says it is written in ("// standard: CL2.0"); else CL1.2."""
    said = re.search(r"^// standard: (CL[\d.]+)$", path.read_text(encoding="utf-8"), re.M)
    return said[1] if said else "CL1.2"


def with_clang_cl(_options, extra=("-Wall", "-Werror")):
    clang = program("clang-19", "clang", package="clang-19")
    return lambda path, flags: call([clang, "-x", "cl", f"-cl-std={standard_of(path)}", "-Xclang", "-cl-ext=+all", "-target", "spir64", "-fsyntax-only", "-Xclang",
                                     "-finclude-default-header", *extra, *flags, path])


def with_gcc(_options):
    gcc = program("gcc", package="gcc")
    return lambda path, flags: call([gcc, "-std=gnu11", "-fopenmp", "-fsyntax-only", "-Wall", "-Werror",
                                     f"-I{KERNELS}", *flags, path])


def with_dialects(options):
    """As C, OpenCL, CUDA and HIP; the first that refuses says so."""
    include = f"-I{KERNELS}"
    compilers = (with_gcc(options), with_clang_cl(options, (include,)), with_nvcc(options, (include,)),
                 with_hip(options, (include,)))
    return lambda path, flags: next(filter(None, (compiler(path, flags) for compiler in compilers)), None)


class OpenCL:
    """A driver's own compiler behind clBuildProgram."""

    def __init__(self, _options):
        try:
            self.cl = ctypes.CDLL("libOpenCL.so.1")
        except OSError as error:
            raise Absent(f"{error}: install ocl-icd-libopencl1") from error
        platform, self.device = ctypes.c_void_p(), ctypes.c_void_p()
        if self.cl.clGetPlatformIDs(1, ctypes.byref(platform), None) != 0 or self.cl.clGetDeviceIDs(
                platform, ctypes.c_uint64(0xFFFFFFFF), 1, ctypes.byref(self.device), None) != 0:
            raise Absent("there is no OpenCL device: install pocl-opencl-icd")
        self.cl.clCreateContext.restype = self.cl.clCreateProgramWithSource.restype = ctypes.c_void_p
        self.context = self.cl.clCreateContext(None, 1, ctypes.byref(self.device), None, None, None)

    def __call__(self, path, flags):
        if standard_of(path) != "CL1.2":
            return None  # the driver may know 1.2 alone, as PoCL 3.1; clang checks this file
        text = ctypes.c_char_p(path.read_bytes())
        built = ctypes.c_void_p(self.cl.clCreateProgramWithSource(ctypes.c_void_p(self.context), 1, ctypes.byref(text),
                                                                  None, None))
        status = self.cl.clBuildProgram(built, 1, ctypes.byref(self.device), " ".join(flags).encode(), None, None)
        log = ctypes.create_string_buffer(4096)
        self.cl.clGetProgramBuildInfo(built, self.device, 0x1183, 4096, log, None)
        self.cl.clReleaseProgram(built)
        return None if status == 0 else f"clBuildProgram says {status}: {log.value.decode(errors='replace')}"


COMPILERS = {"nvcc": ("cu", with_nvcc), "hip": ("hip", with_hip), "clang-cl": ("cl", with_clang_cl),
             "pocl": ("cl", OpenCL), "dialect": ("dev.c", with_dialects)}


def compile_all(options):
    if options.what not in COMPILERS:
        raise SystemExit(f"corpus.py: no compiler '{options.what}': one of {', '.join(COMPILERS)}")
    language, make = COMPILERS[options.what]
    cache = os.environ["POCL_CACHE_DIR"] = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, cache, ignore_errors=True)
    compiler = make(options)
    work = [(path, flags) for path in files("corpus", language) for flags in ([], ["-DRIGHT"])]
    work += [(path, []) for path in files("clean", language)]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        messages = list(pool.map(lambda item: compiler(*item), work))
    failed = [(path, flags, message) for (path, flags), message in zip(work, messages) if message]
    for path, flags, message in failed:
        print(f"FAIL {path.parent.name}/{path.name} {' '.join(flags)}")
        print("    " + "\n    ".join(message.splitlines()[:12]))
    print(f"{len(work) - len(failed)} of {len(work)} compile ({options.what})")
    return 1 if failed or not work else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=("run", "compile"))
    parser.add_argument("what")
    parser.add_argument("--bin", default=str(HERE.parent.parent / "build"))
    parser.add_argument("--cuda")
    parser.add_argument("--only")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    try:
        return run(options) if options.mode == "run" else compile_all(options)
    except Absent as reason:
        print(f"skipped: {reason}")
        return MISSING


if __name__ == "__main__":
    sys.exit(main())
