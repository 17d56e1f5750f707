#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The report in a real headless Chromium, driven over WebDriver (W3C) with the standard library alone.

test_report_page.py SWITCHBENCH [--real]
Without --real the page is that of the recorded campaign beside this file; with it, that of a tiny campaign run here.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SWITCHBENCH = None
REAL = False
WAIT_S = 60


class Browser:
    """One chromedriver with one window; every call is one WebDriver command."""

    def __init__(self, folder):
        self.process, self.session = None, None
        for program, package in (("chromium", "chromium"), ("chromedriver", "chromium-driver")):
            if not shutil.which(program):
                raise RuntimeError(f"{program} is missing: apt install {package}")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.log = open(os.path.join(folder, "chromedriver.log"), "wb")
        self.process = subprocess.Popen([shutil.which("chromedriver"), f"--port={port}"], stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                if self.call("GET", "/status")["ready"]:
                    break
            except (OSError, urllib.error.URLError):
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"chromedriver does not answer; see {self.log.name}")
            time.sleep(0.05)
        options = {
            "binary": shutil.which("chromium"),
            "args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--disable-dev-shm-usage", "--window-size=1280,1000", f"--user-data-dir={folder}/profile"],
        }
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        self.session = answer["sessionId"]

    def call(self, method, path, body=None):
        base = self.base + (f"/session/{self.session}" if self.session else "")
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=WAIT_S * 2) as answer:
            return json.load(answer)["value"]

    def open(self, path):
        self.call("POST", "/url", {"url": pathlib.Path(path).resolve().as_uri()})

    def js(self, script, *args):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(args)})

    def devtools(self, command, **params):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def until(self, script, what):
        deadline = time.monotonic() + WAIT_S
        while not self.js(f"return {script}"):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {WAIT_S} s; console: {self.call('POST', '/se/log', {'type': 'browser'})}")
            time.sleep(0.05)

    def logs(self, kind):
        return self.call("POST", "/se/log", {"type": kind})

    def close(self):
        if self.session:
            try:
                self.call("DELETE", "")
            except OSError:
                pass
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.log.close()


