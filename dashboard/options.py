"""What the commands share: the settings as options, made from their one table, and the control database."""

import functools
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from collector.control import FILE, Control
from collector.errors import PlaceError
from collector.settings import PREFIX, SETTINGS, Setting, Settings, load

SETTINGS_FILE: Final = (
    "trekvart.settings_file"  # in click's context: the file that the settings were read from, or None
)


def now_ms() -> int:
    """The clock: milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def examples(*lines: str) -> str:
    """The examples below a command's help, a line each."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def settings_options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of these settings, or of all, and hand it the loaded `settings` in their place."""
    chosen = [setting for setting in SETTINGS if not names or setting.name in names]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_settings(*args: Any, settings_file: Path | None, **options: Any) -> Any:
            flags = {setting.name: options.pop(setting.name) or None for setting in chosen}
            click.get_current_context().meta[SETTINGS_FILE] = settings_file
            return command(load(settings_file, os.environ, flags), *args, **options)

        wrapped: Callable[..., Any] = with_settings
        for setting in reversed(chosen):
            wrapped = _option(setting)(wrapped)
        return click.option(
            "--settings",
            "settings_file",
            type=click.Path(path_type=Path),
            envvar=f"{PREFIX}SETTINGS",
            help=f"A TOML file of settings (docs/settings.md).  [env: {PREFIX}SETTINGS]",
        )(wrapped)

    return decorate


def open_control(settings: Settings, *, make: bool = False) -> Control:
    """The control database; `make`: also where there is none yet. Raises PlaceError."""
    directory = settings.data_directory
    if make:
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise PlaceError(
                f"The data directory {directory} cannot be made ({error.strerror}); name another with --data-directory."
            ) from error
    elif not (directory / FILE).exists():
        raise PlaceError(
            f"There is no Trekvart data in {directory}; begin with: trekvart site add DOMAIN, "
            "or name the directory with --data-directory."
        )
    return Control.open(directory / FILE)


def _option(setting: Setting) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    told = ", ".join(setting.default) if setting.many else str(setting.default or "")
    default = f"default: {told}, " if told else ""
    return click.option(
        setting.flag,
        setting.name,
        multiple=setting.many,
        metavar=_metavar(setting.wants),
        help=f"{setting.help}  [{default}env: {setting.variable}]",
    )


def _metavar(wants: str) -> str:
    """What stands for a value in the help."""
    if wants.startswith("one of "):
        return f"[{wants.removeprefix('one of ').replace(', ', '|')}]"
    return next(word.upper() for word in ("list", "number", "path", "text") if word in wants)
