"""A plan as data whose status is read off the code: gaps, documents, to-dos, progress, and a check that they hold.

What is planned stands in a TOML file (`features.toml`), how the code is read in another (`plan.toml`). Nothing here
knows the project: `plan.toml` names the folders, the template and the kinds of evidence.
"""
