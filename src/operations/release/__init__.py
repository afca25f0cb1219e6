"""Releases: one image, by its digest, for one stage after another.

What a stage is gets noted before it changes: the template, the parameters (the image's digest is one of them) and the
versions of the site's files. A release that fails its checks is taken back to exactly that.
"""
