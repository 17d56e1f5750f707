# SPDX-License-Identifier: Apache-2.0
"""OpenCL C that calls every declared function once: whether it links says whether the twin has them all."""
import re

VALUES = {
    "event_t": "copied",
    "memory_order": "memory_order_relaxed",
    "memory_scope": "memory_scope_device",
    "cl_mem_fence_flags": "CLK_LOCAL_MEM_FENCE",
}
PLACES = {"__global": "in", "__local": "local_in", "__constant": "table", "__private": "own"}


def argument(parameter):
    if parameter == "event_t *":
        return "&copied"
    if not parameter.endswith("*"):
        return VALUES.get(parameter, f"*(__global {parameter} *)in")
    space = re.search(r"__(global|local|constant|private)", parameter)
    place = PLACES[space.group()] if space else "generic_in"
    return f"({parameter}){place}"


def call(function):
    text = f"{function.name}({', '.join(argument(p) for p in function.parameters)})"
    if function.result == "void":
        return f"    {text};\n"
    if function.result == "event_t":
        return f"    copied = {text};\n"
    return f"    *(__global {function.result} *)out = {text};\n"


def program(functions, version, per_kernel=100):
    """Kernels of at most `per_kernel` calls."""
    generic = "    uchar *generic_in = in;\n" if version >= "CL2.0" else "    __private uchar *generic_in = own;\n"
    text = []
    for at in range(0, len(functions), per_kernel):
        text.append(f"__kernel void calls_{at // per_kernel}(__global uchar *in, __local uchar *local_in, "
                    "__constant uchar *table, __global uchar *out)\n{\n"
                    "    __private uchar own[256];\n    event_t copied = 0;\n" + generic)
        text += [call(function) for function in functions[at:at + per_kernel]]
        text.append("}\n")
    return "".join(text)
