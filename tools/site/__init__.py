"""The reference of the documentation site, made from the code each time the site is built.

`hooks` is what mkdocs calls; `pages` makes every page. Nothing of it is committed, so nothing of it can be old.
"""
