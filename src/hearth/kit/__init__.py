"""What every room may lean on: errors, ids, paging, text folding, child processes, cache, logs.

Knows nothing of media or of the database.
"""
