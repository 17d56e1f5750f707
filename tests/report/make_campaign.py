#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_campaign.py FOLDER [CASES]: writes a campaign of records as harness/record.h describes them, the same at every call.

It stands in for a machine: every state, every kind of check, texts that would break a page that does not escape, and, with
CASES, as many cells as asked for. tests/report/campaign/ is its output without CASES.
"""
import hashlib
import json
import math
import os
import random
import sys

KERNELS = [  # kernel, label, precision, flop, read, write, item, seconds on cpu, opencl/cpu
    ("stream", "copy", "double", 0.0, 8.0e8, 8.0e8, None, 0.061, 0.97),
    ("stream", "triad", "double", 2.0e8, 1.6e9, 8.0e8, None, 0.094, 1.02),
    ("stream", "dot", "double", 2.0e8, 1.6e9, 8.0, None, 0.071, 1.31),
    ("gemm", "", "double", 2.15e9, 2.5e7, 8.4e6, None, 0.052, 1.9),
    ("gemm", "", "float", 2.15e9, 1.3e7, 4.2e6, None, 0.028, 2.1),
    ("spmv", "hpcg", "double", 5.6e7, 3.4e8, 8.4e6, None, 0.021, 1.12),
    ("stencil", "", "double", 1.3e8, 1.34e8, 1.34e8, "cell update", 0.018, 1.07),
    ("gray_scott", "", "float", 1.9e9, 5.6e8, 5.6e8, "cell update", 0.043, 1.18),
    ("nbody", "", "float", 2.1e9, 2.6e5, 2.6e5, "interaction", 0.031, 0.88),
    ("fft", "4096", "double", 2.5e8, 6.7e7, 6.7e7, None, 0.024, 1.4),
    ("histogram", "skewed", "double", 0.0, 6.7e7, 1.0e3, "value", 0.012, 1.6),
]
NODE = {
    "digest": "5f1d3a90c7e2", "hostname": "node-17", "cpu_model": "AMD EPYC 9B14 96-Core Processor", "cores": 4,
    "cores_allowed": 2, "clock_Hz": 2600000000, "clock_max_Hz": 3700000000, "governor": "performance",
    "memory_bytes": 16767651840, "memory_allowed_bytes": 8589934592, "cache_bytes": 33554432,
    "kernel": "Linux 6.1.0-28-amd64", "os": "Debian GNU/Linux 12 (bookworm)", "virtualisation": "kvm", "container": None,
    "topology_digest": "9c02b7e55d10",
}
COMPILER = {"cpu": "gcc (Debian 12.2.0-14) 12.2.0", "opencl": "PoCL 3.1 (LLVM 14.0.6)"}
FLAGS = {
    "cpu": "-std=c11 -O3 -march=native -fopenmp -ffast-math -fno-math-errno -fPIC -shared -DSB_REAL=double -DSB_INDEX_BITS=32",
    "opencl": "-cl-std=CL1.2 -cl-fast-relaxed-math -cl-mad-enable -DSB_REAL=double -DSB_INDEX_BITS=32",
}


def digest(*parts):
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def timing(rng, seconds):
    count = rng.choice([24, 40, 57, 96])
    slow = rng.random() < 0.25
    samples = []
    for _ in range(count):
        noise = abs(rng.gauss(0, 0.006)) + (0.12 if slow and rng.random() < 0.2 else 0) + (rng.random() < 0.02) * rng.random()
        samples.append(round(seconds * 1e9 * (1 + noise)))
    ranked = sorted(samples)
    half = 1.96 * math.sqrt(count) / 2
    low, high = max(0, int(count / 2 - half)), min(count - 1, int(count / 2 + half))
    median = (ranked[(count - 1) // 2] + ranked[count // 2]) / 2
    wide = (ranked[high] - ranked[low]) / 2 / median > 0.01
    return {
        "clock": "device", "cold_ns": samples[0] * 3, "upload_ns": 41000000, "download_ns": 12000000, "warmup": 2,
        "precision_goal": 0.01, "budget_ns": 2000000000, "ended": "budget" if wide else "precision",
        "samples_ns": samples, "turns": [count // 2, count - count // 2], "median_ns": median, "low_ns": ranked[low],
        "high_ns": ranked[high],
    }


def checks(rng, kernel, state):
    bound, count = 4.4e-13, 12500000
    share = 10 ** rng.uniform(-3, -0.3)
    wrong = state == "wrong"
    expected = rng.uniform(0.2, 3)
    got = "nan" if wrong else expected + share * bound
    found = [{
        "what": f"{kernel}: every element against the reference", "kind": "elements", "count": count,
        "failed": 1311 if wrong else 0,
        "worst": {"index": rng.randrange(count), "got": got, "expected": expected, "bound": bound,
                  "ulp": "nan" if wrong else share * bound / 2.2e-16, "relative": "nan" if wrong else share * bound / expected},
    }]
    if kernel in ("stream", "fft", "stencil", "nbody"):
        found.append({
            "what": "closed form after k rounds" if kernel == "stream" else "the published truth", "kind": "truth",
            "got": 1.0 + bound / 9, "expected": 1.0, "bound": bound, "failed": 0,
            "source": "BabelStream 5.0, check_solution() <https://doi.org/10.1504/IJCSE.2018.095847>",
        })
    return {"passed": not wrong, "digest": digest(kernel, state)[:16], "repetitions": 2, "checks": found}


def record(rng, number, row, backend, variant, preset):
    kernel, label, precision, flop, read, write, item, seconds, ratio = row
    state, reason, failure = "passed", None, None
    if (kernel, label, backend) == ("stream", "dot", "opencl"):
        state, reason = "wrong", "1311 of 12500000 elements fail; worst: [7401]: got nan, expected 1.37"
    elif (kernel, backend) == ("spmv", "opencl"):
        state, failure = "failed", "compile"
        reason = "spmv.dev.c:31:9: error: use of undeclared identifier 'row<end>' & \"more\" </script><b>"
    elif (kernel, precision, backend) == ("gemm", "float", "opencl"):
        state, reason = "unsupported", "the device has no local memory of 64 KiB"
    elif (kernel, backend) == ("histogram", "opencl"):
        state, reason = "lost", "the node was rebooted"
    if variant == "vendor":
        seconds *= {"gemm": 0.63, "fft": 0.47}[kernel]
    if backend == "opencl":
        seconds *= ratio
    cell = digest(number, kernel, label, precision, backend, variant, preset)[:12]
    kernel_label = kernel + ("/" + label if label else "")
    ran = state in ("passed", "wrong")
    times = timing(rng, seconds) if ran else None
    median = times["median_ns"] / 1e9 if ran else None
    second = number % 60
    return {
        "schema_version": 1, "cell": cell, "name": f"{kernel_label}@{preset} {variant} {backend}" + (" float" if (kernel, precision) == ("gemm", "float") else ""),
        "campaign": "20261121T105049Z-example", "job": "j1", "attempt": 1, "kernel": kernel, "label": label, "preset": preset,
        "variant": variant, "backend": backend, "target": "native", "place": "local", "precision": precision, "maths": "fast",
        "index_bits": 32, "seed": 20261121, "replica": 0, "parameters": {"n": 100000 + number}, "tuning": {}, "state": state,
        "reason": reason, "failure": failure, "started": f"2026-11-21T10:51:{second:02d}Z", "wall_ns": 2400000000,
        "work": {"flop": flop, "read_bytes": read, "write_bytes": write, "write_allocate_bytes": write,
                 "items": 1.0e6 if item else 0, "item": item, "launches": 1, "array_bytes": read + write},
        "build": None if state == "lost" else {
            "compiler": COMPILER[backend], "flags": FLAGS[backend], "key": digest(kernel, backend, variant, precision),
            "cached": False, "compile_ns": 412000000},
        "device": None if not ran else {
            "name": NODE["cpu_model"], "vendor": "AMD", "driver": COMPILER[backend], "target": "native", "cores": 2},
        "placement": "threads 0-1 bound to cpus 0,1", "verdict": checks(rng, kernel, state) if ran else None,
        "timing": times,
        "derived": None if not ran else {
            "flop_per_s": flop / median if flop else None, "bytes_per_s": (read + write) / median,
            "items_per_s": 1.0e6 / median if item else None},
        "attainable": attainable(backend, precision, flop, read + write, median * 1e9) if ran else None,
        "attainable_reason": None,
        "node": NODE, "environment": {"cleared": ["OMP_NUM_THREADS=64", "LD_PRELOAD=libfoo.so"], "set": {"OMP_PROC_BIND": "true"}},
    }


# By a node's peaks: GB/s of memory, GFLOP/s of double and float. Where they are exceeded, the record says so.
PEAKS = {"cpu": (54.0, 140.0, 280.0), "opencl": (50.0, 120.0, 240.0)}


def attainable(backend, precision, flop, moved, median_ns):
    memory, double, single = PEAKS[backend]
    rate = single if precision == "float" else double
    roofs = [{"name": "memory", "time_ns": moved / memory, "amount": moved, "peak": memory * 1e9, "unit": "B/s"}]
    if flop:
        roofs.append({"name": "fp32" if precision == "float" else "fp64", "time_ns": flop / rate, "amount": flop,
                      "peak": rate * 1e9, "unit": "flop/s"})
    most = max(roofs, key=lambda roof: roof["time_ns"])
    fraction = most["time_ns"] / median_ns
    note = f"{fraction:.2f} times as fast as its bound" if fraction > 1 else None
    return {"time_ns": most["time_ns"], "binds": most["name"], "fraction": fraction, "peaks": "0" * 64, "note": note, "roofs": roofs}


def records(cases):
    rng = random.Random(20261121)
    for number in range(max(1, cases)):
        for row in KERNELS[:1] if cases else KERNELS:
            row = KERNELS[number % len(KERNELS)] if cases else row
            preset = f"small-{number}" if cases else "small"
            for backend, variant in [("cpu", "portable"), ("opencl", "portable"), ("cpu", "vendor")]:
                if variant != "vendor" or row[0] in ("gemm", "fft"):
                    yield record(rng, number, row, backend, variant, preset)


def main():
    folder, cases = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    os.makedirs(os.path.join(folder, "records"), exist_ok=True)
    with open(os.path.join(folder, "records", "j1.jsonl"), "w", encoding="utf-8") as file:
        for row in records(cases):
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    with open(os.path.join(folder, "plan.json"), "w", encoding="utf-8") as file:
        json.dump({"schema_version": 1, "campaign": "20261121T105049Z-example", "name": "example",
                   "created": "2026-11-21T10:50:49Z"}, file)


if __name__ == "__main__":
    main()
