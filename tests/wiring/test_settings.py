import base64

import pytest
from pydantic import ValidationError

from wiring.settings import QUEUES, Settings, SettingsError, given_settings, load_settings

KEY = base64.b64encode(b"k" * 32).decode()
OLD_KEY = base64.b64encode(b"o" * 32).decode()
TWILIO = {"account_sid": "AC1", "auth_token": "token", "from_number": "+13035550100"}
PRODUCTION = {
    "environment": "production",
    "codec_keys": f"k1:{KEY}",
    "api_key_pepper": "p" * 32,
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith(("CHAIRFLOW_", "TEMPORAL_")):
            monkeypatch.delenv(name)


def test_a_laptop_needs_no_setting() -> None:
    settings = load_settings()

    assert settings == Settings()
    assert settings.environment == "development"
    assert [key.key_id for key in settings.keyring()] == ["development"]
    assert [line.split()[:3] for line in settings.vendor_lines()] == [
        ["boulevard", "is", "off"],
        ["twilio", "is", "off"],
        ["sendgrid", "is", "off"],
        ["slack", "is", "off"],
    ]


def test_a_vendor_is_on_once_its_variables_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in TWILIO.items():
        monkeypatch.setenv(f"CHAIRFLOW_TWILIO_{name.upper()}", value)
    monkeypatch.setenv("CHAIRFLOW_TWILIO_BASE_URL", "http://127.0.0.1:9002/")

    settings = load_settings()

    assert settings.twilio is not None
    assert settings.twilio.auth_token.get_secret_value() == "token"
    assert settings.twilio.base_url == "http://127.0.0.1:9002"
    assert settings.vendor_lines()[1] == "twilio is on at http://127.0.0.1:9002"


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAIRFLOW_SLACK_BOT_TOKEN", "")
    monkeypatch.setenv("CHAIRFLOW_LOG_LEVEL", "")

    settings = load_settings()

    assert settings.slack is None
    assert settings.log_level == "INFO"


def test_a_half_set_vendor_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAIRFLOW_SLACK_BOT_TOKEN", "xoxb-secret")

    with pytest.raises(SettingsError) as refused:
        load_settings()

    way_out = "slack is half set; add it, or unset all CHAIRFLOW_SLACK_* to turn it off"
    assert str(refused.value).splitlines() == [
        f"CHAIRFLOW_SLACK_SIGNING_SECRET is missing: {way_out}",
        f"CHAIRFLOW_SLACK_CHANNEL is missing: {way_out}",
    ]


def test_a_misspelt_vendor_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**TWILIO, "from_numbr": "+1"}.items():
        monkeypatch.setenv(f"CHAIRFLOW_TWILIO_{name.upper()}", value)

    with pytest.raises(SettingsError) as refused:
        load_settings()

    assert str(refused.value) == (
        "CHAIRFLOW_TWILIO_FROM_NUMBR is not a setting: docs/settings.md lists what twilio takes"
    )


def test_a_refused_value_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAIRFLOW_CODEC_KEYS", "k1:notasecretkey!")
    monkeypatch.setenv("CHAIRFLOW_DATABASE_URL", "mysql://user:hunter2@db/chairflow")

    with pytest.raises(SettingsError) as refused:
        load_settings()

    assert str(refused.value).splitlines() == [
        "CHAIRFLOW_DATABASE_URL: is not a Postgres URL: postgresql://user:password@host:5432/name",
        "CHAIRFLOW_CODEC_KEYS: key 1 (k1) is not base64",
    ]


def test_secrets_do_not_show_in_a_printed_configuration() -> None:
    settings = given_settings(
        database_url="postgresql://u:hunter2@db/x", twilio={**TWILIO, "auth_token": "hunter2"}, api_key_pepper="hunter2"
    )

    assert "hunter2" not in repr(settings)


def test_production_refuses_development_secrets() -> None:
    with pytest.raises(ValidationError) as refused:
        given_settings(environment="production", codec_demo_admin_origin="http://127.0.0.1:8233")

    text = str(refused.value)
    assert [name for name in ("CODEC_KEYS", "API_KEY_PEPPER", "CODEC_DEMO_ADMIN_ORIGIN") if name not in text] == []


def test_production_starts_with_secrets_of_its_own() -> None:
    assert given_settings(**PRODUCTION).environment == "production"


def test_the_first_key_of_the_ring_seals() -> None:
    settings = given_settings(codec_keys=f"new:{KEY}, old:{OLD_KEY}")

    assert [(key.key_id, key.key) for key in settings.keyring()] == [("new", b"k" * 32), ("old", b"o" * 32)]


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        (KEY, "key 1 is not of the form id:base64"),
        ("k1:c2hvcnQ=", "key 1 (k1) has 5 bytes, AES-256 needs 32"),
        (f"k1:{KEY},k1:{OLD_KEY}", "key id k1 is there twice"),
    ],
)
def test_a_faulty_keyring_is_refused(keys: str, complaint: str) -> None:
    with pytest.raises(ValidationError, match="codec_keys") as refused:
        given_settings(codec_keys=keys)

    assert complaint in str(refused.value)


def test_twilio_needs_a_sender() -> None:
    with pytest.raises(ValidationError, match="CHAIRFLOW_TWILIO_MESSAGING_SERVICE_SID must be set"):
        given_settings(twilio={"account_sid": "AC1", "auth_token": "token"})


def test_the_namespace_is_the_temporal_client_s_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "clinic")

    assert load_settings().temporal_namespace == "clinic"


def test_queues_are_a_comma_separated_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAIRFLOW_QUEUES", "core, messaging")

    assert load_settings().queues == ("core", "messaging")


def test_every_practice_system_s_queue_is_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    unasked = load_settings().queues
    monkeypatch.setenv("CHAIRFLOW_QUEUES", "pms-*, pms-jane")

    assert unasked == QUEUES
    assert load_settings().queues == QUEUES[2:]


def test_the_ui_s_origin_follows_from_its_url() -> None:
    assert (
        given_settings(temporal_ui_url="https://temporal.example.com/ui/").ui_origin() == "https://temporal.example.com"
    )
