"""Stand-in vendor servers, written from the vendors' documents and importing nothing of the product.

Each package offers `create_app(config)`; `python -m sandboxes` runs all of them in one process. State lives in memory.
"""
