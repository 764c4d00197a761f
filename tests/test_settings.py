import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import SETTINGS, LogFormat, LogLevel, Settings, SettingsError, SignatureMode, kept_secret

TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token-one",
    "TWILIO_WHATSAPP_FROM": "whatsapp:+14155238886",
    "PUBLIC_BASE_URL": "https://bot.example.org",
    "SECRET_KEY": "key-of-sessions",
}


def mistakes(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as error:
        Settings.read(environ)
    return error.value.mistakes


def test_nothing_set_means_the_local_channel_and_the_defaults() -> None:
    settings = Settings.read({})
    assert settings == Settings()
    assert settings.twilio is None
    assert settings.database_url == "sqlite:///var/bot.db"
    assert (settings.port, settings.host, settings.knowledge_dir) == (8000, None, Path("knowledge"))


def test_all_settings_are_read() -> None:
    settings = Settings.read(
        TWILIO
        | {
            "TWILIO_AUTH_TOKEN_SECONDARY": "token-two",
            "TWILIO_MESSAGING_SERVICE_SID": "MG" + "1" * 32,
            "TWILIO_API_BASE_URL": "http://127.0.0.1:9000/",
            "SIGNATURE_MODE": "LOG",
            "DATABASE_URL": "postgres://bot:pass@db/bot",
            "KNOWLEDGE_DIR": "other",
            "STAFF_NOTIFY_URLS": "mailto://u:p@example.org?to=a@example.org,b@example.org, json://localhost",
            "RETENTION_DAYS": "365",
            "WEB_CONCURRENCY": "4",
            "PORT": "80",
            "HOST": "::1",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "WARNING",
        }
    )
    assert settings.twilio is not None
    assert settings.twilio.tokens == ("token-one", "token-two")
    assert settings.twilio.messaging_service_sid == "MG" + "1" * 32
    assert settings.twilio.api_base_url == "http://127.0.0.1:9000"
    assert settings.signature_mode is SignatureMode.LOG
    assert settings.staff_notify_urls == (
        "mailto://u:p@example.org?to=a@example.org,b@example.org",
        "json://localhost",
    )
    assert (settings.retention_days, settings.web_concurrency, settings.port) == (365, 4, 80)
    assert (settings.log_format, settings.log_level) == (LogFormat.JSON, LogLevel.WARNING)


def test_an_empty_value_is_no_value() -> None:
    assert Settings.read(dict.fromkeys((setting.name for setting in SETTINGS), "  ")) == Settings()


@pytest.mark.parametrize("url", ["https://bot.example.org", "https://bot.example.org/", "https://h:8443/p"])
def test_the_public_address_loses_its_last_slash_only(url: str) -> None:
    assert Settings.read(TWILIO | {"PUBLIC_BASE_URL": url}).public_base_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("name", "other"),
    [("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"), ("TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID")],
)
def test_half_of_the_credentials_is_a_mistake(name: str, other: str) -> None:
    assert mistakes(**(TWILIO | {name: ""})) == (
        f"{name} is missing but {other} is set: set both, or neither to run locally.",
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"TWILIO_ACCOUNT_SID": "SK" + "0" * 32}, "TWILIO_ACCOUNT_SID is .*: write it like AC"),
        ({"TWILIO_WHATSAPP_FROM": ""}, "TWILIO_WHATSAPP_FROM is missing: .* TWILIO_MESSAGING_SERVICE_SID"),
        ({"TWILIO_WHATSAPP_FROM": "+14155238886"}, r"TWILIO_WHATSAPP_FROM .*: write it like whatsapp:\+14155238886"),
        ({"TWILIO_MESSAGING_SERVICE_SID": "14155238886"}, "TWILIO_MESSAGING_SERVICE_SID .*: write it like MG"),
        ({"TWILIO_API_BASE_URL": "localhost:9000"}, "TWILIO_API_BASE_URL is not a web address"),
        ({"PUBLIC_BASE_URL": ""}, "PUBLIC_BASE_URL is missing"),
        ({"PUBLIC_BASE_URL": "bot.example.org"}, "PUBLIC_BASE_URL is not a web address"),
        ({"PUBLIC_BASE_URL": "ftp://bot.example.org"}, "PUBLIC_BASE_URL is not a web address"),
        ({"PUBLIC_BASE_URL": "https://"}, "PUBLIC_BASE_URL is not a web address"),
        ({"PUBLIC_BASE_URL": "https://h:port"}, "PUBLIC_BASE_URL is not a web address"),
        ({"PUBLIC_BASE_URL": "https://[::1"}, "PUBLIC_BASE_URL is not a web address"),
        ({"PUBLIC_BASE_URL": "https://u:p@bot.example.org"}, "PUBLIC_BASE_URL holds a user name or password"),
        ({"PUBLIC_BASE_URL": "https://bot.example.org?a=1"}, r"PUBLIC_BASE_URL has a part from \? or #"),
        ({"PUBLIC_BASE_URL": "https://bot.example.org/#"}, r"PUBLIC_BASE_URL has a part from \? or #"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing but PUBLIC_BASE_URL is set"),
        ({"SIGNATURE_MODE": "enforced"}, "SIGNATURE_MODE .*: did you mean enforce?"),
        ({"LOG_FORMAT": "jsn"}, "LOG_FORMAT .*: did you mean json?"),
        ({"LOG_LEVEL": "warn"}, "LOG_LEVEL .*: did you mean warning?"),
        ({"PORT": "0"}, "PORT is '0': write a whole number from 1 to 65535"),
        ({"PORT": "65536"}, "PORT"),
        ({"PORT": "eighty"}, "PORT"),
        ({"PORT": "٨٠"}, "PORT"),
        ({"WEB_CONCURRENCY": "0"}, "WEB_CONCURRENCY"),
        ({"WEB_CONCURRENCY": "2.5"}, "WEB_CONCURRENCY"),
        ({"RETENTION_DAYS": "-1"}, "RETENTION_DAYS"),
        ({"RETENTION_DAYS": "1e3"}, "RETENTION_DAYS"),
        ({"DATABASE_URL": "mysql://u:p@h/d"}, "DATABASE_URL is of a kind that is not supported"),
        ({"DATABASE_URL": "var/bot.db"}, "DATABASE_URL is of a kind that is not supported"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL names no file"),
        ({"STAFF_NOTIFY_URLS": "staff@example.org"}, "STAFF_NOTIFY_URLS: address 1 has no scheme"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_what_to_do(change: dict[str, str], sentence: str) -> None:
    (mistake,) = mistakes(**(TWILIO | change))
    assert re.match(sentence, mistake)
    assert mistake.count("\n") == 0


def test_all_mistakes_are_reported_together() -> None:
    found = mistakes(TWILIO_ACCOUNT_SID="AC1", PORT="x", LOG_LEVEL="loud", RETENTION_DAYS="0")
    assert [sentence.split()[0] for sentence in found] == [
        "TWILIO_AUTH_TOKEN",
        "PUBLIC_BASE_URL",
        "TWILIO_WHATSAPP_FROM",
        "RETENTION_DAYS",
        "PORT",
        "LOG_LEVEL",
    ]


def test_a_mistake_about_the_database_does_not_tell_its_password() -> None:
    (mistake,) = mistakes(DATABASE_URL="mysql://bot:hunter2@db/bot")
    assert "hunter2" not in mistake


def test_no_secret_is_ever_printed() -> None:
    secrets = {"TWILIO_AUTH_TOKEN": "s3cret-a", "TWILIO_AUTH_TOKEN_SECONDARY": "s3cret-b", "SECRET_KEY": "s3cret-c"}
    addresses = {"DATABASE_URL": "postgresql://bot:s3cret-d@db/bot", "STAFF_NOTIFY_URLS": "json://u:s3cret-e@h"}
    assert "s3cret" not in repr(Settings.read(TWILIO | secrets | addresses))


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PORT=9001\nLOG_LEVEL=debug\nSECRET_KEY=a${PORT}b # why\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "9002")
    settings = Settings.load()
    assert (settings.port, settings.log_level, settings.secret_key) == (9002, LogLevel.DEBUG, "a${PORT}b")


def test_a_variable_set_to_nothing_hides_the_one_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PORT=9001\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "")
    assert Settings.load().port == 8000


def test_a_file_that_is_no_text_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_bytes(b"PORT=\xff\xfe")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        Settings.load()


@given(st.dictionaries(st.sampled_from([setting.name for setting in SETTINGS]), st.text()))
def test_any_environment_gives_settings_or_sentences(environ: dict[str, str]) -> None:
    sentences: tuple[str, ...] = ()
    try:
        Settings.read(environ)
    except SettingsError as error:
        sentences = error.mistakes
    assert all(sentence.endswith((".", "?")) for sentence in sentences)


def test_the_documented_defaults_are_the_real_ones() -> None:
    assert Settings.read({setting.name: setting.default for setting in SETTINGS}) == Settings.read({})


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    secret = kept_secret(path)
    assert len(secret) == 64
    assert kept_secret(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret_key"]


def test_many_that_make_the_secret_at_once_get_the_same(tmp_path: Path) -> None:
    path, barrier, found = tmp_path / "secret_key", threading.Barrier(16), set()

    def make() -> None:
        barrier.wait()
        found.add(kept_secret(path))

    threads = [threading.Thread(target=make) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {path.read_text()}


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file, not a folder")
    with pytest.raises(SettingsError, match=r"cannot be read or written .* set SECRET_KEY"):
        kept_secret(tmp_path / "var" / "secret_key")


def test_the_names_are_listed_once_each() -> None:
    names = [setting.name for setting in SETTINGS]
    assert len(names) == len(set(names))


OIDC = {"OIDC_ISSUER": "https://id.example.org/", "OIDC_CLIENT_ID": "the-bot", "OIDC_CLIENT_SECRET": "its-secret"}


def test_single_sign_on_is_read_and_its_secret_never_shown() -> None:
    settings = Settings.read(OIDC)
    assert settings.oidc is not None
    assert (settings.oidc.issuer, settings.oidc.client_id) == ("https://id.example.org", "the-bot")
    assert settings.oidc.client_secret == "its-secret"
    assert "its-secret" not in repr(settings)


@pytest.mark.parametrize("name", OIDC)
def test_single_sign_on_needs_all_three_settings(name: str) -> None:
    (sentence,) = mistakes(**(OIDC | {name: ""}))
    assert sentence.startswith(f"{name} is missing: single sign-on needs ")


@pytest.mark.parametrize("issuer", ["http://id.example.org", "id.example.org", "https://u:p@id.example.org"])
def test_a_provider_that_nobody_should_trust_is_a_mistake(issuer: str) -> None:
    (sentence,) = mistakes(**(OIDC | {"OIDC_ISSUER": issuer}))
    assert sentence.startswith("OIDC_ISSUER ")


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000"])
def test_a_provider_on_this_machine_may_do_without_https(issuer: str) -> None:
    assert Settings.read(OIDC | {"OIDC_ISSUER": issuer}).oidc is not None


def test_a_speech_command_is_taken_apart_like_in_a_shell() -> None:
    settings = Settings.read({"SPEECH_COMMAND": "python3 'a script.py' --file={file}"})
    assert settings.speech_command == ("python3", "a script.py", "--file={file}")


@pytest.mark.parametrize(
    ("command", "mistake"),
    [
        ("python3 listen.py", "does not say where the sound file goes"),
        ("no-such-program-anywhere {file}", "there is no program no-such-program-anywhere"),
        ("python3 'listen.py {file}", "close every quote"),
    ],
)
def test_a_speech_command_that_cannot_work_is_named_at_the_start(command: str, mistake: str) -> None:
    with pytest.raises(SettingsError, match=mistake):
        Settings.read({"SPEECH_COMMAND": command})
