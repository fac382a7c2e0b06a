"""What people, cores, agents, modules and conversations were in VEGA, taken in from its JSON.

The layout of the file is in docs/import.md.
"""

from dashboard.vega.bringing import VegaReport, import_vega

__all__ = ["VegaReport", "import_vega"]
