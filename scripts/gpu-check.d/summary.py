#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""summary.py FOLDER: the table of a gpu-check, from its records alone. Exit: 0 every cell passed and every bar that could be
looked at is reached; 1 wrong; 3 below a bar; 6 nothing ran; 7 something failed."""
import glob
import json
import os
import sys

SIZES = ["tiny", "small", "medium", "large"]
# float lanes of a multiprocessor by compute capability: CUDA C++ Programming Guide, table "Throughput of native arithmetic"
LANES = {"7.0": 64, "7.5": 64, "8.0": 64, "8.6": 128, "8.7": 128, "8.9": 128, "9.0": 128, "10.0": 128, "10.3": 128, "12.0": 128}


def read_records(folder):
    records = {}
    for path in sorted(glob.glob(os.path.join(folder, "*", "records", "*.jsonl"))):
        campaign = path.split(os.sep)[-3]
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    record = json.loads(line)
                except ValueError:
                    continue  # a torn last line of a stopped campaign
                if record.get("state"):
                    records[(campaign, record["cell"])] = record
    return [dict(record, campaign_name=key[0]) for key, record in records.items()]


def rate(records, kernel, label, variant, size, what, backend="cuda"):
    for r in records:
        if (r["kernel"], r["variant"], r["preset"], r["backend"], r["maths"]) == (kernel, variant, size, backend, "fast") and \
                (label is None or r["label"] == label) and r["state"] == "passed" and (r.get("derived") or {}).get(what):
            return r["derived"][what]
    return None


def peak_flop(folder, records):
    """Peak of fused float operations: lanes x multiprocessors x clock x 2; None where the node does not say."""
    try:
        with open(os.path.join(folder, "gpu.csv"), encoding="utf-8") as file:
            _, capability, clock_MHz = [part.strip() for part in file.readline().split(",")[:3]]
        cores = next(r["device"]["cores"] for r in records if r["backend"] == "cuda" and r.get("device"))
        return 2 * LANES[capability] * cores * float(clock_MHz) * 1e6
    except (OSError, ValueError, KeyError, StopIteration):
        return None


def bars(folder, records):
    """(what, got, bar, words) for the largest preset at which both sides were measured."""
    rows = []

    def add(what, bar, pairs):
        for size in reversed(SIZES):
            got, against = pairs(size)
            if got and against:
                rows.append((f"{what}, {size}", got / against, bar, f"{got:.3g} of {against:.3g} per s"))
                return
        rows.append((what, None, bar, "not measured"))

    def copy(size):
        return rate(records, "stream", "copy", "vendor", size, "bytes_per_s")

    for variant in ("portable", "native"):
        for op in ("copy", "mul", "add", "triad", "dot"):
            add(f"stream {op} {variant} / device copy", 0.95,
                lambda size, op=op, variant=variant: (rate(records, "stream", op, variant, size, "bytes_per_s"), copy(size)))
    for kernel, variant in (("stencil", "portable"), ("stencil", "native"), ("gray_scott", "portable")):
        labels = sorted({r["label"] for r in records if r["kernel"] == kernel and r["preset"] != "tiny"}) or [None]
        add(f"{kernel} {variant}, bytes by formula / device copy", 0.85,
            lambda size, k=kernel, v=variant, ls=labels: (
                max((rate(records, k, label, v, size, "bytes_per_s") or 0 for label in ls), default=0), copy(size)))
    for label in ("double", "float"):
        for variant in ("portable", "native"):
            add(f"gemm {label} {variant} / cuBLAS", 0.5 if label == "double" and variant == "portable" else None,
                lambda size, label=label, v=variant: (rate(records, "gemm", label, v, size, "items_per_s"),
                                                      rate(records, "gemm", label, "vendor", size, "items_per_s")))
    peak = peak_flop(folder, records)
    floats = [r["label"] for r in records if r["kernel"] == "nbody" and r["precision"] == "float" and r["preset"] != "tiny"]
    add("nbody float / peak of float", 0.6,
        lambda size: (max((rate(records, "nbody", label, "portable", size, "flop_per_s") or 0 for label in floats), default=0), peak))
    for label in sorted({r["label"] for r in records if r["kernel"] == "fft" and r["preset"] != "tiny"}) or [None]:
        add(f"fft {label or ''} / cuFFT", 0.5, lambda size, label=label: (rate(records, "fft", label, "portable", size, "items_per_s"),
                                                                        rate(records, "fft", label, "vendor", size, "items_per_s")))
    return rows


def strict_bits(records):
    """Cases whose strict bits differ between cuda and cpu, and how many were compared."""
    cases = {}
    for r in records:
        if r["maths"] == "strict" and r["variant"] == "portable" and (r.get("verdict") or {}).get("digest"):
            key = (r["kernel"], r["label"], r["precision"], json.dumps(r["parameters"], sort_keys=True))
            cases.setdefault(key, {})[r["backend"]] = r["verdict"]["digest"]
    both = {key: digests for key, digests in cases.items() if len(digests) > 1}
    return [f"{key[0]}/{key[1]}" for key, digests in both.items() if len(set(digests.values())) > 1], len(both)


def counters(records):
    """Lines on what counted, and the sources that died."""
    lines, died = [], []
    for r in records:
        told = r.get("counters")
        if not told or r["backend"] not in ("cuda", "hip"):
            continue
        for s in told["sources"]:
            if s["state"] != "read":
                lines.append(f"| {r['name']} | {s['source']} | {s['state']}: {s['reason']} | | |")
            died += [f"{r['name']}: {s['reason']}"] if s["state"] == "died" else []
            lines += [f"| {r['name']} | {s['source']} | {e['name']} | {e['value']:.6g} {e['unit']} | "
                      f"{'' if e['idle'] is None else format(e['idle'], '.4g')} |" for e in s.get("events", [])]
            lines += [f"| {r['name']} | {s['source']} | {e['name']} | {e['reason']} | |" for e in s.get("refused", [])]
        for name, m in (told.get("metrics") or {}).items():
            if isinstance(m, dict) and m.get("over_expected") is not None:
                lines.append(f"| {r['name']} | metric | {name} | {m['value']:.6g}, {m['over_expected']:.4f} of what the formulas expect | |")
    return lines, died


def peaks(folder):
    """Lines of a table: the best figure of each kind of `switchbench peaks`."""
    try:
        with open(os.path.join(folder, "peaks.json"), encoding="utf-8") as file:
            entries = json.load(file)["backends"]
    except (OSError, ValueError, KeyError):
        return ["Peaks: not measured."]
    lines = []
    for entry in entries:
        if "reason" in entry:
            lines.append(f"Peaks of {entry['backend']}: {entry['reason'].splitlines()[0]}")
            continue
        lines += ["", f"| {entry['backend']} | loop | best | median | unit |", "|---|---|---|---|---|"]
        for figure in entry["figures"]:
            name = " ".join(filter(None, (figure["what"], figure.get("level"), figure.get("precision"))))
            lines.append(f"| {name} | {figure.get('loop', '')} | {figure['best']:.4g} | {figure['median']:.4g} | {figure['unit']} |")
    return lines


def main():
    folder = sys.argv[1]
    records = read_records(folder)
    device = next((r["device"] for r in records if r.get("device") and r["backend"] in ("cuda", "hip")), None)
    print("# gpu-check\n")
    if not device:
        print("Nothing ran on a GPU.")
        return 6
    print(f"{device['name']}, {device['driver']}, {device['target']}, {device['cores']} multiprocessors; "
          f"{min(r['started'] for r in records)}\n")
    print("| campaign | backend | variant | cells | passed | wrong | failed | unsupported |\n|---|---|---|---|---|---|---|---|")
    groups = {}
    for r in records:
        groups.setdefault((r["campaign_name"], r["backend"], r["variant"]), []).append(r["state"])
    for key, states in sorted(groups.items()):
        print(f"| {' | '.join(key)} | {len(states)} | " +
              " | ".join(str(states.count(s)) for s in ("passed", "wrong", "failed", "unsupported")) + " |")
    for r in records:
        if r["state"] in ("wrong", "failed") or (r["state"] == "unsupported" and r["backend"] != "cpu"):
            print(f"\n- {r['state']}: {r['name']}: {r.get('reason')}", end="")
    print("\n\n| figure | reached | bar | |\n|---|---|---|---|")
    below = 0
    for what, got, bar, words in bars(folder, records):
        short = got is not None and bar is not None and got < bar
        below += short
        print(f"| {what} | {'-' if got is None else f'{got:.3f}'} | {'-' if bar is None else bar} | {words}"
              f"{' **below the bar**' if short else ''} |")
    print("\n" + "\n".join(peaks(folder)))
    fractions = sorted((r["attainable"]["fraction"], r["name"]) for r in records if r.get("attainable"))
    print("".join(f"\n- {100 * fraction:.0f} % of attainable: {name}" for fraction, name in reversed(fractions[-20:]) if fraction > 0.8))
    differing, compared = strict_bits(records)
    print(f"\nStrict maths: {compared - len(differing)} of {compared} cases have the same bits on cuda and cpu"
          f"{': not ' + ', '.join(differing) if differing else ''}.")
    sanitizer = os.path.join(folder, "sanitizer.txt")
    dirty = []
    if os.path.exists(sanitizer):
        with open(sanitizer, encoding="utf-8") as file:
            lines = file.read().splitlines()
        dirty = [line for line in lines if line.split()[2] != "0"]
        print(f"compute-sanitizer: {len(lines) - len(dirty)} of {len(lines)} runs clean" + "".join(f"\n- {line}" for line in dirty))
    else:
        print("compute-sanitizer: not run.")
    counted, died = counters(records)
    if counted:
        print("\n## Counters and energy\n\n| cell | source | event | a repetition | idle |\n|---|---|---|---|---|\n" + "\n".join(counted))
    for path in sorted(glob.glob(os.path.join(folder, "errors.*.txt"))):
        with open(path, encoding="utf-8") as file:
            print(f"\n## {os.path.basename(path)[7:-4]}: the twin's counts and ncu's\n\n```\n{file.read().rstrip()}\n```")
    with open(os.path.join(folder, "log.txt"), encoding="utf-8") as file:
        left_out = [line.strip() for line in file if "not run" in line or "stopped" in line or "not compared" in line]
    print("".join(f"\n- {line}" for line in left_out))
    states = [r["state"] for r in records]
    if "wrong" in states or differing:
        return 1
    if "failed" in states or dirty or died:
        return 7
    return 3 if below else 0 if "passed" in states else 6


if __name__ == "__main__":
    sys.exit(main())
