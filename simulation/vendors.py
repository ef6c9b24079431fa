"""The sandboxes as one child process, and what a practice's settings say to reach them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from domain.clock import PracticeClock
from simulation.practice_systems import SYSTEMS, UNPACED
from simulation.sandbox_client import Control
from wiring import child_processes

#: Beside the practice system.
OTHERS: Final = ("twilio", "sendgrid", "slack")

_READY_WITHIN_SECONDS: Final = 30.0


class SandboxesFailed(Exception):
    """The sandboxes did not come up; the text carries the end of their log."""


class Sandboxes:
    """Starts `python -m sandboxes` and knows each by name: the practice system, `twilio`, `sendgrid`, `slack`."""

    def __init__(
        self,
        *,
        log: Path,
        environ: dict[str, str],
        config: dict[str, Any] | None = None,
        pms: str = "boulevard",
        from_email: str = "hello@practice.example",
    ) -> None:
        #: The sender of the practice's e-mails.
        self.from_email = from_email
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
            config = self._log.with_suffix(".json")
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
        """The environment variables that make the product speak to these instead of the vendors."""
        accounts = self.accounts()
        if self.system.in_environment:
            accounts[self.system.name] = self.system.account(self.pms, "")
        return {
            f"CHAIRFLOW_{vendor.upper()}_{name.upper()}": str(value)
            for vendor, account in accounts.items()
            for name, value in account.items()
        }

    def accounts(self) -> dict[str, dict[str, Any]]:
        """The practice's accounts at the vendors beside its practice system, by vendor, as `chairflow connect` takes
        them.

        Paces are a vendor's own; the sandboxes keep theirs (`over_limit`, `segments_per_second`) when told to.
        """
        twilio, slack = self.twilio.config(), self.slack.config()
        sendgrid_key = self.sendgrid.config()["api_keys"][0]
        return {
            "twilio": {
                "base_url": self.twilio.url,
                "account_sid": twilio["account_sid"],
                "auth_token": twilio["auth_token"],
                "from_number": twilio["numbers"][0],
                "requests_per_second": UNPACED,
            },
            "sendgrid": {
                "base_url": self.sendgrid.url,
                "api_key": sendgrid_key,
                "from_email": self.from_email,
                "event_public_key": self._event_public_key(sendgrid_key),
            },
            "slack": {
                "base_url": f"{self.slack.url}/api",
                "bot_token": slack["bot_tokens"][0],
                "signing_secret": slack["signing_secret"],
                "channel": next(iter(slack["channels"])),
            },
        }

    def point_webhooks_at(self, api: str, *, practice_slug: str, connections: Mapping[str, str] | None = None) -> None:
        """Tells each vendor where the API listens, as a practice does in each vendor's portal: at the address of the
        connection of that vendor, else (the environment's accounts) at the one of the practice."""
        hooks, named = f"{api}/webhooks", connections or {}

        def at(vendor: str) -> str:
            return named.get(vendor, practice_slug)

        self.pms.configure(**self.system.hook(f"{hooks}/{self.system.name}/{at(self.system.name)}"))
        self.twilio.configure(inbound_url=f"{hooks}/twilio/inbound/{at('twilio')}#rc=3&rp=all")
        self.sendgrid.configure(event_url=f"{hooks}/sendgrid/{at('sendgrid')}")
        self.slack.configure(interactivity_url=f"{hooks}/slack/{at('slack')}")

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
