#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Commands of batch systems that cannot be had here: OpenPBS and Torque, LSF, Flux. Called by their names (links of this file).

They take the options of the published manuals and no others, run the jobs for real on this machine, and answer in the published
formats. State: $SB_FAKE_BATCH/<id>/. $SB_FAKE_BATCH/down: no command reaches its server while that file is there.
$SB_FAKE_BATCH/log: every command line.
"""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(os.environ["SB_FAKE_BATCH"])
TORQUE = os.environ.get("SB_FAKE_DIALECT") == "torque"


def fail(words, code=1):
    print(words, file=sys.stderr)
    sys.exit(code)


def options(words, with_value, flags, command):
    """Leading options, as getopt takes them; what follows. An unknown one is an error."""
    got = {}
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word in with_value:
            got.setdefault(word, []).append(words.pop(0))
        elif word in flags:
            got[word] = True
        else:
            fail(f"{command}: invalid option -- '{word}'", 2)
    return got, words


def seconds(clock):
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total


def load(job_id):
    folder = ROOT / str(job_id)
    if not (folder / "job.json").exists():
        return None
    job = json.loads((folder / "job.json").read_text())
    for name in ("started", "ended", "at_limit", "deleted", "used"):
        path = folder / name
        if path.exists():
            job[name] = path.read_text()
    return job


def everything():
    ids = sorted(int(p.name) for p in ROOT.iterdir() if p.name.isdigit())
    return [job for job in (load(i) for i in ids) if job]


def submit(**job):
    for number in range(100, 10000):
        try:
            (ROOT / str(number)).mkdir()
            break
        except FileExistsError:
            continue
    folder = ROOT / str(number)
    (folder / "script").write_text(job.pop("script"))
    (folder / "job.json").write_text(json.dumps({"id": number, **job}))
    if not job.get("held"):
        subprocess.Popen([sys.executable, os.path.realpath(__file__), "--run", str(number)], stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    return number


def run(number):
    """The node's side: the job's process group, its time limit, its end."""
    folder = ROOT / number
    job = json.loads((folder / "job.json").read_text())
    began = time.time()
    try:
        log = open(job["log"], "ab")
    except OSError as fault:
        (folder / "ended").write_text("256")
        (folder / "used").write_text(str(fault))
        return
    child = subprocess.Popen([job["shell"], str(folder / "script")], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                             cwd="/", start_new_session=True, env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]})
    (folder / "started").write_text(str(child.pid))
    while child.poll() is None:
        if time.time() - began > job["limit"]:
            (folder / "at_limit").write_text("")
            os.killpg(child.pid, signal.SIGKILL)
        time.sleep(0.05)
    (folder / "used").write_text(str(time.time() - began))
    (folder / "ended").write_text(str(128 - child.returncode if child.returncode < 0 else child.returncode))


def delete(number):
    job = load(number)
    if job and "ended" not in job:
        (ROOT / str(number) / "deleted").write_text("")
        if "started" in job:
            os.killpg(int(job["started"]), signal.SIGKILL)
        else:
            (ROOT / str(number) / "ended").write_text("-1")


# PBS
def qsub(words):
    got, rest = options(words, ("-N", "-v", "-S", "-j", "-o", "-m", "-r", "-q", "-A", "-l"), ("-h",), "qsub")
    if rest:
        fail("qsub: illegal -- a script's name, but it comes on stdin here", 2)
    if got.get("-q") == ["nosuch"]:
        fail("qsub: Unknown queue", 170)
    if len(got["-N"][0]) > 15 or not got["-N"][0][0].isalpha():
        fail(f"qsub: illegal -N value {got['-N'][0]}", 2)
    asked = dict(part.split("=", 1) for text in got["-l"] for part in [text] if text.startswith("walltime="))
    number = submit(name=got["-N"][0], tag=got["-v"][0].split("=", 1)[1], log=got["-o"][0], shell=got["-S"][0],
                    limit=seconds(asked["walltime"]), walltime=asked["walltime"], held="-h" in got, script=sys.stdin.read())
    print(f"{number}.server")


def pbs_attributes(job):
    out = {"Job_Name": job["name"], "queue": "batch", "Variable_List": {"PBS_O_HOME": "/", "SWITCHBENCH_TAG": job["tag"]},
           "Resource_List": {"walltime": job["walltime"]}, "Hold_Types": "u" if job.get("held") else "n"}
    if "ended" in job:
        code = int(job["ended"])
        out["job_state"] = "C" if TORQUE else "F"
        used = int(float(job["used"])) if job.get("used", "x").replace(".", "").isdigit() else 0
        out["resources_used"] = {"walltime": time.strftime("%H:%M:%S", time.gmtime(used))}
        if "at_limit" in job:
            code = 271 if TORQUE else -29
        elif "deleted" in job:
            code = 271
            out["comment"] = "deleted by bench@login"
        if "started" in job:
            out["exit_status" if TORQUE else "Exit_status"] = code
            out["exec_host"] = "node1/0*2"
    else:
        out["job_state"] = "H" if job.get("held") else "R" if "started" in job else "Q"
        if "started" in job:
            out["exec_host"] = "node1/0*2"
    return out


def qstat(words):
    got, ids = options(words, ("-F",), ("-x", "-f", "--version"), "qstat")
    if "--version" in got:
        print("Version: 6.1.2\nCommit: none" if TORQUE else "pbs_version = 20.0.1")
        return
    if TORQUE and ("-F" in got or "-x" in got):
        fail("qstat: invalid option -- 'F'", 2)
    known, unknown = {}, []
    for name in ids:
        job = load(name.split(".")[0])
        if job:
            known[name] = pbs_attributes(job)
        else:
            unknown.append(name)
    if TORQUE:
        for name, values in known.items():
            print(f"Job Id: {name}")
            for key, value in values.items():
                if key == "Variable_List":
                    print("    Variable_List = " + ",\n\t".join(f"{k}={v}" for k, v in value.items()))
                elif isinstance(value, dict):
                    for inner, text in value.items():
                        print(f"    {key}.{inner} = {text}")
                else:
                    print(f"    {key} = {value}")
            print()
    else:
        print(json.dumps({"timestamp": 1, "pbs_version": "20.0.1", "pbs_server": "server", "Jobs": known}, indent=4))
    if unknown:
        fail("\n".join(f"qstat: Unknown Job Id {name}" for name in unknown), 153)


def qselect(words):
    options(words, ("-u",), ("-x",), "qselect")
    for job in everything():
        print(f"{job['id']}.server")


def qdel(words):
    bad = 0
    for name in words:
        job = load(name.split(".")[0])
        if not job or "ended" in job:
            print(f"qdel: {'Job has finished' if job else 'Unknown Job Id'} {name}", file=sys.stderr)
            bad = 35
        else:
            delete(job["id"])
    sys.exit(bad)


# LSF
def bsub(words):
    got, rest = options(words, ("-J", "-o", "-L", "-q", "-P", "-n", "-R", "-M", "-gpu", "-m", "-W"), ("-r", "-x", "-H"), "bsub")
    if rest:
        fail(f"bsub: a command {rest}, but it comes on stdin here", 255)
    if got.get("-q") == ["nosuch"]:
        fail("nosuch: No such queue. Job not submitted.", 255)
    number = submit(name=got["-J"][0], log=got["-o"][0], shell=got["-L"][0], held="-H" in got, script=sys.stdin.read(),
                    limit=float(got["-W"][0]) * float(os.environ.get("SB_FAKE_MINUTE", "60")))
    print(f"Job <{number}> is submitted to queue <normal>.")


def bjobs(words):
    got, ids = options(words, ("-o", "-J"), ("-a", "-json"), "bjobs")
    records = []
    jobs = [load(name) or {"unknown": name} for name in ids] if ids else everything()
    for job in jobs:
        if "unknown" in job:
            records.append({"JOBID": job["unknown"], "ERROR": f"Job <{job['unknown']}> is not found"})
            continue
        if "-J" in got and not job["name"].startswith(got["-J"][0].rstrip("*")):
            continue
        code = int(job.get("ended", 0))
        stat = ("PSUSP" if job.get("held") and "ended" not in job else "PEND" if "started" not in job and "ended" not in job
                else "RUN" if "ended" not in job else "DONE" if code == 0 else "EXIT")
        reason = ("TERM_RUNLIMIT: job killed after reaching LSF run time limit" if "at_limit" in job
                  else "TERM_OWNER: job killed by owner" if "deleted" in job else "")
        records.append({"JOBID": str(job["id"]), "STAT": stat, "JOB_NAME": job["name"], "EXIT_CODE": str(code or ""),
                        "EXIT_REASON": reason, "EXEC_HOST": "2*node1" if "started" in job else "",
                        "PEND_REASON": "suspended by the user while pending;" if stat == "PSUSP" else ""})
    print(json.dumps({"COMMAND": "bjobs", "JOBS": len(records), "RECORDS": records}, indent=2))


def bkill(words):
    bad = 0
    for name in words:
        job = load(name)
        if not job or "ended" in job:
            print(f"Job <{name}>: {'Job has already finished' if job else 'No matching job found'}", file=sys.stderr)
            bad = 255
        else:
            delete(name)
    sys.exit(bad)


# Flux
def flux(words):
    command = words.pop(0)
    if command == "submit":
        got = {}
        while words and words[0].startswith("-"):
            key, _, value = words.pop(0).partition("=")
            if key not in ("--job-name", "--output", "--error", "-n1", "-N1", "--time-limit", "--cores-per-task", "--gpus-per-task",
                           "--exclusive", "--queue", "--bank", "--requires", "--urgency"):
                fail(f"flux-submit: error: unrecognized arguments: {key}", 2)
            got[key] = value
        if got.get("--queue") == "nosuch":
            fail("flux-submit: ERROR: Invalid queue 'nosuch' specified", 1)
        text = f"#!/bin/bash\nexec {json.dumps(words[0])}\n" if len(words) == 1 and not set(words[0]) & set("$`\"\\") else None
        number = submit(name=got["--job-name"], log=got["--output"], shell="/bin/bash", limit=float(got["--time-limit"].rstrip("s")),
                        held=got.get("--urgency") == "hold", script=text or Path(words[0]).read_text())
        print(f"ƒ{number}")
    elif command == "job" and words[:2] == ["id", "--to=dec"]:
        print(words[2].lstrip("ƒ"))
    elif command == "jobs":
        if words != ["-a", "--json", "--count=10000"]:
            fail("flux-jobs: error: unrecognized arguments", 2)
        print(json.dumps({"jobs": [flux_job(job) for job in everything()]}))
    elif command == "cancel":
        bad = 0
        for name in words:
            job = load(name)
            if not job or "ended" in job:
                print(f"flux-cancel: {name}: {'job is inactive' if job else 'unknown job'}", file=sys.stderr)
                bad = 1
            else:
                delete(name)
        sys.exit(bad)
    else:
        fail(f"flux: {command}?", 2)


def flux_job(job):
    out = {"id": job["id"], "name": job["name"], "urgency": 0 if job.get("held") else 16, "state": "SCHED"}
    if "started" in job:
        out.update(state="RUN", nodelist="node1")
    if "ended" in job:
        code = int(job["ended"])
        kind = ("timeout", "resource allocation expired") if "at_limit" in job else ("cancel", "") if "deleted" in job else None
        out.update(state="INACTIVE", result="TIMEOUT" if "at_limit" in job else "CANCELED" if "deleted" in job
                   else "COMPLETED" if code == 0 else "FAILED",
                   exception={"occurred": bool(kind), **({"severity": 0, "type": kind[0], "note": kind[1]} if kind else {})})
        if code >= 0:
            out["waitstatus"] = code - 128 if code > 128 else code << 8
    return out


def main():
    name = Path(sys.argv[0]).name
    if name == "batch.py":
        run(sys.argv[2])
        return
    with open(ROOT / "log", "a", encoding="utf-8") as log:
        log.write(json.dumps([name, *sys.argv[1:]]) + "\n")
    if (ROOT / "down").exists():
        fail(f"{name}: cannot connect to server login (errno=111)", 2)
    globals()[name](sys.argv[1:])


main()
