"""The settings: read once from the environment and a `.env` file, all mistakes reported together."""

import contextlib
import os
import re
import secrets
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple, Self, TypeVar
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values

from bot.errors import BotError

VAR: Final = Path("var")
"""Folder, in the working directory, of what the program makes for itself: embedded database, kept secret key."""


class Setting(NamedTuple):
    """One line of the documentation: `default` is the value as a person would write it, empty if there is none."""

    name: str
    meaning: str
    default: str


SETTINGS: Final = (
    Setting("TWILIO_ACCOUNT_SID", "The account at Twilio; without it the bot talks only to the browser simulator", ""),
    Setting("TWILIO_AUTH_TOKEN", "The account's auth token; goes together with TWILIO_ACCOUNT_SID", ""),
    Setting("TWILIO_AUTH_TOKEN_SECONDARY", "A second token that signatures may be made with while tokens rotate", ""),
    Setting("TWILIO_WHATSAPP_FROM", "The sender, such as whatsapp:+14155238886", ""),
    Setting("TWILIO_MESSAGING_SERVICE_SID", "A Messaging Service to send by instead of one number", ""),
    Setting("TWILIO_API_BASE_URL", "Replaces scheme, host and port of every call to Twilio; for tests", ""),
    Setting(
        "TWILIO_MESSAGES_PER_SECOND", "How fast the sender may send, if Twilio allows it more or less than usual", ""
    ),
    Setting("PUBLIC_BASE_URL", "The address Twilio calls, such as https://bot.example.org", ""),
    Setting("SIGNATURE_MODE", "enforce, or log: accept wrong signatures and only record them", "enforce"),
    Setting(
        "DATABASE_URL", "Where everything is stored: sqlite:///, postgres:// or postgresql://", "sqlite:///var/bot.db"
    ),
    Setting("KNOWLEDGE_DIR", "The folder of the knowledge files", "knowledge"),
    Setting("SECRET_KEY", "Signs the sessions of staff; made and kept under var/ without PUBLIC_BASE_URL", ""),
    Setting(
        "OIDC_ISSUER", "Single sign-on for staff by OpenID Connect: the provider, such as https://id.example.org", ""
    ),
    Setting("OIDC_CLIENT_ID", "What the provider calls this program; goes together with OIDC_ISSUER", ""),
    Setting("OIDC_CLIENT_SECRET", "The secret the provider gave for it; goes together with OIDC_ISSUER", ""),
    Setting("STAFF_NOTIFY_URLS", "Comma-separated Apprise addresses that are told of every handoff", ""),
    Setting(
        "SPEECH_COMMAND",
        "A program on this machine that turns voice notes into text, such as whisper-cli -nt -m model.bin -f {file}",
        "",
    ),
    Setting("RETENTION_DAYS", "Messages older than this many days are erased; without it they are kept", ""),
    Setting(
        "METRICS_TOKEN",
        "The bearer token with which Prometheus reads /metrics; without PUBLIC_BASE_URL this machine may without it",
        "",
    ),
    Setting("WEB_CONCURRENCY", "Number of processes of bot web", "1"),
    Setting("PORT", "The port to listen on", "8000"),
    Setting("HOST", "The address to listen on; without it 127.0.0.1 for bot serve, all addresses for bot web", ""),
    Setting("LOG_FORMAT", "text, or json: one object a line", "text"),
    Setting("LOG_LEVEL", "debug, info, warning, error or critical", "info"),
)
_THIS_MACHINE: Final = ("127.0.0.1", "::1", "localhost")
_DEFAULTS: Final = {setting.name: setting.default for setting in SETTINGS}


class SettingsError(BotError):
    """The settings cannot be used; `mistakes` holds one sentence for each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class SignatureMode(StrEnum):
    """What happens to a webhook request whose signature is missing or wrong."""

    ENFORCE = "enforce"
    LOG = "log"


class LogFormat(StrEnum):
    """How a log line is written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least serious kind of log line that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


