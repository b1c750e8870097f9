"""The calls of the research server, over HTTP, against one application for all files of this folder."""
