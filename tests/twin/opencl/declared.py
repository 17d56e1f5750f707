# SPDX-License-Identifier: Apache-2.0
"""The built-in functions that clang's opencl-c.h declares: what the twin has to have, by name and types."""
import re
import subprocess

# Not OpenCL C's usual subset: what the twin says it does not take, and other vendors' extensions.
LEFT_OUT = {
    r"image|sampler": "images",
    r"^(read|write)_pipe|pipe|reserve_id": "pipes",
    r"^(amd|intel|arm)_": "a vendor's extension",
    r"queue|enqueue_|clk_event|_marker|ndrange_": "device queues",
    r"^get_enqueued_": "the same as without enqueued, and checked with it",
}
LEFT_OUT_TYPES = {r"\bhalf\d*\b": "half precision"}
KEPT = ("wait_group_events", "get_enqueued_local_size", "get_enqueued_num_sub_groups")


class Function:
    """A declaration: result and parameters as text, `__local float4 *`, without names and attributes."""

    def __init__(self, result, name, parameters):
        self.result, self.name = result.strip(), name
        self.parameters = [] if parameters.strip() in ("", "void") else [plain(p) for p in split(parameters)]

    def __str__(self):
        return f"{self.result} {self.name}({', '.join(self.parameters)})"


def split(parameters):
    return [p for p in parameters.split(",")]


def plain(parameter):
    """`const __global float *restrict p` → `const __global float *`."""
    words = re.findall(r"\w+|\*", parameter)
    star = words.index("*") if "*" in words else None
    if star is not None:
        return " ".join(words[:star]) + " *"
    qualifiers = ("const", "volatile", "unsigned", "__private", "struct", "enum")
    kept = [w for w in words if w in qualifiers]
    rest = [w for w in words if w not in qualifiers]
    return " ".join(kept + rest[:1])


def declared(clang, version):
    """All functions of the header in this version of the language, each once."""
    text = subprocess.run([clang, "-x", "cl", f"-cl-std={version}", "-Xclang", "-cl-ext=+all", "-E", "-P", "-cl-no-stdinc",
                           "-include", "opencl-c.h", "/dev/null"], check=True, capture_output=True, text=True).stdout
    text = re.sub(r"__attribute__\(\((?:[^()]|\([^()]*\))*\)\)", "", text)
    text = re.sub(r"\s+", " ", re.sub(r"(?m)^#.*", "", text))
    found = {}
    for match in re.finditer(r"(?:^|[;}]) ?((?:\w+[ *]+)+)(\w+) ?\(([^()]*)\) ?(?=;)", text):
        function = Function(*match.groups())
        found[str(function)] = function
    return list(found.values())


def wanted(function):
    """None, or why the twin need not have it."""
    if function.name in KEPT:
        return None
    for pattern, why in LEFT_OUT.items():
        if re.search(pattern, function.name) or any(re.search(pattern, p) for p in function.parameters + [function.result]):
            return why
    for pattern, why in LEFT_OUT_TYPES.items():
        # vload_half and its like are core: they take pointers to half
        values = [p for p in function.parameters if not p.endswith("*")] + [function.result]
        if any(re.search(pattern, value) for value in values) or \
                (any(re.search(pattern, p) for p in function.parameters) and "_half" not in function.name):
            return why
    return None
