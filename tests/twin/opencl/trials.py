# SPDX-License-Identifier: Apache-2.0
"""OpenCL C that tries functions on the values of values.py: by a device and the twin alike, and vectors against scalars."""
import re

import values

TYPE = re.compile(r"^(char|uchar|short|ushort|int|uint|long|ulong|float|double|size_t|event_t)(2|3|4|8|16)?$")
SIGNED = {"uchar": "char", "ushort": "short", "uint": "int", "ulong": "long"}
OFFSETS = {(kind, number): 4096 * (values.COLUMNS * at + number)
           for at, kind in enumerate(values.FORMATS) for number in range(values.COLUMNS)}
IN_BYTES = 4096 * values.COLUMNS * len(values.FORMATS)
# Arguments outside of which the result is undefined are brought inside.
ADAPTED = {
    "clamp": "{0}, min({1}, {2}), max({1}, {2})",
    "smoothstep": "min({0}, {1}), max({0}, {1}), {2}",
    "mul24": "({0}) % 8388608, ({1}) % 8388608",
    "mad24": "({0}) % 8388608, ({1}) % 8388608, {2}",
    "dot": "fabs({0}), fabs({1})",
}
GEOMETRIC = ("dot", "length", "distance", "normalize", "fast_length", "fast_distance", "fast_normalize")
GATHERS = GEOMETRIC + ("any", "all", "shuffle", "shuffle2")


def inputs():
    """The bytes that every trial reads."""
    data = bytearray(IN_BYTES)
    for (kind, number), at in OFFSETS.items():
        packed = values.pack(kind, [values.narrow(v) for v in values.column(kind, number)] if kind == "float"
                             else values.column(kind, number))
        data[at:at + len(packed)] = packed
    return bytes(data)


def scalar_and_width(text):
    match = TYPE.match(text)
    return (match.group(1), int(match.group(2) or 1)) if match else (None, 0)


def element(kind, number, index="i"):
    return f"((__global const {kind} *)(in + {OFFSETS[kind, number]}))[{index}]"


def vector(kind, width, number, index="i"):
    if width == 1:
        return element(kind, number, index)
    return f"vload{width}({index} % {values.TUPLES // width}, (__global const {kind} *)(in + {OFFSETS[kind, number]}))"


class Trial:
    """One function on all tuples: result and, behind it, what a pointer received, at `at` in the output."""

    def __init__(self, function):
        self.function, self.at = function, 0
        self.kind, self.width = scalar_and_width(function.result)
        self.pointer = next((p for p in function.parameters if p.endswith("*")), None)
        self.second = scalar_and_width(re.sub(r"__\w+|volatile|const|\*| ", "", self.pointer)) if self.pointer else (None, 1)
        self.bytes = values.BYTES[self.kind] * self.width * values.TUPLES

    def room(self):
        second = values.BYTES[self.second[0]] * self.second[1] * values.TUPLES if self.pointer else 0
        return self.bytes + second

    def code(self):
        function, atomic = self.function, "volatile" in (self.pointer or "")
        given, number = [], values.MILD if function.name in GEOMETRIC else 0
        for p in function.parameters:
            if p == self.pointer:
                given.append(f"(volatile __global {self.second[0]} *)(out + {self.at + self.bytes}) + i" if atomic
                             else "&second")
            else:
                kind, width = scalar_and_width(p)
                given.append(vector(kind, width, number))
                number += 1
        arguments = ADAPTED.get(function.name, ", ".join("{%d}" % k for k in range(len(given)))).format(*given)
        store = self.store(f"{function.name}({arguments})", self.kind, self.width, self.at)
        if self.pointer and not atomic:
            kind, width = self.second
            declare = f"        __private {kind}{width if width > 1 else ''} second;\n"
            return declare + store + self.store("second", kind, width, self.at + self.bytes)
        return store

    @staticmethod
    def store(value, kind, width, at):
        if width == 1:
            return f"        ((__global {kind} *)(out + {at}))[i] = {value};\n"
        return f"        vstore{width}({value}, i, (__global {kind} *)(out + {at}));\n"


class HalfTrial(Trial):
    """vload_half… of 16-bit patterns, or vstore_half… of numbers (then compared as halves, any NaN for any)."""

    def __init__(self, function):
        self.function, self.at, self.pointer, self.second = function, 0, None, (None, 1)
        self.loads = function.name.startswith("vload")
        self.kind, self.width = scalar_and_width(function.result if self.loads else function.parameters[0])
        self.kind = self.kind if self.loads else "half"
        self.pitch = 4 if self.width == 3 and function.name.startswith(("vloada", "vstorea")) else self.width
        self.bytes = values.BYTES[self.kind] * self.pitch * values.TUPLES
        if not self.loads:
            self.width = self.pitch  # what lies between three and three stays zero

    def code(self):
        function, number = self.function, f"i % {values.TUPLES // self.pitch}"
        if self.loads:
            halves = f"(const __global half *)(in + {OFFSETS['ushort', 0]})"
            return self.store(f"{function.name}({number}, {halves})", self.kind, self.width, self.at)
        kind, width = scalar_and_width(function.parameters[0])
        return f"        {function.name}({vector(kind, width, 0)}, i, (__global half *)(out + {self.at}));\n"


