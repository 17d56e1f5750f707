#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""jobs.py CAMPAIGN FOLDER: one job file <kernel>-<label>.json for each portable cuda case of a campaign that passed, for
`switchbench-runner --single`, and FOLDER/order: "<check> <job>" lines, first cases of all kernels before other cases."""
import glob
import json
import os
import sys

campaign, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
passed = set()
for path in glob.glob(os.path.join(campaign, "records", "*.jsonl")):
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue  # the torn last line of a stopped campaign
            if record.get("state") == "passed":
                passed.add(record["cell"])
kernels = {}
for path in sorted(glob.glob(os.path.join(campaign, "jobs", "*.json"))):
    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    for cell in job["cells"]:
        if cell["variant"] == "portable" and cell["backend"] == "cuda" and cell["cell"] in passed:
            name = f"{cell['kernel']}-{cell['label']}"
            single = os.path.join(folder, name + ".json")
            with open(single, "w", encoding="utf-8") as file:
                json.dump(dict(job, cells=[cell]), file)
            kernels.setdefault(cell["kernel"], []).append(single)
with open(os.path.join(folder, "order"), "w", encoding="utf-8") as order:
    for check in ("memcheck", "racecheck"):
        for cases in kernels.values():
            order.write(f"{check} {cases[0]}\n")
    for cases in kernels.values():
        order.writelines(f"memcheck {case}\n" for case in cases[1:])
