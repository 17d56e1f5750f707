# SPDX-License-Identifier: Apache-2.0
"""Values that functions are tried on, per scalar type, and how far two results may be apart (OpenCL 1.2, 7.4)."""
import math
import random
import struct

FORMATS = {"char": "b", "uchar": "B", "short": "h", "ushort": "H", "int": "i", "uint": "I", "long": "q", "ulong": "Q",
           "float": "f", "double": "d"}
BYTES = {t: struct.calcsize("=" + f) for t, f in FORMATS.items()}
BYTES["half"] = 2
REALS = ("float", "double")
TUPLES = 244
MILD = 3
COLUMNS = 6

# ULP; 0: the same bits. Functions that are not here are exact.
ULP = {
    "sqrt": (3, 0), "rsqrt": 2, "acos": 4, "acosh": 4, "acospi": 5, "asin": 4, "asinh": 4, "asinpi": 5, "atan": 5,
    "atan2": 6, "atanh": 5, "atanpi": 5, "atan2pi": 6, "cbrt": 2, "cos": 4, "cosh": 4, "cospi": 4, "erfc": 16, "erf": 16,
    "exp": 3, "exp2": 3, "exp10": 3, "expm1": 3, "hypot": 4, "log": 3, "log2": 3, "log10": 3, "log1p": 2, "pow": 16,
    "pown": 16, "powr": 16, "rootn": 16, "sin": 4, "sincos": 4, "sinh": 4, "sinpi": 4, "tan": 5, "tanh": 5, "tanpi": 6,
    "tgamma": 16, "degrees": 2, "radians": 2, "length": 3, "distance": 4, "normalize": 4, "dot": 4,
}
UNBOUNDED = {
    "lgamma": "the specification bounds it nowhere",
    "lgamma_r": "the specification bounds it nowhere",
    "mad": "may round once or twice, or worse",
    "mix": "a + (b - a) c, rounded as one likes",
    "smoothstep": "rounded as one likes",
    "nan": "any NaN is right",
}


def bound(name, real):
    """Most ULP between two right results: each may be wrong by the bound of the specification."""
    if name.startswith(("half_", "fast_")):
        return 2 * 8192
    limit = ULP.get(name, 0)
    limit = limit if isinstance(limit, int) else limit[REALS.index(real)]
    return 2 * limit


def of_type(kind):
    """61 values: the ends of the type, its special ones, and random ones."""
    rng = random.Random(kind)
    if kind in REALS:
        tiny, huge, small = (1e-40, 3e38, 1e-30) if kind == "float" else (1e-310, 1e308, 1e-200)
        some = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.0, -2.5, 3.0, math.pi, -math.pi, 0.25, -0.75, 1e-3, -1e-3, 100.25,
                -77.7, 1e10, -1e10, small, -small, huge, -huge, tiny, -tiny, math.inf, -math.inf, math.nan, 8.0, 16777216.0]
        some += [rng.uniform(-1, 1) for _ in range(12)] + [rng.uniform(-10, 10) for _ in range(10)]
        some += [rng.uniform(-1, 1) * 10 ** rng.uniform(-20, 20) for _ in range(8)]
    else:
        bits = 8 * BYTES[kind]
        least, most = (0, 2 ** bits - 1) if kind[0] == "u" else (-2 ** (bits - 1), 2 ** (bits - 1) - 1)
        some = [least, most, 0, 1, 2, 3, 7, 8, 100, most - 1, least + 1, most // 2, most // 3, least + most // 4]
        some += [] if kind[0] == "u" else [-1, -2, -3, -100]
        while len(some) < 61:
            some.append(rng.randint(least, most) >> rng.randrange(bits))
    assert len(some) == 61, (kind, len(some))
    return some


def column(kind, number):
    """The values of argument `number` in all tuples: every pair of neighbours meets in another distance. Numbers from MILD
    on are reals of a size at which a sum of squares neither overflows nor vanishes."""
    if number >= MILD:
        rng = random.Random(number)
        return [rng.uniform(-10, 10) for _ in range(TUPLES)] if kind in REALS else [0] * TUPLES
    values = of_type(kind)
    return [values[(i * (1, 7, 11)[number] + 3 * number + i // 61) % 61] for i in range(TUPLES)]


def pack(kind, values):
    return struct.pack(f"={len(values)}{FORMATS[kind]}", *values)


def unpack(kind, data, count):
    return struct.unpack_from(f"={count}{'e' if kind == 'half' else FORMATS[kind]}", data)


def ulps(a, b, real):
    """How many numbers of the type lie between a and b."""
    if a == b or (a != a and b != b):
        return 0
    if a != a or b != b:
        return math.inf
    form, whole = ("=f", "=i") if real == "float" else ("=d", "=q")

    def rank(x):
        bits = struct.unpack(whole, struct.pack(form, x))[0]
        return bits if bits >= 0 else -(bits & (2 ** (31 if real == "float" else 63) - 1))
    return abs(rank(a) - rank(b))


def narrow(value):
    """As float has it."""
    try:
        return struct.unpack("=f", struct.pack("=f", value))[0]
    except OverflowError:
        return math.inf if value > 0 else -math.inf