_Choice = TypeVar("_Choice", SignatureMode, LogFormat, LogLevel)


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """The account at Twilio. At least one of `whatsapp_from` and `messaging_service_sid` is set.

    tokens: the auth token, then the secondary one if there is one. Only the first is used to send.
    public_base_url: the address Twilio calls, without a slash at its end.
    api_base_url: scheme, host and port instead of Twilio's own, None outside tests.
    messages_per_second: None for what Twilio allows everybody.
    """

    account_sid: str
    tokens: tuple[str, ...] = field(repr=False)
    public_base_url: str
    whatsapp_from: str | None = None
    messaging_service_sid: str | None = None
    api_base_url: str | None = None
    messages_per_second: int | None = None


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """The provider of single sign-on. `issuer` is without a slash at its end."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set from outside.

    twilio: None means that messages stay on this machine (local channel).
    oidc: None without single sign-on.
    secret_key: empty if it is to be made and kept, see `kept_secret`.
    speech_command: a command with `{file}` where the sound file goes; empty without one.
    retention_days: 1 or more; None keeps messages for ever.
    metrics_token: empty if there is none.
    host: None leaves the choice to the command.
    """

    twilio: TwilioSettings | None = None
    public_base_url: str | None = None
    signature_mode: SignatureMode = SignatureMode.ENFORCE
    database_url: str = field(default=_DEFAULTS["DATABASE_URL"], repr=False)
    knowledge_dir: Path = Path(_DEFAULTS["KNOWLEDGE_DIR"])
    secret_key: str = field(default="", repr=False)
    oidc: OidcSettings | None = None
    staff_notify_urls: tuple[str, ...] = field(default=(), repr=False)
    speech_command: tuple[str, ...] = ()
    retention_days: int | None = None
    metrics_token: str = field(default="", repr=False)
    web_concurrency: int = int(_DEFAULTS["WEB_CONCURRENCY"])
    port: int = int(_DEFAULTS["PORT"])
    host: str | None = None
    log_format: LogFormat = LogFormat.TEXT
    log_level: LogLevel = LogLevel.INFO

    @property
    def is_local(self) -> bool:
        """Whether the program is only tried out, by somebody at this machine."""
        return self.twilio is None and self.public_base_url is None

    @classmethod
    def read(cls, environ: Mapping[str, str | None]) -> Self:
        """Read the settings from a mapping of names to texts. Unknown names are ignored, an empty text is no value.

        Raises SettingsError with all mistakes.
        """
        reader = _Reader(environ)
        public_base_url = reader.public_base_url()
        settings = cls(
            twilio=reader.twilio(public_base_url),
            public_base_url=public_base_url,
            signature_mode=reader.choice("SIGNATURE_MODE", SignatureMode),
            database_url=reader.database_url(),
            knowledge_dir=Path(reader.text("KNOWLEDGE_DIR")),
            secret_key=reader.text("SECRET_KEY"),
            oidc=reader.oidc(),
            staff_notify_urls=reader.addresses("STAFF_NOTIFY_URLS"),
            speech_command=reader.command("SPEECH_COMMAND"),
            retention_days=reader.number("RETENTION_DAYS", 1, 36_500),
            metrics_token=reader.text("METRICS_TOKEN"),
            web_concurrency=reader.number("WEB_CONCURRENCY", 1, 128) or 1,
            port=reader.number("PORT", 1, 65_535) or 1,
            host=reader.text("HOST") or None,
            log_format=reader.choice("LOG_FORMAT", LogFormat),
            log_level=reader.choice("LOG_LEVEL", LogLevel),
        )
        if settings.public_base_url and not settings.secret_key:
            reader.mistakes.append(
                "SECRET_KEY is missing but PUBLIC_BASE_URL is set: set it to a long random text, for example what"
                ' python -c "import secrets; print(secrets.token_hex(32))" prints.'
            )
        if reader.mistakes:
            raise SettingsError(reader.mistakes)
        return settings

    @classmethod
    def load(cls) -> Self:
        """Read the environment over the `.env` file of the working directory; a variable set to nothing is no value.

        Raises SettingsError with all mistakes, or if the file cannot be read.
        """
        try:
            # Without interpolation a token means what stands there, also if it holds "${".
            written = dotenv_values(".env", interpolate=False)
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError([f"The file .env cannot be read ({error}): save it as UTF-8 text."]) from error
        return cls.read({**written, **os.environ})


