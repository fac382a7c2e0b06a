"""Measure what is promised: `make bench`, or `make bench ARGS=start` for one of them.

Each module in scripts/benches yields figures. The status is 1 when a promise is not kept.
"""

import importlib
import os
import pkgutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(wanted: list[str]) -> int:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "missioncontrol.settings")
    import django

    django.setup()
    from scripts import benches

    names = [module.name for module in pkgutil.iter_modules(benches.__path__)]
    unknown = set(wanted) - set(names)
    if unknown:
        sys.exit(f"There are {', '.join(names)}; not {', '.join(sorted(unknown))}.")
    broken = 0
    for name in wanted or names:
        for figure in importlib.import_module(f"scripts.benches.{name}").measure():
            promise = "" if figure.promised is None else f"≤ {figure.promised:g} {figure.unit}"
            if figure.least is not None:
                promise = f"≥ {figure.least:g} {figure.unit}"
            mark = "" if figure.kept else "  NOT KEPT"
            print(f"{figure.name:<44} {figure.value:>10.2f} {figure.unit:<4} {promise}{mark}")
            broken += not figure.kept
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
