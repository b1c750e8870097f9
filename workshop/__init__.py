"""The code under the course: the services, workers, pictures and checks that a notebook uses."""

import os
import sys

# Keys, questions and answers are private: nobody else may read what a process of the course writes.
os.umask(0o077)

# jsonschema, which the gateway and the notebook tools use, would load a grammar for the format "iri": 1.8 s
# of processor time at each start, for a format that nothing here uses. Without that package it skips the
# format.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: importing it raises ImportError
