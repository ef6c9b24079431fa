"""`python -m api`: the API on its address, configured by the environment alone."""

from __future__ import annotations

import argparse
import sys

import uvicorn

from api.app_from_settings import from_settings
from wiring.logging import configure_logging
from wiring.settings import SettingsError, load_settings


def main() -> int:
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    parser = argparse.ArgumentParser(description="Serves webhooks, pages and the admin API.")
    parser.add_argument("--host", default=settings.api_host)
    parser.add_argument("--port", type=int, default=settings.api_port)
    asked = parser.parse_args()
    configure_logging(settings)
    # Its access log would carry link tokens in its URLs.
    uvicorn.run(from_settings(settings), host=asked.host, port=asked.port, access_log=False, log_config=None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
