"""The bench under the course: services, workers, pictures and checks that a notebook leans on."""

import sys

# jsonschema, which the gateway and the notebook tools use, would load a grammar for the format "iri": 1.8 s of processor time
# at each start, for a format that nothing here has. Without the package it goes on without that format.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: importing it raises ImportError
