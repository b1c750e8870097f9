"""The bench under the course: services, workers, pictures and checks that a notebook leans on."""

import os
import sys

# A key, questions and answers are their owner's business: what any process of the course writes is for nobody else to read.
os.umask(0o077)

# jsonschema, which the gateway and the notebook tools use, would load a grammar for the format "iri": 1.8 s of processor time
# at each start, for a format that nothing here has. Without the package it goes on without that format.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: importing it raises ImportError
