"""A small provider of OpenID Connect: discovery, keys, authorization with PKCE, signed id tokens, user info."""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "the-bot"
CLIENT_SECRET = "known to both"


@dataclass
class Provider:
    """Signs in whoever comes as `email`. Start it with `with`; change the fields for what a test is about.

    claims: replace or, with None, remove what the id token says.
    short: the id token has no e-mail, only user info has.
    key: signs id tokens; the published one is `published`.
    """

    email: str = "asha@example.org"
    email_verified: object = True
    claims: dict[str, object] = field(default_factory=dict)
    short: bool = False
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first", "alg": "RS256"}))
    issuer_says: str = ""
    refusals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.published = self.key
        self._requests: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Bound", (_Handler,), {"provider": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environ(self) -> dict[str, str]:
        return {"OIDC_ISSUER": self.issuer, "OIDC_CLIENT_ID": CLIENT_ID, "OIDC_CLIENT_SECRET": CLIENT_SECRET}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def visit(self, url: str) -> str:
        """Sign in as a browser does that was sent to this address; return where it is sent back to."""
        query = dict(parse_qsl(urlsplit(url).query))
        assert (query["client_id"], query["response_type"]) == (CLIENT_ID, "code")
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._requests[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def metadata(self) -> dict[str, object]:
        return {
            "issuer": self.issuer_says or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def token(self, form: dict[str, str], authorization: str) -> dict[str, object] | None:
        """Exchange a code, once; None if anything about it is wrong."""
        query = self._requests.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if (
            query is None
            or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != query["code_challenge"]
            or form.get("redirect_uri") != query["redirect_uri"]
            or authorization != f"Basic {expected}"
        ):
            self.refusals.append(str(form))
            return None
        return {"access_token": "for-user-info", "token_type": "Bearer", "id_token": self._id_token(query["nonce"])}

    def user(self) -> dict[str, object]:
        return {"sub": "person-1", "email": self.email, "email_verified": self.email_verified}

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims: dict[str, object] = {"sub": "person-1"} if self.short else self.user()
        claims |= {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        match self.path:
            case "/.well-known/openid-configuration":
                self._answer(self.provider.metadata())
            case "/keys":
                self._answer({"keys": [self.provider.published.as_dict(private=False)]})
            case "/userinfo" if self.headers["Authorization"] == "Bearer for-user-info":
                self._answer(self.provider.user())
            case _:
                self._answer({"error": "not_found"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        token = self.provider.token(form, self.headers.get("Authorization", ""))
        self._answer(token or {"error": "invalid_grant"}, 200 if token else 400)

    def _answer(self, value: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing: tests read what the program says."""
