"""`make audit`: nothing is installed that nobody asked for, every version is pinned, and no file holds a secret.

Needs no network. Lists of known vulnerabilities are not asked: they exist only as outside services.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS: Final = "admissions-bot"
OF_EVERY_ENVIRONMENT: Final = frozenset({"pip", "setuptools", "wheel"})

NOT_TEXT: Final = {".npz", ".png"}
FINDERS: Final = (
    *({"name": name} for name in ("AWSKeyDetector", "BasicAuthDetector", "GitHubTokenDetector", "GitLabTokenDetector")),
    *({"name": name} for name in ("JwtTokenDetector", "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector")),
    *({"name": name} for name in ("SendGridDetector", "SlackDetector", "TelegramBotTokenDetector")),
    {"name": "TwilioKeyDetector"},
    {"name": "Base64HighEntropyString", "limit": 4.5},
    {"name": "HexHighEntropyString", "limit": 3.0},
)
INVENTED: Final = {
    "23456789ABCDEFGHJKLMNPQRSTUVWXYZ",  # the letters of a receipt
    "AC0123456789abcdef0123456789abcdef",
    "fedcba9876543210",
    "hunter2",
    "pass",
    "password",
    "pw",
    "s3cret",
    "s3cret-d",
    "s3cret-e",
    "secret",
}
"""What looks like a secret in our files and opens nothing. Whoever adds a line has made sure of that."""


def needed(root: str, extras: Iterable[str] = ()) -> dict[str, str]:
    """Return every distribution that one needs in this environment, itself included, with the version installed."""
    found: dict[str, str] = {}
    asked = [(canonicalize_name(root), frozenset(extras))]
    seen = set(asked)
    for name, wanted in asked:  # grows meanwhile
        distribution = metadata.distribution(name)
        found[name] = distribution.version
        for line in distribution.requires or ():
            requirement = Requirement(line)
            if _applies(requirement, wanted):
                one = (canonicalize_name(requirement.name), frozenset(requirement.extras))
                if one not in seen:
                    seen.add(one)
                    asked.append(one)
    return found


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or ("",))


def strays(installed: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Return what is installed and needed by nothing."""
    return sorted({canonicalize_name(name) for name in installed} - set(wanted) - OF_EVERY_ENVIRONMENT)


def unpinned(requirements: str, wanted: dict[str, str]) -> list[str]:
    """Return what is needed and not pinned to the very version that is installed."""
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", requirements, flags=re.MULTILINE))
    return sorted(name for name, version in wanted.items() if name != OURS and pins.get(name) != version)


def secrets_in(files: Iterable[Path]) -> Iterator[str]:
    """Yield `file:line kind` for each secret that is not known as invented."""
    with transient_settings({"plugins_used": list(FINDERS)}):
        found = SecretsCollection()
        for file in files:
            if file.suffix not in NOT_TEXT:
                found.scan_file(str(file))
    for name, secret in found:
        if secret.secret_value not in INVENTED:
            yield f"{name}:{secret.line_number} {secret.type}"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := Path(name)).is_file()]


def main() -> int:
    """Print every finding; return 1 if there is one."""
    installed = [distribution.name for distribution in metadata.distributions()]
    findings = [
        *(f"{name} is installed, and nothing needs it" for name in strays(installed, needed(OURS, ["dev"]))),
        *(
            f"{name} is not pinned as installed"
            for name in unpinned(Path("requirements.txt").read_text(), needed(OURS))
        ),
        *(f"{place}: remove it, and make it worthless" for place in secrets_in(tracked())),
    ]
    print("\n".join(findings) or f"{len(installed)} distributions and {len(tracked())} files: nothing found")  # noqa: T201
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
