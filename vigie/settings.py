"""What an operator may say about this machine and the parts that run elsewhere.

One file, `vigie.toml` at the root of the repository (another one by `VIGIE_SETTINGS`), and variables `VIGIE_<SETTING>`
that win over it. This is the only module that reads the environment for settings; everything else is told. What each
setting means is in `docs/operator/settings.md`.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from vigie.errors import ConfigurationError

if TYPE_CHECKING:
    from jobs.sdk.settings import LakeSettings

ROOT = Path(__file__).resolve().parent.parent

# Variables with our prefix that say something to a part we start, not to us.
_NO_SETTINGS = {"VIGIE_SETTINGS", "VIGIE_CLI", "VIGIE_CATALOGUE", "VIGIE_LAKE_DIRS", "VIGIE_PSEUDONYM_KEY"}
_FOR_SOURCES = ("VIGIE_SECRET_", "VIGIE_SOURCE_")  # named by city profiles, looked up by connectors.sdk.secrets


def settings_path() -> Path:
    """The settings file in use; it need not exist."""
    return Path(os.environ.get("VIGIE_SETTINGS", ROOT / "vigie.toml"))


class Settings(BaseSettings):
    """The settings of one command.

    Attributes:
        city: profile a command works on unless told otherwise.
        home: folder of all that is managed here: lakes, broker data, checkpoints, locks, logs, jars.
        lake_root: folder or object-store address with one lake per city; None: under `home`.
        isolated_root: folder or address with one store of the isolated class per city, never under `lake_root`; None:
            under `home`, beside the lakes.
        checkpoint_root: folder or address with one set of streaming checkpoints per city; None: under `home`.
        sources: `recorded` plays the recordings of a city's polled sources, `live` asks the sources themselves.
        kafka_bootstrap: `host:port` list of a running broker; None: one is started here when needed.
        kafka_heap_mb: memory of the broker started here, in MiB.
        spark_master: Spark master address.
        superset_url: address of a running Superset; None: one is started here by the demonstration.
        superset_username: account that the dashboards are pushed with.
        superset_password: its password.
        superset_port: loopback port of the Superset started here; 0: any free one.
        airflow_port: loopback port of the Airflow started here; 0: any free one.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIE_", extra="forbid", frozen=True, env_ignore_empty=True)

    city: str = Field("marseille", pattern=r"^[a-z][a-z0-9_]*$")
    home: Path = ROOT / ".vigie"
    lake_root: str | None = None
    isolated_root: str | None = None
    checkpoint_root: str | None = None
    sources: Literal["recorded", "live"] = "recorded"
    kafka_bootstrap: str | None = Field(None, pattern=r"^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$")
    kafka_heap_mb: int = Field(512, ge=128)
    spark_master: str = Field("local[2]", pattern=r"^(local(\[[\d*,]+\])?|spark://.+|yarn|k8s://.+)$")
    superset_url: str | None = Field(None, pattern=r"^https?://[^\s]+$")
    superset_username: str = "admin"
    superset_password: SecretStr | None = None
    superset_port: int = Field(0, ge=0, le=65535)
    airflow_port: int = Field(0, ge=0, le=65535)

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value if value.is_absolute() else ROOT / value

    @field_validator("lake_root", "isolated_root", "checkpoint_root")
    @classmethod
    def _absolute_unless_an_address(cls, value: str | None) -> str | None:
        if value is None or "://" in value:
            return value
        return str(ROOT / Path(value).expanduser())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over variables, variables over the file."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_path()))

    @property
    def has_managed_lake(self) -> bool:
        """Whether the lakes are this folder's own, so that a demonstration may rebuild them from zero."""
        return self.lake_root is None

    def lake(self, city: str) -> str:
        """Folder or address of one city's Delta tables."""
        root = self.lake_root or str(self.home / "lake")
        return f"{root.rstrip('/')}/{city}"

    def isolated_store(self, city: str) -> str:
        """Folder or address of one city's isolated store.

        Raises:
            ConfigurationError: it would lie inside the lakes, where every query reaches it.
        """
        root = (self.isolated_root or str(self.home / "isolated")).rstrip("/")
        lakes = self.lake_folder()
        if f"{root}/".startswith(f"{lakes}/") or f"{lakes}/".startswith(f"{root}/"):
            raise ConfigurationError(
                f"isolated_root {root} and the lakes {lakes} lie in one another: queries would reach the isolated "
                "class. Give `isolated_root` a folder of its own; docs/operator/isolated-class.md"
            )
        return f"{root}/{city}"

    def lake_folder(self) -> str:
        """Folder or address that holds the lakes of all cities."""
        return (self.lake_root or str(self.home / "lake")).rstrip("/")

    def checkpoints(self, city: str) -> str:
        """Folder or address of one city's streaming checkpoints."""
        root = self.checkpoint_root or str(self.home / "checkpoints")
        return f"{root.rstrip('/')}/{city}"

    def lake_settings(self, city: str, *, kafka_bootstrap: str | None = None) -> LakeSettings:
        """What a Spark run of one city is told."""
        from jobs.sdk.settings import LakeSettings
        from schemas.city import load_city

        return LakeSettings(
            lake_root=self.lake(city),
            checkpoint_root=self.checkpoints(city),
            jars_dir=self.jars("spark"),
            spark_master=self.spark_master,
            kafka_bootstrap=kafka_bootstrap or self.kafka_bootstrap,
            city=load_city(city),
            lock_root=self.home / "locks" / city,
        )

    def jars(self, part: str) -> Path:
        """Folder of the jars that set-up copied for `spark` or `kafka`: of the repository, not of `home`."""
        return ROOT / ".vigie" / "jars" / part


def load(city: str | None = None) -> Settings:
    """The settings in force; `city`, when given, wins over file and environment.

    Raises:
        ConfigurationError: the file cannot be read, or a setting is unknown or out of range; the message names it.
    """
    arguments: dict[str, Any] = {} if city is None else {"city": city}
    _refuse_unknown_variables()
    try:
        return Settings(**arguments)
    except ValidationError as error:
        problems = "; ".join(_problem(dict(each)) for each in error.errors())
        raise ConfigurationError(
            f"{problems}. Correct {settings_path()} or the environment; docs/operator/settings.md lists every setting"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{settings_path()} is not TOML: {error}; see docs/operator/settings.md") from None


def _refuse_unknown_variables() -> None:
    """A misspelt variable would be ignored in silence."""
    known = {f"VIGIE_{name.upper()}" for name in Settings.model_fields} 
    given = (name for name in os.environ if name.startswith("VIGIE_"))
    unknown = sorted(
        name for name in set(given) - known - _NO_SETTINGS if not name.startswith(_FOR_SOURCES)
    )
    if unknown:
        raise ConfigurationError(
            f"environment variable {', '.join(unknown)} is no setting; known: {', '.join(sorted(known))}"
        )


def _problem(error: dict[str, Any]) -> str:
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"setting {name} is unknown; known: {', '.join(sorted(Settings.model_fields))}"
    found = "" if "password" in name else f" (found {error['input']!r})"
    return f"setting {name}{found}: {error['msg']}"
