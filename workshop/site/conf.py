"""What Sphinx reads: nothing is executed here, and no page loads anything from elsewhere."""

from pathlib import Path

project = "Durable AI agents"
copyright = "MIT license"
extensions = ["myst_nb"]

nb_execution_mode = "off"  # the lessons were executed before
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
myst_heading_anchors = 4
myst_links_external_new_tab = True
suppress_warnings = ["mystnb.unknown_mime_type", "misc.highlighting_failure"]

html_theme = "furo"
html_title = project
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["site.css"]
html_js_files = [("theme.js", {"defer": "defer"})]
html_copy_source = False
html_show_sphinx = False
