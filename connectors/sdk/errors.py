"""What can go wrong outside the data, grouped by what the caller should do.

    ConnectorError
    ├── Retry                 nothing is broken here: try the same thing again later
    │   ├── SourceUnavailable     no answer, time-out, 5xx
    │   ├── SourceBusy            429 or 503, with the delay the source asked for
    │   └── BrokerUnavailable     the broker is away and the spool is full
    ├── Skip                  this payload is lost for use: count it as rejected and go on with the next
    │   ├── PayloadTooLarge
    │   └── PayloadUnreadable
    ├── FixConfiguration      a person must change a setting or a file: asking again cannot help
    │   ├── SourceRefused         401 or 403
    │   ├── SourceMissing         404, 410, too many redirects, unusable address
    │   ├── BadSetting
    │   ├── NotAuthorised         the law keeps this source off without a dated decision
    │   ├── UnknownConnector
    │   └── FixtureMissing
    └── Stop                  going on could lose or double records: stop and look
        ├── SpoolDamaged
        ├── SpoolInUse
        ├── OffsetsDamaged
        └── AccountingBroken

Problems of the data itself are never exceptions: they are ``Violation`` values on an element or a row.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Root of everything the SDK raises on purpose."""


class Retry(ConnectorError):
    """The same call may succeed later; offsets are untouched."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Keep the delay in seconds that the other side asked for, if it did."""
        super().__init__(message)
        self.retry_after = retry_after


class SourceUnavailable(Retry):
    """The source did not answer, or answered 5xx, after all attempts."""


class SourceBusy(Retry):
    """The source asked to be left alone for a while (429, 503)."""


class BrokerUnavailable(Retry):
    """The broker is away and the disk spool has reached its limit, so nothing more can be taken in safely."""


class Skip(ConnectorError):
    """This payload cannot be used; the beginning of its bytes is kept for the dead-letter topic."""

    rule = "unreadable"

    def __init__(self, message: str, *, url: str, beginning: bytes = b"") -> None:
        """Keep where the payload came from (without secrets) and its first bytes."""
        super().__init__(message)
        self.url = url
        self.beginning = beginning


class PayloadTooLarge(Skip):
    """The payload, or what it unpacks to, is over the limit."""

    rule = "too_large"


class PayloadUnreadable(Skip):
    """The payload's container (gzip, transfer encoding) cannot be opened."""


class FixConfiguration(ConnectorError):
    """A setting, a secret or a file must be changed by a person first."""


class SourceRefused(FixConfiguration):
    """The source answered 401 or 403: the credentials are missing, wrong or expired."""


class SourceMissing(FixConfiguration):
    """The address is not, or no longer, the source's."""


class BadSetting(FixConfiguration):
    """A setting or a connector's declaration has a value that cannot work."""


class NotAuthorised(FixConfiguration):
    """The law keeps this source off: no dated decision in force stands in the city's profile."""


class UnknownConnector(FixConfiguration):
    """No module of ``connectors/`` has this name."""


class FixtureMissing(FixConfiguration):
    """A connector has no recorded payload yet, so it cannot be checked."""


class Stop(ConnectorError):
    """Going on could lose or double records."""


class SpoolDamaged(Stop):
    """A frame in the middle of the spool does not match its checksum."""


class SpoolInUse(Stop):
    """Another process holds the spool."""


class OffsetsDamaged(Stop):
    """The offset file is not readable JSON of the expected shape."""


class AccountingBroken(Stop):
    """Records read are not the sum of records accepted and rejected."""
