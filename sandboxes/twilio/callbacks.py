"""Twilio's calls to us: signed forms, with connection overrides in the URL's fragment."""

from __future__ import annotations

from urllib.parse import parse_qs, urldefrag, urlencode, urlsplit

from sandboxes.common.outbox import RetryPolicy, WebhookRequest
from sandboxes.twilio.signature import sign

# How long Twilio waits between attempts is not documented; `webhooks.retry_scale` changes it.
GAP_SECONDS = 1.0
PATIENCE_SECONDS = 15.0


def is_callable_url(url: str) -> bool:
    """Say whether Twilio could call such a URL: absolute, http or https, with a host."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def query_of(url: str) -> dict[str, str]:
    """Return the query of a URL, the first value of each name."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


def retry_policy(url: str) -> RetryPolicy:
    """Read `#rc=…&rp=…&rt=…` (counts, policy, read patience in ms); by default one retry when no connection stood."""
    wishes = query_of("?" + urldefrag(url).fragment)
    count = min(5, max(0, int(wishes.get("rc", "1"))))
    policy = wishes.get("rp", "ct").split(",")
    patience = int(wishes.get("rt", str(int(PATIENCE_SECONDS * 1000)))) / 1000

    def wants_retry(status: int | None, connected: bool) -> bool:
        if status is None:
            happened = "rt" if connected else "ct"
        elif 400 <= status < 500:
            happened = "4xx"
        elif status >= 500:
            happened = "5xx"
        else:
            return False
        return happened in policy or "all" in policy

    return RetryPolicy(gaps=(GAP_SECONDS,) * count, timeout=min(patience, PATIENCE_SECONDS), wants_retry=wants_retry)


def signed_form(token: str, url: str, parameters: dict[str, str], idempotency_token: str) -> WebhookRequest:
    """Return the call: the fragment is neither sent nor signed."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": sign(token, urldefrag(url).url, parameters.items()),
        "I-Twilio-Idempotency-Token": idempotency_token,
        "User-Agent": "TwilioProxy/1.1",
    }
    return WebhookRequest(content=urlencode(parameters).encode(), headers=headers)
