"""Run a script with its errors in a file of their own: `separate_errors.py FILE SCRIPT ARGUMENT…`."""

import os
import runpy
import sys
from pathlib import Path

with Path(sys.argv[1]).open("ab") as errors:
    os.dup2(errors.fileno(), 2)
del sys.argv[:2]
runpy.run_path(sys.argv[0], run_name="__main__")
