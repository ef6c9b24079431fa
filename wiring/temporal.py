"""The connection to Temporal. Where it is, the client's own configuration says (`temporalio.envconfig`)."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from wiring.plugin import AppPlugin
from wiring.settings import Settings, SettingsError


async def connect(settings: Settings, *, target_host: str | None = None, runtime: Runtime | None = None) -> Client:
    """One client per process, for its whole life and on the loop it was made on.

    `TEMPORAL_ADDRESS`, `TEMPORAL_API_KEY`, the TLS variables and the profile file say where to; `target_host` wins over
    them, for a server that was just started.
    """
    options = ClientConfig.load_client_connect_config()
    options["namespace"] = settings.temporal_namespace
    options["target_host"] = target_host or temporal_address()
    return await Client.connect(**options, plugins=[AppPlugin(settings)], runtime=runtime)


def temporal_address() -> str:
    """Where Temporal is said to be, as host:port. Raises `SettingsError` where nothing says it."""
    found = ClientConfig.load_client_connect_config().get("target_host")
    if not found:
        raise SettingsError("TEMPORAL_ADDRESS: not set; say where Temporal is, as host:port")
    return found


def metrics_runtime(settings: Settings) -> Runtime | None:
    """A runtime that serves the SDK's metrics on the worker's port; `None` where that is off. At most one a process."""
    if settings.metrics_port == 0:
        return None
    prometheus = PrometheusConfig(
        bind_address=f"0.0.0.0:{settings.metrics_port}", durations_as_seconds=True, counters_total_suffix=True
    )
    return Runtime(telemetry=TelemetryConfig(metrics=prometheus))
