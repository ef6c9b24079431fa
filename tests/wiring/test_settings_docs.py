"""`docs/settings.md` and `.env.example` name every setting, and none that does not exist."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from wiring import settings as module
from wiring.settings import DEVELOPMENT_SECRET, VENDORS, Settings, load_settings, variable_name

ROOT = Path(__file__).resolve().parents[2]
VENDOR_MODELS: dict[str, type[BaseModel]] = {
    "boulevard": module.BoulevardSettings,
    "twilio": module.TwilioSettings,
    "sendgrid": module.SendGridSettings,
    "slack": module.SlackSettings,
}
# Read by others than the settings: the Temporal client, set-up, and compose. Explained in the docs below the tables.
OTHERS = {
    "TEMPORAL_ADDRESS",
    "TEMPORAL_API_KEY",
    "TEMPORAL_AUTH_CLIENT_ID",
    "TEMPORAL_AUTH_CLIENT_SECRET",
    "TEMPORAL_AUTH_ENABLED",
    "TEMPORAL_AUTH_PROVIDER_URL",
    "TEMPORAL_CLI",
    "XDG_CACHE_HOME",
    "POSTGRES_PASSWORD",
}


@dataclass(frozen=True)
class Row:
    default: str
    meaning: str


def in_code() -> dict[str, Row]:
    rows = {variable_name((name,)): row(field) for name, field in Settings.model_fields.items() if name not in VENDORS}
    for vendor, model in VENDOR_MODELS.items():
        rows |= {variable_name((vendor, name)): row(field) for name, field in model.model_fields.items()}
    return rows


def row(field: FieldInfo) -> Row:
    assert field.description, "every setting says what it is for"
    return Row(shown(field), field.description)


def shown(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    match field.default:
        case None:
            return "unset"
        case SecretStr():
            assert field.default.get_secret_value() == DEVELOPMENT_SECRET
            return "development's"
        case tuple():
            return f"`{','.join(field.default)}`"
        case str():
            return f"`{field.default}`" if field.default else "empty"
        case _:
            return f"`{json.dumps(field.default)}`"


def in_docs() -> dict[str, Row]:
    table_row = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
    return {name: Row(default, meaning) for name, default, meaning in table_row.findall(docs())}


def docs() -> str:
    return (ROOT / "docs" / "settings.md").read_text()


def example() -> str:
    return (ROOT / ".env.example").read_text()


def in_example() -> dict[str, str]:
    """Every variable of the example, the commented ones too."""
    return dict(re.findall(r"^(?:# ?)?([A-Z][A-Z_]+)=(.*)$", example(), re.MULTILINE))


def test_the_docs_say_what_the_code_says() -> None:
    assert in_docs() == in_code()


def test_the_docs_explain_what_others_read() -> None:
    assert {name for name in OTHERS if f"`{name}`" not in docs()} == set()


def test_every_vendor_is_documented() -> None:
    assert tuple(VENDOR_MODELS) == VENDORS


def test_the_example_names_every_setting_and_no_other() -> None:
    assert set(in_example()) - OTHERS == set(in_code())


def test_the_example_s_defaults_are_the_code_s() -> None:
    commented = dict(re.findall(r"^# ?([A-Z][A-Z_]+)=(.+)$", example(), re.MULTILINE))
    defaults = {name: row.default.strip("`") for name, row in in_code().items() if row.default.startswith("`")}

    assert {name: value for name, value in commented.items() if name in defaults} == {
        name: default for name, default in defaults.items() if name in commented
    }


def test_a_deployment_from_the_example_starts_once_its_secrets_are_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    uncommented = dict(re.findall(r"^([A-Z][A-Z_]+)=(.*)$", example(), re.MULTILINE))
    secrets = {
        "CHAIRFLOW_CODEC_KEYS": "k1:" + "A" * 43 + "=",
        "CHAIRFLOW_API_KEY_PEPPER": "p" * 43,
    }
    assert [name for name in secrets if uncommented[name] != ""] == []  # nothing secret is shipped
    for name, value in {**uncommented, **secrets}.items():
        monkeypatch.setenv(name, value)

    settings = load_settings()

    assert settings.environment == "production"
    assert settings.api_key_pepper.get_secret_value() == "p" * 43
