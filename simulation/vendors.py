"""The sandboxes as one child process, and what a practice's settings say to reach them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import httpx

from domain.clock import PracticeClock
from simulation.control import Control
from simulation.practice_systems import SYSTEMS, UNPACED
from wiring import child_processes

#: Beside the practice system.
OTHERS: Final = ("twilio", "sendgrid", "slack")

_READY_WITHIN_SECONDS: Final = 30.0


class SandboxesFailed(Exception):
    """The sandboxes did not come up; the text carries the end of their log."""


class Sandboxes:
    """Starts `python -m sandboxes` and knows each by name: the practice system, `twilio`, `sendgrid`, `slack`."""

    #: The sender of the practice's e-mails.
    from_email: Final = "hello@practice.example"

    def __init__(
        self, *, log: Path, environ: dict[str, str], config: dict[str, Any] | None = None, pms: str = "boulevard"
    ) -> None:
        self.system = SYSTEMS[pms]
        self.names = (pms, *OTHERS)
        self._log = log
        self._environ = environ
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None
        self._controls: dict[str, Control] = {}

    @property
    def pms(self) -> Control:
        """The practice system, whichever it is."""
        return self._controls[self.system.name]

    @property
    def boulevard(self) -> Control:
        return self._controls["boulevard"]

    @property
    def twilio(self) -> Control:
        return self._controls["twilio"]

    @property
    def sendgrid(self) -> Control:
        return self._controls["sendgrid"]

    @property
    def slack(self) -> Control:
        return self._controls["slack"]

    def all(self) -> tuple[Control, ...]:
        """Every sandbox, in a fixed order."""
        return tuple(self._controls[name] for name in self.names)

    def launch(self) -> None:
        """Starts them on free ports, without waiting."""
        command = [sys.executable, "-m", "sandboxes", "--host", "127.0.0.1"]
        for name in self.names:
            command += [f"--{name}-port", "auto"]
        if self._config:
            config = self._log.with_name("sandboxes.json")
            config.write_text(json.dumps(self._config))
            command += ["--config", str(config)]
        self._log.unlink(missing_ok=True)
        self._process = child_processes.start(command, log=self._log, environ=self._environ)

    def wait(self) -> None:
        """Returns once all listen."""
        self._controls = {name: Control(name, url) for name, url in self._wait_for_urls().items()}

    def stop(self) -> None:
        """Ends them; their state is gone."""
        for control in self._controls.values():
            control.close()
        self._controls = {}
        if self._process is not None:
            child_processes.stop(self._process)
            self._process = None

    def set_clock(self, clock: PracticeClock) -> None:
        """Tells all of them the practice's clock."""
        for control in self.all():
            control.set_clock(clock)

    def settings(self) -> dict[str, str]:
        """The environment variables that make the product speak to these instead of the vendors.

        Paces are a vendor's own; the sandboxes keep theirs (`over_limit`, `segments_per_second`) when told to.
        """
        twilio, slack = self.twilio.config(), self.slack.config()
        sendgrid_key = self.sendgrid.config()["api_keys"][0]
        return {
            **(self._boulevard_settings() if self.system.name == "boulevard" else {}),
            "CHAIRFLOW_TWILIO_BASE_URL": self.twilio.url,
            "CHAIRFLOW_TWILIO_ACCOUNT_SID": twilio["account_sid"],
            "CHAIRFLOW_TWILIO_AUTH_TOKEN": twilio["auth_token"],
            "CHAIRFLOW_TWILIO_FROM_NUMBER": twilio["numbers"][0],
            "CHAIRFLOW_TWILIO_REQUESTS_PER_SECOND": str(UNPACED),
            "CHAIRFLOW_SENDGRID_BASE_URL": self.sendgrid.url,
            "CHAIRFLOW_SENDGRID_API_KEY": sendgrid_key,
            "CHAIRFLOW_SENDGRID_FROM_EMAIL": self.from_email,
            "CHAIRFLOW_SENDGRID_EVENT_PUBLIC_KEY": self._event_public_key(sendgrid_key),
            "CHAIRFLOW_SLACK_BASE_URL": f"{self.slack.url}/api",
            "CHAIRFLOW_SLACK_BOT_TOKEN": slack["bot_tokens"][0],
            "CHAIRFLOW_SLACK_SIGNING_SECRET": slack["signing_secret"],
            "CHAIRFLOW_SLACK_CHANNEL": next(iter(slack["channels"])),
        }

    def point_webhooks_at(self, api: str, *, practice_slug: str, pms_named: str | None = None) -> None:
        """Tells each vendor where the API listens, as a practice does in each vendor's portal. `pms_named` is the
        practice system's connection, where it is none of the environment's."""
        hooks = f"{api}/webhooks"
        self.pms.configure(**self.system.hook(f"{hooks}/{self.system.name}/{pms_named or practice_slug}"))
        self.twilio.configure(inbound_url=f"{hooks}/twilio/inbound/{practice_slug}#rc=3&rp=all")
        self.sendgrid.configure(event_url=f"{hooks}/sendgrid/{practice_slug}")
        self.slack.configure(interactivity_url=f"{hooks}/slack/{practice_slug}")

    def _boulevard_settings(self) -> dict[str, str]:
        boulevard = self.boulevard.config()
        return {
            "CHAIRFLOW_BOULEVARD_BASE_URL": f"{self.boulevard.url}/api/2020-01/admin",
            "CHAIRFLOW_BOULEVARD_BUSINESS_ID": boulevard["business_id"],
            "CHAIRFLOW_BOULEVARD_API_KEY": boulevard["api_key"],
            "CHAIRFLOW_BOULEVARD_API_SECRET": boulevard["api_secret"],
            "CHAIRFLOW_BOULEVARD_APPLICATION_SECRET": boulevard["application_secret"],
            "CHAIRFLOW_BOULEVARD_REQUESTS_PER_SECOND": str(UNPACED),
        }

    def _event_public_key(self, api_key: str) -> str:
        """The event webhook's public key, read as the vendor's own documentation has it read."""
        response = httpx.get(
            f"{self.sendgrid.url}/v3/user/webhooks/event/settings/signed/demo",
            headers={"Authorization": f"Bearer {api_key}"},
            trust_env=False,
        )
        key: str = response.raise_for_status().json()["public_key"]
        return key

    def _wait_for_urls(self) -> dict[str, str]:
        """They say where they listen in one line of JSON."""
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            for line in self._log.read_text(errors="replace").splitlines():
                if line.startswith("{"):
                    urls: dict[str, str] = json.loads(line)
                    return urls
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(0.05)
        self.stop()
        end = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
        raise SandboxesFailed(f"the sandboxes do not listen:\n{end}")
