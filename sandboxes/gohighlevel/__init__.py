"""Stand-in for GoHighLevel's API v2, in front of the practice of `sandboxes.practice`.

`spec.json` (versions 2021-04-15 and 2021-07-28), `spec_v3.json` and `events.json` are the vendor's own documents, cut
down to what is served. What they leave open is a setting in `config.py`.
"""

from sandboxes.gohighlevel.app import create_app
from sandboxes.gohighlevel.config import GoHighLevelConfig

__all__ = ["GoHighLevelConfig", "create_app"]
