#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Figures for papers, from the recorded campaign: test_report_figures.py SWITCHBENCH | --recorded

--recorded checks instead that the recorded campaign is what make_campaign.py writes.
"""
import filecmp
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SWITCHBENCH = None
BEGINNINGS = {"svg": b"<svg", "png": b"\x89PNG\r\n", "pdf": b"%PDF-"}


def figures(folder, formats, **environment):
    return subprocess.run([SWITCHBENCH, "report", str(HERE / "campaign"), "--figures", folder, "-f", formats],
                          env=dict(os.environ, SWITCHBENCH_CACHE=os.path.join(folder, "cache"), **environment),
                          capture_output=True, text=True, timeout=300)


class Figures(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="switchbench-figures-")
        self.plots = sorted(path.name.removesuffix(".vl.json") for path in (HERE / "../../results/report/plots").glob("*.vl.json"))

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def test_every_plot_in_every_format(self):
        done = figures(self.folder, "svg,png,pdf")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(len(self.plots), 0)
        for plot in self.plots:
            for name, beginning in BEGINNINGS.items():
                data = pathlib.Path(self.folder, f"{plot}.{name}").read_bytes()
                self.assertEqual(data[:len(beginning)], beginning, f"{plot}.{name}")
                self.assertGreater(len(data), 2000, f"{plot}.{name}")

    def test_written_specifications_hold_their_data(self):
        self.assertEqual(figures(self.folder, "svg").returncode, 0)
        for plot in self.plots:
            with open(os.path.join(self.folder, f"{plot}.vl.json"), encoding="utf-8") as file:
                self.assertGreater(len(json.load(file)["data"]["values"]), 0, plot)
        svg = pathlib.Path(self.folder, "heat.svg").read_text(encoding="utf-8")
        self.assertIn("stream/triad@small", svg)

    def test_unknown_format_is_refused(self):
        done = figures(self.folder, "svgg")
        self.assertEqual(done.returncode, 2)
        self.assertIn("svgg", done.stderr)

    def test_without_python_one_sentence_says_so(self):
        empty = os.path.join(self.folder, "bin")
        os.makedirs(empty)
        os.symlink(shutil.which("env"), os.path.join(empty, "env"))
        done = figures(self.folder, "svg", PATH=empty)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("vl-convert-python", done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1)


class Recorded(unittest.TestCase):
    def test_the_recorded_campaign_is_what_the_script_writes(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, HERE / "make_campaign.py", folder], check=True)
            for name in ("plan.json", "records/j1.jsonl"):
                self.assertTrue(filecmp.cmp(os.path.join(folder, name), HERE / "campaign" / name, shallow=False), name)


if __name__ == "__main__":
    recorded = sys.argv[1] == "--recorded"
    SWITCHBENCH = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], "Recorded" if recorded else "Figures"], verbosity=2)
