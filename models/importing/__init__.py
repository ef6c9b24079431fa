"""A practice's own files, read into its tables: `practice.yaml`, and lists as CSV.

    report = import_files(database, [Path("practice.yaml"), Path("matrix.csv")], now=now, vendors=SPOKEN)

All files go in together or not at all: every error is found in one go, and one error is enough to write nothing.
A second import updates what the first one made; what a file leaves out stays as it is.
"""

from __future__ import annotations

from models.importing.findings import Finding
from models.importing.run import Report, import_files

__all__ = ["Finding", "Report", "import_files"]
