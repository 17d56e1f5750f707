#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Container engines that Debian does not have: enroot, Sarus. Called by their names (links of this file).

They take the options of the published manuals and no others, check that what is to be mounted is there, give the command the
environment that the engine would, and run it on this machine without any container. $SB_FAKE_ENGINES: every command line.
"""
import os
import re
import shlex
import sys

NAME = os.path.basename(sys.argv[0])
PLAIN = {name: os.environ[name] for name in ("PATH", "HOME", "USER", "TERM") if name in os.environ}


def fail(words):
    print(f"[ERROR] {words}", file=sys.stderr)
    sys.exit(1)


def options(words, with_value):
    """Leading long options; what follows. Repeated ones add up."""
    got = {}
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name not in with_value:
            fail(f"unknown option: {word}")
        got.setdefault(name, []).append(value if equals else words.pop(0))
    return got


def enroot(words):
    """doc/cmd/start.md, doc/image-format.md."""
    if words == ["version"]:
        print("4.1.2")
        return
    if words.pop(0) != "start":
        fail("unknown command")
    got = options(words, {"--mount", "--env", "--conf", "--rc"})
    image = words.pop(0)
    if not os.path.isfile(image):
        fail(f"No such file or directory: {image}")
    for mount in got.get("--mount", []):
        fields = mount.split(":")
        if re.search(r"\s", mount) or len(fields) != 4 or fields[2] != "none" or not os.path.exists(fields[0]):
            fail(f"Invalid argument: {mount}")
    inside = dict(PLAIN)
    for line in "\n".join(got.get("--env", [])).split("\n"):
        name, _, value = line.partition("=")
        inside[name] = re.sub(r"""^["'](.*)["']\s*$""", r"\1", value)
    os.chdir("/")
    os.execvpe(words[0], words, inside)


def sarus(words):
    """doc/user/user_guide.rst, 1.7."""
    if words == ["--version"]:
        print("1.7.0")
        return
    if words.pop(0) != "run":
        fail("unknown command")
    got = options(words, {"--mount", "--env", "--workdir", "--entrypoint"})
    if not re.fullmatch(r"[a-z0-9./:_-]+@sha256:[0-9a-f]{64}", words.pop(0)):
        fail("Image is not available")
    for mount in got.get("--mount", []):
        fields = dict(field.partition("=")[::2] for field in mount.split(","))
        if fields.get("type") != "bind" or set(fields) - {"type", "source", "destination", "readonly"}:
            fail(f"Invalid mount request '{mount}'")
        if not os.path.exists(fields["source"]):
            fail(f"no {fields['source']}")
    os.chdir(got.get("--workdir", ["/"])[-1])
    os.execvpe(words[0], words, {**os.environ, **dict(v.split("=", 1) for v in got.get("--env", []))})


with open(os.environ["SB_FAKE_ENGINES"], "a", encoding="utf-8") as log:
    log.write(shlex.join([NAME, *sys.argv[1:]]) + "\n")
{"enroot": enroot, "sarus": sarus}[NAME](sys.argv[1:])