class _Reader:
    """Turns texts into values and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str | None]) -> None:
        self._environ = environ
        self.mistakes: list[str] = []

    def text(self, name: str) -> str:
        return (self._environ.get(name) or "").strip() or _DEFAULTS[name]

    def choice(self, name: str, kind: type[_Choice]) -> _Choice:
        text = self.text(name).lower()
        allowed = [str(member) for member in kind]
        if text in allowed:
            return kind(text)
        nearest = get_close_matches(text, allowed, n=1, cutoff=0)[0]
        self.mistakes.append(
            f"{name} is {self.text(name)!r}, which is none of {', '.join(allowed)}: did you mean {nearest}?"
        )
        return kind(_DEFAULTS[name])

    def number(self, name: str, lowest: int, highest: int) -> int | None:
        text = self.text(name)
        if not text:
            return None
        if re.fullmatch(r"[0-9]{1,9}", text) and lowest <= int(text) <= highest:
            return int(text)
        self.mistakes.append(f"{name} is {text!r}: write a whole number from {lowest} to {highest}.")
        return None

    def command(self, name: str) -> tuple[str, ...]:
        text = self.text(name)
        try:
            parts = tuple(shlex.split(text))
        except ValueError as error:
            self.mistakes.append(f"{name} cannot be read ({error}): close every quote in it.")
            return ()
        if not parts:
            return ()
        if not any("{file}" in part for part in parts):
            self.mistakes.append(f"{name} does not say where the sound file goes: write {{file}} in that place.")
        if shutil.which(parts[0]) is None:
            self.mistakes.append(f"{name}: there is no program {parts[0]}: install it, or write its whole path.")
        return parts

    def addresses(self, name: str) -> tuple[str, ...]:
        # An address may hold commas itself (several recipients), so only a comma before a new scheme separates.
        parts = [part.strip(" ,") for part in re.split(r",\s*(?=[A-Za-z0-9+.-]+://)", self.text(name))]
        for number, part in enumerate(parts, start=1):
            if part and "://" not in part:
                self.mistakes.append(
                    f"{name}: address {number} has no scheme: write it like mailto://user:password@example.org"
                    " or slack://..., as the Apprise documentation lists them."
                )
        return tuple(part for part in parts if part)

    def database_url(self) -> str:
        name, url = "DATABASE_URL", self.text("DATABASE_URL")
        kind, _, rest = url.partition("://")
        # The value is not repeated in a mistake: it holds the password.
        if kind.split("+")[0] not in ("sqlite", "postgres", "postgresql") or not rest:
            self.mistakes.append(
                f"{name} is of a kind that is not supported: write sqlite:///path/to/file.db or"
                " postgresql://user:password@host/name."
            )
        elif kind == "sqlite" and rest.lstrip("/") in ("", ":memory:"):
            self.mistakes.append(f"{name} names no file: write sqlite:///path/to/file.db.")
        return url

    def public_base_url(self) -> str | None:
        return self._web_address("PUBLIC_BASE_URL", "https://bot.example.org")

    def oidc(self) -> OidcSettings | None:
        names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
        issuer = self._web_address("OIDC_ISSUER", "https://id.example.org")
        missing = [name for name in names if not self.text(name)]
        if len(missing) == len(names):
            return None
        self.mistakes += [
            f"{name} is missing: single sign-on needs {', '.join(names)}; or set none." for name in missing
        ]
        url = _split(issuer or "")
        if url is not None and url.scheme == "http" and url.hostname not in _THIS_MACHINE:
            self.mistakes.append("OIDC_ISSUER is without https, so anybody on the way could sign in: use https.")
        _issuer, client_id, client_secret = map(self.text, names)
        return OidcSettings(issuer or "", client_id, client_secret)

    def _web_address(self, name: str, example: str) -> str | None:
        text = self.text(name)
        if not text:
            return None
        url = _split(text)
        if url is None or url.scheme not in ("http", "https") or not url.hostname:
            self.mistakes.append(f"{name} is not a web address: write it like {example}.")
        elif url.username is not None or url.password is not None:
            self.mistakes.append(f"{name} holds a user name or password: leave it out.")
        elif url.query or url.fragment or text.endswith(("?", "#")):
            self.mistakes.append(f"{name} has a part from ? or # on: leave that part out.")
        return text.rstrip("/")

    def twilio(self, public_base_url: str | None) -> TwilioSettings | None:
        sid, token = self.text("TWILIO_ACCOUNT_SID"), self.text("TWILIO_AUTH_TOKEN")
        if not sid and not token:
            return None
        self._need_together("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
        self._need_together("TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID")
        if public_base_url is None:
            self.mistakes.append(
                "PUBLIC_BASE_URL is missing: set it to the address Twilio calls, such as https://bot.example.org."
            )
        whatsapp_from = self._shaped("TWILIO_WHATSAPP_FROM", r"whatsapp:\+[0-9]{6,15}", "whatsapp:+14155238886")
        service_sid = self._shaped("TWILIO_MESSAGING_SERVICE_SID", r"MG[0-9A-Za-z]+", "MG and 32 digits or letters")
        if not whatsapp_from and not service_sid:
            self.mistakes.append(
                "TWILIO_WHATSAPP_FROM is missing: set it to the number that sends, such as whatsapp:+14155238886,"
                " or set TWILIO_MESSAGING_SERVICE_SID."
            )
        tokens = (token, self.text("TWILIO_AUTH_TOKEN_SECONDARY"))
        return TwilioSettings(
            account_sid=self._shaped("TWILIO_ACCOUNT_SID", r"AC[0-9A-Za-z]+", "AC and 32 digits or letters") or "",
            tokens=tuple(token for token in tokens if token),
            public_base_url=public_base_url or "",
            whatsapp_from=whatsapp_from,
            messaging_service_sid=service_sid,
            api_base_url=self._web_address("TWILIO_API_BASE_URL", "http://127.0.0.1:9000"),
            messages_per_second=self.number("TWILIO_MESSAGES_PER_SECOND", 1, 1000),
        )

    def _need_together(self, name: str, other: str) -> None:
        if not self.text(name):
            self.mistakes.append(f"{name} is missing but {other} is set: set both, or neither to run locally.")

    def _shaped(self, name: str, pattern: str, example: str) -> str | None:
        text = self.text(name)
        if text and not re.fullmatch(pattern, text):
            self.mistakes.append(f"{name} is {text!r}: write it like {example}.")
        return text or None


def _split(text: str) -> SplitResult | None:
    """Take a web address apart; None if that is impossible (a port that is no number, a broken IPv6 host)."""
    try:
        url = urlsplit(text)
        _port = url.port
    except ValueError:
        return None
    return url


def kept_secret(path: Path = VAR / "secret_key") -> str:
    """Return the secret that is kept in the file, after making both if there is none yet. Safe in several processes.

    Raises SettingsError if the file can be neither read nor written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_hex(32))
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            [f"The file {path} cannot be read or written ({error}): allow it, or set SECRET_KEY."]
        ) from error


def _write_once(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        # A link to a complete file appears at once and only once: nobody reads half a key, the first one wins.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
