"""What differs between the practice systems a demo can be played on, as far as the simulation needs to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from simulation.sandbox_client import Control

#: A day in minutes needs a pace to match.
UNPACED: Final = 1000.0


@dataclass(frozen=True, kw_only=True)
class PracticeSystem:
    """One practice system: how it writes ids, what its webhooks are called, and how a practice connects to it."""

    name: str
    #: A record's id as its API hands it out, from the kind of record and the id in the sandbox.
    ref: Callable[[str, str], str]
    #: The webhook that tells of a cancellation, as faults name it.
    cancellation: str
    #: Sandbox settings under which a day of minutes meets the limits that a day of hours would.
    limits: Callable[[float], dict[str, Any]]
    #: The account as `chairflow connect` takes it, from the sandbox and the practice's location there.
    account: Callable[[Control, str], dict[str, Any]]
    #: Whether the environment's variables can say it, where the practice is alone on the installation.
    in_environment: bool = False
    #: Sandbox settings that send its webhooks to an address.
    hook: Callable[[str], dict[str, Any]]


def _urn(kind: str, ref: str) -> str:
    return f"urn:blvd:{kind}:{ref}"


def _as_it_is(kind: str, ref: str) -> str:
    return ref


def _boulevard_account(sandbox: Control, _: str) -> dict[str, Any]:
    config = sandbox.config()
    said = ("business_id", "api_key", "api_secret", "application_secret")
    return {
        "base_url": f"{sandbox.url}/api/2020-01/admin",
        **{name: config[name] for name in said},
        "requests_per_second": UNPACED,
    }


def _gohighlevel_account(sandbox: Control, location: str) -> dict[str, Any]:
    return {
        "base_url": sandbox.url,
        "location_id": location,
        "token": sandbox.config()["private_tokens"][0],
        "webhook_key": sandbox.ask("GET", "keys")["ed25519"],
        "requests_per_second": UNPACED,
    }


def _jane_account(sandbox: Control, location: str) -> dict[str, Any]:
    config = sandbox.config()
    return {
        "base_url": sandbox.url,
        "token_url": f"{sandbox.url}/realms/{config['realm']}/protocol/openid-connect/token",
        "client_id": config["client_id"],
        "client_secret": config["client_secret"],
        "clinic_guid": config["clinic_guid"],
        "webhook_secrets": [config["webhook_secret"]],
        "requests_per_second": UNPACED,
        "refresh_token": sandbox.ask("POST", "consent", {})["refresh_token"],
    }


SYSTEMS: Final = {
    one.name: one
    for one in (
        PracticeSystem(
            name="boulevard",
            ref=_urn,
            cancellation="webhook:APPOINTMENT_CANCELLED",
            # 50 query points a second.
            limits=lambda rate: {"bucket_leak_per_second": 50.0 * rate},
            account=_boulevard_account,
            in_environment=True,
            hook=lambda url: {"webhook_targets": [{"url": url}]},
        ),
        PracticeSystem(
            name="gohighlevel",
            ref=_as_it_is,
            # There is none of its own: the state in it says what happened.
            cancellation="webhook:AppointmentUpdate",
            limits=lambda rate: {"burst_requests": round(100 * rate)},
            account=_gohighlevel_account,
            hook=lambda url: {"webhook_url": url},
        ),
        PracticeSystem(
            name="jane",
            ref=_as_it_is,
            cancellation="webhook:APPOINTMENT_CANCELLED",
            limits=lambda rate: {"endpoint_requests": round(100 * rate), "clinic_requests": round(600 * rate)},
            account=_jane_account,
            hook=lambda url: {"webhook_url": url},
        ),
    )
}
