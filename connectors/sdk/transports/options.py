"""The settings of a source as transports need them: typed, in range, with the address taken apart."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from connectors.sdk.errors import BadSetting
from connectors.sdk.secrets import Secret, secret, text
from schemas.city import SourceSettings


@dataclass(frozen=True)
class Address:
    """A source's address without any secret; ``path`` is what stands behind the host, as it was written."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def shown(self) -> str:
        """``scheme://host:port``, as it is stored and shown."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_secure(self) -> bool:
        """Whether the scheme asks for TLS."""
        return self.scheme.endswith("s")


@dataclass(frozen=True)
class Options:
    """The settings of one source."""

    source: SourceSettings

    def text(self, name: str, default: str = "") -> str:
        """A text; see ``connectors.sdk.secrets.text``."""
        return text(self.source, name, default)

    def secret(self, name: str) -> Secret | None:
        """A secret; see ``connectors.sdk.secrets.secret``."""
        return secret(self.source, name)

    def number(self, name: str, default: float, *, low: float = 0.0, high: float = 1e9) -> float:
        """A number from ``low`` to ``high``."""
        value = self.source.settings.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.wrong(name, f"is {value!r}; expected a number from {low:g} to {high:g}")
        return float(value)

    def count(self, name: str, default: int, *, low: int = 1, high: int = 2**31) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self.number(name, default, low=low, high=high)
        if value != int(value):
            raise self.wrong(name, f"is {value!r}; expected a whole number")
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        """Yes or no."""
        value = self.source.settings.get(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, f"is {value!r}; expected true or false")
        return value

    def wrong(self, name: str, problem: str) -> BadSetting:
        """The error of a setting that cannot work."""
        return BadSetting(f"{self.source.path}: settings.{name} {problem}")

    def address(self, *, port: int | None = None, secure_port: int | None = None) -> Address:
        """The setting ``url`` taken apart; ports are the defaults of the scheme and of its variant with TLS.

        Raises:
            BadSetting: it is no ``scheme://host:port/path``, or holds a user or password.
        """
        scheme, _, rest = self.text("url").partition("://")
        place, _, path = rest.partition("/")
        if "@" in place:
            raise self.wrong("url", "holds a user or password; give `user` and `password: ${VIGIE_SECRET_…}` instead")
        try:
            parts = urlsplit(f"//{place}")
            found = parts.port if parts.port is not None else (secure_port if scheme.endswith("s") else port)
        except ValueError:
            parts, found = urlsplit(""), None
        if not parts.hostname or found is None or not 0 <= found <= 65535:
            raise self.wrong("url", f"is not usable; expected {scheme.lower() or 'scheme'}://host:port/…")
        return Address(scheme.lower(), parts.hostname, found, path)

    def tls(self, address: Address) -> ssl.SSLContext | None:
        """What a client checks the server by; ``None`` without TLS.

        ``ca_file`` names the authority (the system's unless given), ``certificate_file`` and ``certificate_key_file``
        the client's own certificate. A server whose name or certificate is wrong is never accepted.
        """
        if not address.is_secure:
            return None
        return self._with_certificate(ssl.create_default_context(cafile=self.text("ca_file") or None))

    def server_tls(self, address: Address) -> ssl.SSLContext | None:
        """What a listening transport shows its senders; with ``ca_file`` it asks them for a certificate too."""
        if not address.is_secure:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.text("ca_file") or None)
        if self.text("ca_file"):
            context.verify_mode = ssl.CERT_REQUIRED
        if not self.text("certificate_file"):
            raise self.wrong("certificate_file", f"is missing; an {address.scheme}:// address shows a certificate")
        return self._with_certificate(context)

    def _with_certificate(self, context: ssl.SSLContext) -> ssl.SSLContext:
        certificate = self.text("certificate_file")
        if certificate:
            try:
                context.load_cert_chain(certificate, self.text("certificate_key_file") or None)
            except (OSError, ssl.SSLError) as error:
                raise self.wrong(
                    "certificate_file", f"{Path(certificate)} or its key cannot be used ({type(error).__name__})"
                ) from None
        return context
