#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The twin's counts against known answers.

counts.py patterns --bin BUILD [--only NAME]   files of this folder against the counts in their comments
counts.py formulas --bin BUILD [KERNEL…]       shipped kernels, preset tiny, against the formulas of their work()
counts.py ncu --bin BUILD                      scripts/ncu-compare reads what ncu prints (hand-written samples in ncu/)
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECT = re.compile(r'^// expect: (?:"(?P<marker>[^"]+)"|(?P<word>total|launch|hottest))(?: (?P<path>[\w.]+~?))? =(?P<counts>.*)$')
WHOLE = re.compile(r"flop\.fp(32|64)|warp(32|64)\.\w+")  # all members are told; elsewhere some


def run(arguments, **more):
    return subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def expectations(path):
    lines = open(path).read().split("\n")
    for number, line in enumerate(lines, 1):
        if not line.startswith("// expect:"):
            continue
        match = EXPECT.match(line)
        if not match:
            sys.exit(f"{path}:{number}: not an expectation: {line}")
        at = None
        if match["marker"]:
            places = [n for n, text in enumerate(lines, 1) if match["marker"] in text and not text.startswith("//")]
            if len(places) != 1:
                sys.exit(f"{path}:{number}: '{match['marker']}' is on {len(places)} lines")
            at = places[0]
        counts = {}
        for part in filter(None, (p.strip() for p in match["counts"].split(","))):
            value, name = part.split()
            counts[name] = int(value)
        yield number, at, match["word"], match["path"] or "", counts


def member(value, path):
    for name in filter(None, path.split(".")):
        value = value.get(name, {})
    return value


def check_file(binary, path):
    answer = run([f"{binary}/switchbench", "counts", path, "--json"])
    if answer.returncode == 6:
        return None  # its compiler is not here
    if answer.returncode != 0:
        return [f"{path}: ended with {answer.returncode}: {answer.stderr.strip()}"]
    launch = json.loads(answer.stdout)[0]["counts"]["launches"][0]
    faults = []
    seen = 0
    for number, at, word, where, counts in expectations(path):
        seen += 1
        if word == "launch":
            found = launch
        elif word:
            found = launch[word]
        else:
            found = next((line for line in launch["lines"] if line["line"] == at), {})
        found = member(found, where.rstrip("~"))
        if WHOLE.fullmatch(where):
            told = {name: value for name, value in found.items() if name != "least_bytes" or name in counts}
        else:
            told = {name: found.get(name, 0) for name in counts}
        if told != counts:
            faults.append(f"{path}:{number}: expected {counts}, counted {told}")
    return faults if seen else [f"{path}: expects nothing"]


def patterns(options):
    faults = []
    files = [f for f in sorted(sum((glob.glob(f"{HERE}/*.{end}") for end in ("cu", "hip", "cl")), [])) if options.only in f]
    held = 0
    for path in files:
        found = check_file(options.bin, path)
        print(f"{'skipped, its compiler is not here:' if found is None else 'fails' if found else 'holds'}  {os.path.basename(path)}")
        faults += found or []
        held += found == []
    print("\n".join(faults))
    return 1 if faults or not held else 0


def flop_of(kinds):
    return sum(count * (2 if kind == "fma" else 1) for kind, count in kinds.items())


def formulas(options):
    wrong = cells = 0
    with tempfile.TemporaryDirectory() as folder:
        answer = run([f"{options.bin}/switchbench", "run", *options.kernels, "-p", "tiny", "-b", "twin", "-v", "portable",
                      "--targets", "native,opencl", "--counts", "-o", f"{folder}/c"])
        records = [json.loads(line) for path in glob.glob(f"{folder}/c/records/*.jsonl") for line in open(path)]
    if answer.returncode != 0 or not records:
        print(answer.stdout + answer.stderr)
        return 1
    for record in records:
        if record["state"] == "unsupported":
            print(f"skipped {record['name']}: {record['reason']}")
            continue
        launches = record["observed"]["counts"]["launches"]
        work = record["work"]
        counted = {
            "flop": sum(flop_of(kinds) for launch in launches for kinds in launch["total"]["flop"].values()),
            "read_bytes": sum(launch["read_bytes"] for launch in launches),
            "write_bytes": sum(launch["write_bytes"] for launch in launches),
        }
        cells += 1
        for name, value in counted.items():
            if value != work[name]:
                wrong += 1
                print(f"{record['name']}: {name}: counted {value}, the formula says {work[name]}")
    print(f"{cells} cases: flop, bytes read and bytes written {'differ' if wrong else 'equal the formulas of all kernels'}")
    return 1 if wrong else 0


def ncu(options):
    """Each sample: the exit code, and texts that the output must have, runs of blanks being one."""
    cases = [
        ("long.csv", 0, ["copy load requests exact 32 32 0.00%", "copy load sectors exact 160 128 -20.00%",
                         "copy fp32 flop exact 1024 1024 0.00%", "copy bytes read least 8192 4096 -50.00%",
                         "exact: 2 of 3 equal, median error 0.00%, largest 20.00%"]),
        ("raw.csv", 0, ["copy load sectors exact 128 128 0.00%", "copy store sectors exact 128 128 0.00%",
                        "exact: 3 of 3 equal"]),
        ("forbidden.csv", 6, ["was not allowed to read counters"]),
        ("../row_of_floats.cu", 2, ["no table of ncu in it"]),
        ("nowhere.csv", 2, ["No such file"]),
    ]
    script = os.path.join(HERE, "../../../scripts/ncu-compare")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        counts = run([f"{options.bin}/switchbench", "counts", f"{HERE}/row_of_floats.cu", "--json"])
        with open(f"{folder}/counts.json", "w") as out:
            out.write(counts.stdout)
        for name, code, texts in cases:
            answer = run([script, f"{folder}/counts.json", f"{HERE}/ncu/{name}"])
            told = re.sub(r" +", " ", answer.stdout + answer.stderr)
            missing = [text for text in texts if text not in told]
            if answer.returncode != code or missing:
                wrong += 1
                print(f"{name}: ended with {answer.returncode}, not {code}; missing {missing} in:\n{told}")
    print(f"{len(cases) - wrong} of {len(cases)} samples read as they should be")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["patterns", "formulas", "ncu"])
    parser.add_argument("kernels", nargs="*")
    parser.add_argument("--bin", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    options.bin = os.path.abspath(options.bin)
    sys.exit({"patterns": patterns, "formulas": formulas, "ncu": ncu}[options.what](options))


main()
