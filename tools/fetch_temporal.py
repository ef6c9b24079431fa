"""Downloads a Temporal CLI through the SDK and checks that its server skips time. Runs in the virtual environment.

Usage: `python tools/fetch_temporal.py VERSION FOLDER`
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

# The first name is server 1.32's, the second later ones'; a server ignores the one it does not know.
_TIME_SKIPPING = ("frontend.WorkflowTimeSkippingEnabled=true", "system.workflowTimeSkippingEnabled=true")


async def _fetch(version: str, folder: str) -> None:
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_download_version=version,
        download_dest_dir=folder,
        dev_server_extra_args=[part for flag in _TIME_SKIPPING for part in ("--dynamic-config-value", flag)],
        dev_server_startup_timeout=timedelta(seconds=30),
    )
    async with environment:
        # Refused by a server that can't skip time. Nobody works on this queue; the server ends with the workflow.
        await environment.client.start_workflow("Probe", id="probe", task_queue="probe")


if __name__ == "__main__":
    asyncio.run(_fetch(sys.argv[1], sys.argv[2]))
