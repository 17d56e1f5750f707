# SPDX-License-Identifier: Apache-2.0
"""figures.py FORMATS SPEC...: draws each <plot>.vl.json, data inside, as <plot>.<format> beside it."""
import json
import sys

try:
    import vl_convert
except ImportError as error:
    sys.exit(f"vl_convert: {error}")

DRAW = {
    "svg": vl_convert.vegalite_to_svg,
    "pdf": vl_convert.vegalite_to_pdf,
    "png": lambda spec: vl_convert.vegalite_to_png(spec, scale=3),
}

for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        spec = json.load(file)
    for name in sys.argv[1].split(","):
        drawn = DRAW[name](spec)
        with open(path.removesuffix("vl.json") + name, "wb") as file:
            file.write(drawn.encode("utf-8") if isinstance(drawn, str) else drawn)