def report(folder, page, cache):
    environment = dict(os.environ, SWITCHBENCH_CACHE=cache)
    done = subprocess.run([SWITCHBENCH, "report", folder, "-o", page], env=environment, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise AssertionError(f"switchbench report: code {done.returncode}: {done.stderr}")


def run_here(folder, cache):
    """A real campaign, as small as one can be; its states may be any (this is about the page)."""
    environment = dict(os.environ, SWITCHBENCH_CACHE=cache)
    done = subprocess.run([SWITCHBENCH, "run", "stream", "gemm", "--preset", "tiny", "--budget", "0.05", "-o", folder],
                          env=environment, capture_output=True, text=True, timeout=600)
    if not os.path.exists(os.path.join(folder, "report.html")):
        raise AssertionError(f"switchbench run wrote no report.html: code {done.returncode}: {done.stderr}{done.stdout}")


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="switchbench-report-")
        cls.page = os.path.join(cls.folder, "page.html")
        cls.cache = os.path.join(cls.folder, "cache")
        if REAL:
            run_here(os.path.join(cls.folder, "campaign"), cls.cache)
            cls.page = os.path.join(cls.folder, "campaign", "report.html")
        else:
            report(str(HERE / "campaign"), cls.page, cls.cache)
        cls.browser = None
        try:
            cls.browser = Browser(cls.folder)
        except RuntimeError as error:
            sys.exit(f"tests/report: {error}")
        cls.browser.open(cls.page)
        cls.browser.until("document.documentElement.dataset.plots === 'drawn'", "plots are drawn")

    @classmethod
    def tearDownClass(cls):
        if cls.browser:
            cls.browser.close()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def js(self, script, *args):
        return self.browser.js(script, *args)

    def shown(self, table="cells"):
        return self.js("return [...document.querySelectorAll(`[data-rows=${arguments[0]}] tbody tr`)].filter(r => !r.hidden).length", table)

    def choose(self, name, value):
        self.js("const e = document.getElementById('filter').elements[arguments[0]]; e.value = arguments[1];"
                "e.dispatchEvent(new Event('input', {bubbles: true}))", name, value)

    def clear(self):
        self.js("document.querySelector('#filter button[type=reset]').click()")
        self.browser.until("document.getElementById('shown').textContent.indexOf(' of ') < 0", "filters are cleared")

    def marks(self):
        """Marks that hold data, per plot: axes, legends and titles do not count."""
        return self.js("return Object.fromEntries([...document.querySelectorAll('[data-plot]')].map(d => [d.dataset.plot,"
                       "[...d.querySelectorAll('svg g.role-mark > *')].filter(m => m.getBBox().width + m.getBBox().height > 0).length]))")

    def test_every_plot_is_drawn(self):
        specifications = {path.name.removesuffix(".vl.json") for path in (HERE / "../../results/report/plots").glob("*.vl.json")}
        marks = self.marks()
        self.assertEqual(set(marks), specifications)
        for name, count in marks.items():
            if REAL and name in ("portable_vs_vendor", "attainable", "roofline"):  # no library, no peaks of this node may be here
                continue
            self.assertGreater(count, 0, name)

    def test_plots_have_one_mark_per_datum(self):
        if REAL:
            self.skipTest("the counts are those of the recorded campaign")
        with open(HERE / "campaign/records/j1.jsonl", encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        passed = [r for r in records if r["state"] == "passed"]
        counts = self.js("return Object.fromEntries([...document.querySelectorAll('[data-plot]')].map(d => [d.dataset.plot,"
                         "d.querySelectorAll('svg g.role-mark:not(.mark-text) > path').length]))")
        self.assertEqual(counts["heat"], len(records))
        self.assertEqual(counts["rates"], sum(1 for r in passed if r["work"]["flop"] > 0))
        self.assertEqual(counts["distributions"], sum(len(r["timing"]["samples_ns"]) + 1 for r in passed))
        self.assertEqual(counts["verification"], sum(len(r["verdict"]["checks"]) for r in records if r["verdict"]))
        self.assertEqual(counts["portable_vs_vendor"], sum(1 for r in passed if r["variant"] == "vendor"))

    def test_filters_narrow_tables_and_plots(self):
        every, drawn = self.shown(), self.marks()
        for name in ("state", "kernel", "backend", "variant"):
            values = self.js("return [...document.getElementById('filter').elements[arguments[0]].options].map(o => o.value)", name)
            total = 0
            for value in values[1:]:
                self.choose(name, value)
                rows = self.js("return [...document.querySelectorAll('[data-rows=cells] tbody tr')].filter(r => !r.hidden)"
                               ".map(r => r.dataset[arguments[0]])", name)
                self.assertEqual(set(rows), {value})
                total += len(rows)
            self.assertEqual(total, every, name)
            self.choose(name, "")
        self.choose("backend", "opencl")
        self.browser.until("document.querySelectorAll('[data-plot=distributions] svg g.role-mark > *').length < "
                           f"{drawn['distributions']}", "the plot follows the filter")
        self.clear()
        self.assertEqual(self.shown(), every)
        self.browser.until("document.querySelectorAll('[data-plot=distributions] svg g.role-mark > *').length >= "
                           f"{drawn['distributions']}", "the plot follows the cleared filter")

    def test_search_finds_every_word_in_any_order(self):
        self.choose("text", "TRIAD stream")
        found = self.js("return [...document.querySelectorAll('[data-rows=cells] tbody tr')].filter(r => !r.hidden).map(r => r.textContent)")
        self.assertTrue(found)
        self.assertTrue(all("triad" in text and "stream" in text for text in found))
        self.assertLess(self.shown("checks"), self.js("return document.querySelectorAll('[data-rows=checks] tbody tr').length"))
        self.choose("text", "no such kernel")
        self.assertEqual(self.shown(), 0)
        self.assertEqual(self.js("return [...document.querySelectorAll('[data-plot]')].filter(d => !d.hidden).length"), 0)
        self.clear()

    def test_headings_sort_up_and_down(self):
        column = self.js("return [...document.querySelectorAll('[data-rows=cells] th')].findIndex(t => t.textContent.startsWith('Median'))")
        read = ("return [...document.querySelectorAll('[data-rows=cells] tbody tr')].map(r => r.cells[arguments[0]].textContent)")
        for times, order in ((1, False), (2, True)):
            self.js("document.querySelectorAll('[data-rows=cells] th')[arguments[0]].click()", column)
            texts = self.js(read, column)
            values = [float(text) for text in texts if text]
            self.assertGreater(len(values), 2)
            self.assertEqual(values, sorted(values, reverse=order), times)
            self.assertEqual(texts[len(values):], [""] * (len(texts) - len(values)), "empty ones come last")
        self.assertEqual(self.js("return document.querySelectorAll('[data-rows=cells] th[aria-sort]').length"), 1)

    def test_text_of_records_stays_text(self):
        if REAL:
            self.skipTest("the hostile text is in the recorded campaign")
        self.assertEqual(self.js("return document.querySelectorAll('td b, .reason b, end').length"), 0)
        reason = self.js("return [...document.querySelectorAll('.reason')].map(e => e.textContent).join()")
        self.assertIn("'row<end>' & \"more\" </script><b>", reason)

    def test_light_and_dark(self):
        colour = "return getComputedStyle(document.body).backgroundColor"
        for scheme in ("light", "dark"):
            self.browser.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            before = self.js(colour)
            self.js("document.getElementById('theme').click()")
            self.assertNotEqual(self.js(colour), before, scheme)
            self.js("delete document.documentElement.dataset.theme")
            red = int(re.match(r"rgb\((\d+)", before)[1])
            self.assertEqual(red > 128, scheme == "light")
        self.browser.devtools("Emulation.setEmulatedMedia", features=[])

    def test_print_is_light_and_without_controls(self):
        self.browser.devtools("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        self.assertEqual(self.js("return getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
        self.assertEqual(self.js("return getComputedStyle(document.getElementById('filter')).display"), "none")
        self.browser.devtools("Emulation.setEmulatedMedia", media="", features=[])

    def test_wide_tables_scroll_inside(self):
        self.browser.devtools("Emulation.setDeviceMetricsOverride", width=420, height=800, deviceScaleFactor=1, mobile=False)
        self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), 420)
        self.browser.devtools("Emulation.clearDeviceMetricsOverride")

    def requested(self, page):
        """Every address that the page asked for since the last call, itself included."""
        wanted, mine = [], pathlib.Path(page).as_uri()
        for entry in self.browser.logs("performance"):
            message = json.loads(entry["message"])["message"]
            params = message["params"]
            if message["method"] == "Network.requestWillBeSent" and params["documentURL"].startswith(mine):
                wanted.append(params["request"]["url"])
            elif message["method"] == "Network.webSocketCreated":
                wanted.append(params["url"])
        self.assertIn(mine, [url.split("#")[0] for url in wanted], "the log must at least have the page itself")
        return [url for url in wanted if not url.startswith((mine, "data:", "blob:"))]

    def test_zz_console_and_network_are_silent(self):
        """Last by name: what all the others caused is in the logs."""
        self.assertEqual([entry for entry in self.browser.logs("browser") if entry["level"] in ("SEVERE", "WARNING")], [])
        self.assertEqual(self.requested(self.page), [])
        # The check must be able to fail: the same page with a picture from the network and without its policy.
        leaky = os.path.join(self.folder, "leaky.html")
        with open(self.page, encoding="utf-8") as file:
            text = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", file.read())
        with open(leaky, "w", encoding="utf-8") as file:
            file.write(text + "<img src='http://127.0.0.1:9/picture.png'>")
        self.browser.open(leaky)
        self.assertEqual(self.requested(leaky), ["http://127.0.0.1:9/picture.png"])
        self.assertTrue(self.browser.logs("browser"))

    def test_same_records_give_the_same_bytes(self):
        again, elsewhere = os.path.join(self.folder, "again.html"), os.path.join(self.folder, "elsewhere")
        source = os.path.join(self.folder, "campaign") if REAL else HERE / "campaign"
        shutil.copytree(source, elsewhere, dirs_exist_ok=True)
        report(elsewhere, again, os.path.join(self.folder, "other-cache"))
        with open(self.page, "rb") as one, open(again, "rb") as other:
            self.assertEqual(one.read(), other.read())


if __name__ == "__main__":
    REAL = "--real" in sys.argv
    SWITCHBENCH = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0]], verbosity=2)
