# SPDX-License-Identifier: Apache-2.0
"""Whether two results of a trial agree."""
import math
import re

import trials
import values

NAN_UNDEFINED = ("min", "max", "clamp", "step", "smoothstep", "mix")
NO_BOUND = re.compile(r"^native_")


def arguments(trial, i):
    """The numbers that tuple `i` of a scalar trial was given."""
    plain = [trials.scalar_and_width(p) for p in trial.function.parameters if not p.endswith("*")]
    first = values.MILD if trial.function.name in trials.GEOMETRIC else 0
    return [values.column(kind, n + first)[i] for n, (kind, width) in enumerate(plain) if width == 1 and kind in values.FORMATS]


def undefined(trial, i):
    """Whether the specification leaves this result open."""
    name, given = trial.function.name, arguments(trial, i)
    if name in NAN_UNDEFINED and any(v != v or math.isinf(v) for v in given if isinstance(v, float)):
        return True
    converted = re.match(r"convert_([a-z]+)(_rt.)?$", name)
    if converted and converted.group(1) not in values.REALS and isinstance(given[0], float):
        bits = 8 * values.BYTES[converted.group(1)]
        low, high = (0, 2 ** bits) if converted.group(1)[0] == "u" else (-2 ** (bits - 1), 2 ** (bits - 1))
        return not low <= given[0] < high - 1
    return False


def compare(kind, ours, theirs, limit, skip):
    """None, or the first two that are too far apart."""
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if skip(i):
            continue
        if kind in values.REALS:
            far = values.ulps(a, b, kind)
            if far > limit:
                return i, a, b, far
        elif a != b and (a == a or b == b):
            return i, a, b, "integers"
    return None


def differ(trial, ours, theirs):
    """None, or a sentence."""
    name, kind = trial.function.name, trial.kind
    if name in values.UNBOUNDED or NO_BOUND.match(name):
        return None
    parts = [(kind, trial.width, trial.at)]
    if trial.pointer:
        parts.append((trial.second[0], trial.second[1], trial.at + trial.bytes))
    for part, width, at in parts:
        count = values.TUPLES * width
        a, b = (values.unpack(part, data[at:], count) for data in (ours, theirs))
        found = compare(part, a, b, values.bound(name, part) if part in values.REALS else 0,
                        lambda i: undefined(trial, i // width) if trial.width == 1 else False)
        if found:
            i, mine, its, far = found
            return f"of {arguments(trial, i // width)}: {mine!r} here, {its!r} there ({far} ULP)"
    return None
