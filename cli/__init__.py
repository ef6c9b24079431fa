"""Commands, a module each.

At its head a module imports what its help and its arguments need. What the command works with (routes, models,
Temporal) it imports where it runs: that takes seconds, which `--help` and a mistyped option do not wait for.
`tests/cli/test_starting.py` holds it.
"""