def of_halves(function):
    return re.match(r"v(load|store)a?_half", function.name) and \
        re.fullmatch(r"(const )?__global (const )?half \*", function.parameters[-1])


def can_try(function):
    """Whether the function takes and gives numbers alone (a pointer may receive a second result, or be an atomic's)."""
    pointers = [p for p in function.parameters if p.endswith("*")]
    if re.match(r"sub_group_|get_", function.name):
        return False  # of many work-items: tests/twin/clean/
    if len(pointers) > 1 or scalar_and_width(function.result)[0] not in values.FORMATS:
        return False
    if pointers and not re.match(r"(__private|volatile __global) \w+ \*$", pointers[0]):
        return False
    plain = [scalar_and_width(p) for p in function.parameters if p not in pointers]
    if not plain and not pointers or any(kind not in values.FORMATS for kind, _ in plain) or len(plain) > 3:
        return False
    widths = {width for _, width in plain} | {scalar_and_width(function.result)[1]}
    return widths == {1} or function.name in GATHERS


def programs(functions):
    """[(text, [(kernel, trials, bytes of output)])], a kernel per name, some kernels a program."""
    names = {}
    for function in functions:
        if of_halves(function) or can_try(function):
            trial = HalfTrial(function) if of_halves(function) else Trial(function)
            names.setdefault(re.sub(r"^convert_(\w+?)(_.*)?$", r"convert_\1", function.name), []).append(trial)
    made, text, kernels = [], "", []
    for name, trials in sorted(names.items()):
        at = 0
        for trial in trials:
            trial.at = at
            at += (trial.room() + 127) // 128 * 128
        text += f"__kernel void try_{name}(__global const uchar *in, __global uchar *out)\n{{\n"
        text += "".join(f"    for (int i = 0; i < {values.TUPLES}; ++i) {{\n{t.code()}    }}\n" for t in trials) + "}\n"
        kernels.append((f"try_{name}", trials, at))
        if len(text) > 60000:
            made.append((text, kernels))
            text, kernels = "", []
    return made + [(text, kernels)]


def scalar_name(name):
    """convert_float4_rte → convert_float_rte; others have one name for all widths."""
    return re.sub(r"^(convert_[a-z]+)\d+", r"\1", name)


def is_by_element(function):
    kinds = [scalar_and_width(p) for p in function.parameters]
    width = scalar_and_width(function.result)[1]
    return function.name not in GATHERS + ("cross",) and width > 1 and len(kinds) <= 3 and \
        all(kind in values.FORMATS and w in (1, width) for kind, w in kinds) and any(w > 1 for _, w in kinds)


def width_test(function, number):
    """A block that counts in out[number] the elements that a vector function gives otherwise than its scalar form."""
    kind, width = scalar_and_width(function.result)
    kinds = [scalar_and_width(p) for p in function.parameters]
    wide = ", ".join(vector(k, w, n, "g" if w > 1 else f"g * {width}") for n, (k, w) in enumerate(kinds))
    each = [element(k, n, f"g * {width} + k" if w > 1 else f"g * {width}") for n, (k, w) in enumerate(kinds)]
    if function.name == "select":
        each[2] = f"({SIGNED.get(kinds[2][0], kinds[2][0])})({each[2]}) < 0"
        each[2] = f"({kinds[2][0]})({each[2]})"
    truth = "-" if function.name.startswith("is") or function.name == "signbit" else ""
    same = f"v[k] == s && (s != 0 || 1 / v[k] == 1 / s) || v[k] != v[k] && s != s" if kind in values.REALS else "v[k] == s"
    return f"""#pragma clang loop unroll(disable)
    for (int g = 0; g < {values.TUPLES // width}; ++g) {{
        const {kind}{width} v = {function.name}({wide});
#pragma clang loop unroll(disable)
        for (int k = 0; k < {width}; ++k) {{
            const {kind} s = {truth}{scalar_name(function.name)}({', '.join(each)});
            out[{number}] += {same} ? 0 : 1;
        }}
    }}
"""


def width_programs(functions, per_kernel=60, per_program=20):
    """[(text, [functions of each kernel])]: an int of output a function. Conversions, all of one macro, at two widths."""
    chosen = [f for f in functions if is_by_element(f) and
              (not f.name.startswith("convert_") or scalar_and_width(f.result)[1] in (3, 16))]
    parts = [chosen[at:at + per_kernel] for at in range(0, len(chosen), per_kernel)]
    for at in range(0, len(parts), per_program):
        text = ""
        for number, part in enumerate(parts[at:at + per_program]):
            text += f"__kernel void widths_{number}(__global const uchar *in, __global int *out)\n{{\n"
            text += "".join(width_test(f, n) for n, f in enumerate(part)) + "}\n"
        yield text, parts[at:at + per_program]
