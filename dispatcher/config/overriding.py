"""config.yaml with variables DISPATCHER_SECTION__KEY before it. Loaded only where such a variable is set."""

from __future__ import annotations

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from dispatcher.config.sections import NESTED, PREFIX, ConfigFile


class OverriddenFile(ConfigFile, BaseSettings):
    """config.yaml as a whole; the environment goes before the values that are handed in."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter=NESTED, env_parse_none_str="null")

    @classmethod
    def settings_customise_sources(  # noqa: PLR0917 - the base has these parameters
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - cls says the same
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - a .env file is read by nobody
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - {file: PATH} does it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, first wins: the environment, then what was read from the file."""
        return env_settings, init_settings
