"""A whole workspace in one file, and from one into a house.

The file is a ZIP: `manifest.json` with counts and SHA-256 checksums, a table a file with one
JSON object a line, and the attachments. Secrets are not in it.
"""

from dashboard.transfer.reading import ImportReport, import_workspace
from dashboard.transfer.writing import ExportReport, export_workspace

__all__ = ["ExportReport", "ImportReport", "export_workspace", "import_workspace"]
