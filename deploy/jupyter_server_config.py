"""The Jupyter server of a learner on a hub or in a container (deploy/start names this folder)."""

import os
from pathlib import Path

from workshop.services import terminal

c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.ServerApp.root_dir = home = os.environ["WORKSHOP_HOME"]
c.ServerApp.terminado_settings = {"shell_command": terminal.command(Path(home, ".lab/jupyter/terminal"))}
c.ServerApp.default_url = c.LabApp.default_url = "/lab/tree/notebooks/00_start_here.ipynb"
c.LabApp.expose_app_in_browser = True
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.app_settings_dir = str(Path(__file__).parent / "settings")

# No language server and no scripts as notebooks here: 6 MB.
c.ServerApp.jpserver_extensions = {"jupyter_lsp": False, "jupyterlab_jupytext": False}
