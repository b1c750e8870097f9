"""The course as a static site, to look at before you clone it: every lesson with its outputs and pictures,
the documents, the code. Sphinx makes it, with myst-nb and the theme Furo (requirements-dev.txt).
"""
