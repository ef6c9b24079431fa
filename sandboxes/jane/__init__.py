"""Stand-in for the Jane Developer Platform, in front of the practice of `sandboxes.practice`: it reads, people write.

`spec.json` is the vendor's reference as a third party put it together, cut down to what is served. What nobody knows is
a setting in `config.py`.
"""

from sandboxes.jane.app import create_app
from sandboxes.jane.config import JaneConfig

__all__ = ["JaneConfig", "create_app"]
