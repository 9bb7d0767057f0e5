"""Every tunable: one table that feeds the command line, ``WSGITRACE_*``, ``[tool.wsgitrace]`` and ``--help``.

The table is the class :class:`Settings` itself: each field carries the :class:`Setting` that describes it. What is
given on the command line wins over the environment, that over pyproject.toml, that over the default.
"""

# ruff: noqa: FBT003, RUF009 -- in the table a default stands beside its name, and all of them are immutable
from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from wsgitrace.server_settings import ServerSettings, Setting, tunable
from wsgitrace.setting_kinds import (
    AGE,
    COUNT,
    FILE,
    FILTER,
    FOLDER,
    HOOK,
    KEYMAP,
    LINES,
    NAMES,
    SECONDS,
    SIZE,
    SWITCH,
    WORD,
    Bind,
    Mount,
    SettingError,
    choice,
    number,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SETTINGS", "Setting", "SettingError", "Settings", "find_project", "load", "unknown_variables"]

Source: TypeAlias = Literal["default", "pyproject", "environment", "command line"]
"""Where a value came from."""

_RANK: Final[dict[Source, int]] = {"default": 0, "pyproject": 1, "environment": 2, "command line": 3}


_UNSAVED: Final = "{}; no bound with --save"
"""A recording that was asked for is bounded by its bytes alone, unless more was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(ServerSettings):
    """The settings of one command, resolved."""

    app: str = tunable(
        "", WORD, "", "The application: module:attr, module, path/to/app.py[:attr], module:factory(...)."
    )
    factory: bool = tunable(False, SWITCH, "--factory", "APP names a function that makes the application: call it.")
    app_dir: Path = tunable(Path(), FOLDER, "--app-dir", "Folder that APP is imported from.")
    reload: bool = tunable(
        True, SWITCH, "--reload/--no-reload", "Restart the application when its files change.", record="off"
    )
    trace: bool = tunable(True, SWITCH, "--trace/--no-trace", "Observe the layers; without, only serve and list.")
    save: Path | None = tunable(None, FILE, "--save", "Keep the recording in this .wtrace file.")
    keep: int = tunable(
        10_000,
        COUNT,
        "--keep",
        "Exchanges kept; older ones go. 0: no bound.",
        run=_UNSAVED,
        demo=_UNSAVED,
        record="no bound",
    )
    keep_bytes: int = tunable(512 * 2**20, SIZE, "--keep-bytes", "Bytes kept; older exchanges go. 0: no bound.")
    keep_for: float = tunable(
        7 * 86_400.0,
        AGE,
        "--keep-for",
        "Time kept; older exchanges go. 0: no bound.",
        run=_UNSAVED,
        record="no bound",
    )
    only: str = tunable("", FILTER, "--only", "Keep only requests that match this filter (see 'wsgitrace ls --help').")
    ignore: str = tunable("", FILTER, "--ignore", "Keep no requests that match this filter, as in 'is:asset'.")
    slow: float = tunable(1.0, SECONDS, "--slow", "Time from which on is:slow calls a request slow.")
    request_body: int = tunable(10 * 2**20, SIZE, "--request-body", "Bytes recorded of each request body.")
    response_body: int = tunable(2**20, SIZE, "--response-body", "Bytes recorded of each response body.")
    events: int = tunable(10_000, number(1, 10_000_000), "--events", "Events recorded of each exchange.")
    deep: int = tunable(
        0, number(0, 1000), "--deep", "First requests in which every call is looked at for layers; only on Python 3.11."
    )
    queue: int = tunable(64 * 2**20, SIZE, "--queue", "Bytes that may wait for the debugger before detail is dropped.")
    breakpoints: tuple[str, ...] = tunable(
        (),
        LINES,
        "--break",
        "Hold requests here: 'layer:Session on:start_response path~^/cart', 'lint:must'. May be repeated.",
    )
    on_hold: str = tunable(
        "print",
        choice("print", "json", "continue", "exit"),
        "--on-hold",
        "Without a screen: what is done with a request that --break holds, before it goes on.",
    )
    hold_timeout: float = tunable(900.0, SECONDS, "--hold-timeout", "Time until a held request goes on. 0: never.")
    hold_limit: int = tunable(
        32, number(1, 1000), "--hold-limit", "Requests held at the same time; beyond, breakpoints hold nothing."
    )
    prepare: str = tunable(
        "", HOOK, "--prepare", "Before a request is run again, have MODULE:FUNCTION(environ, body) change it."
    )
    drain: float = tunable(2.0, SECONDS, "--drain", "Time that open requests get to finish at exit.")
    reload_drain: float = tunable(5.0, SECONDS, "--reload-drain", "Time that open requests get to finish at a reload.")
    theme: str = tunable("dark", choice("dark", "light", "terminal"), "--theme", "Colours of the screen.")
    keymap: tuple[tuple[str, str], ...] = tunable(
        (), KEYMAP, "--keymap", "Other keys, by the names of actions: 'replay=f5 follow=F'."
    )
    reveal: bool = tunable(False, SWITCH, "--reveal/--no-reveal", "Show cookies, tokens and passwords as they are.")
    mask: tuple[str, ...] = tunable(
        ("default",), NAMES, "--mask", "What is masked: default, further names, /regexes/ over names; '' for nothing."
    )
    redact_at_capture: bool = tunable(
        False, SWITCH, "--redact-at-capture", "Mask before anything is recorded: then nothing can be replayed."
    )
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Where each value came from, by name; those left out are defaults."""

    def given(self, name: str) -> bool:
        """Whether anybody set this one: it is not just the default."""
        return name in self.sources


SETTINGS: Final[tuple[Setting, ...]] = tuple(
    Setting(each.name, each.default, **each.metadata)
    for each in sorted(fields(Settings), key=lambda each: bool(each.metadata.get("section")))
    if each.metadata
)
"""Every setting, in the order of ``--help``."""


@dataclass(frozen=True, slots=True)
class _Given:
    """A value and where it was given."""

    value: Any
    source: Source
    spelled: str


def load(
    cli: Mapping[str, Any],
    *,
    environ: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> Settings:
    """The settings in force.

    ``cli`` maps names of settings to what was given on the command line, None where nothing was. ``directory`` is
    where the search for pyproject.toml starts; it goes on to the folders above. Raises :class:`SettingError`, whose
    text is one sentence for the user.
    """
    directory = directory or Path.cwd()
    environ = os.environ if environ is None else environ
    project = find_project(directory)
    given: dict[str, _Given] = {}
    if project is not None:
        given.update(_from_project(project))
    given.update(_from_environ(environ))
    for setting in SETTINGS:
        # Of an option that may be given more than once, click makes an empty tuple where it is not.
        if cli.get(setting.name) not in {None, ()}:
            spelled = max(setting.flags, key=len).partition("/")[0] if setting.flags else setting.name.upper()
            given[setting.name] = _convert(setting, cli[setting.name], "command line", spelled)
    _unfold_bind(given)
    if "app_dir" not in given and "app" in given and given["app"].source == "pyproject" and project is not None:
        # APP as pyproject.toml names it means what it means from that file's folder, wherever below it one stands.
        given["app_dir"] = _Given(project.parent, "pyproject", "")
    if "app_dir" in given and not (directory / given["app_dir"].value).is_dir():
        one = given["app_dir"]
        raise SettingError(f"{one.spelled} {str(one.value)!r}: there is no such folder.")
    values = {name: each.value for name, each in given.items()}
    return Settings(**values, sources={name: each.source for name, each in given.items()})


def _convert(setting: Setting, raw: Any, source: Source, spelled: str) -> _Given:
    try:
        value = setting.kind.convert(raw)
    except ValueError as problem:
        shown = " ".join(raw) if isinstance(raw, tuple) else raw if isinstance(raw, str) else repr(raw)
        raise SettingError(f"{spelled} {shown!r}: {problem}.") from None
    return _Given(value, source, spelled)


def _from_environ(environ: Mapping[str, str]) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    for setting in SETTINGS:
        if environ.get(setting.env):
            raw, spelled = environ[setting.env], f"{setting.env} in the environment,"
            given[setting.name] = _convert(setting, raw, "environment", spelled)
        elif setting.name == "port" and environ.get("PORT"):
            # Hosting platforms mean "serve on every address" by PORT; a debugger shows secrets and takes the number.
            given["port"] = _convert(setting, environ["PORT"], "environment", "PORT in the environment,")
    return given


def find_project(directory: Path) -> Path | None:
    """The pyproject.toml of a folder, or of the next one above that has one."""
    for folder in (directory.absolute(), *directory.absolute().parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            return path
    return None


def _from_project(path: Path) -> dict[str, _Given]:
    # Imported only where there is a file to read: most of what a command costs at its start is imports.
    import tomllib  # noqa: PLC0415 -- see above

    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingError(f"{path} cannot be read: {problem}.") from None
    table = content.get("tool", {}).get("wsgitrace", {}) if isinstance(content.get("tool", {}), dict) else {}
    if not isinstance(table, dict):
        raise SettingError(f"{path}: tool.wsgitrace must be a table, as in [tool.wsgitrace].")
    known = {setting.key: setting for setting in SETTINGS}
    given: dict[str, _Given] = {}
    for key, raw in table.items():
        if key == "filters":
            _check_filters(path, raw)
            continue
        if key == "lint":
            continue  # no setting: what the linter leaves out, for wsgitrace.lint_ignores to read
        setting = known.get(key.replace("_", "-"))
        if setting is None:
            raise SettingError(f"{path}: [tool.wsgitrace] has no setting {key!r}{_nearest(key, known)}.")
        one = _convert(setting, raw, "pyproject", f"{path}: {setting.key} in [tool.wsgitrace],")
        one = _Given(_from(path.parent, one.value), one.source, one.spelled)
        given[setting.name] = one
    return given


def _check_filters(path: Path, raw: Any) -> None:
    """Filters by name are no setting: :class:`~wsgitrace.named_filters.NamedFilters` reads them where one is named."""
    if not isinstance(raw, dict) or not all(isinstance(text, str) for text in raw.values()):
        raise SettingError(f"{path}: [tool.wsgitrace.filters] must give filters names, as in api = 'path:/api'.")


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each ``WSGITRACE_*`` that no setting has."""
    known = {setting.env for setting in SETTINGS}
    unknown = [name for name in sorted(environ) if name.startswith("WSGITRACE_") and name not in known]
    nearest = {name: difflib.get_close_matches(name, known, n=1, cutoff=0.7) for name in unknown}
    return [
        f"{name} in the environment is no setting{f'; the nearest is {near[0]}' if near else ''}."
        for name, near in nearest.items()
    ]


def _nearest(key: str, known: Mapping[str, Setting]) -> str:
    near = difflib.get_close_matches(key.replace("_", "-"), known, n=1, cutoff=0.5)
    return f"; the nearest is {near[0]!r}" if near else f"; there are {', '.join(sorted(known))}"


def _from(folder: Path, value: Any) -> Any:
    """A path, or what holds one, as it is meant in a file of ``folder``."""
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, Bind):
        return value.seen_from(folder)
    if isinstance(value, Mount):
        return Mount(value.prefix, str(folder / value.folder))
    if isinstance(value, tuple):
        return tuple(_from(folder, each) for each in value)
    return value


def _unfold_bind(given: dict[str, _Given]) -> None:
    """Turn a bind of one host and port into these, each of which a source that ranks higher may still set."""
    bind = given.get("bind")
    if bind is None:
        return
    rivals = [given[name] for name in ("host", "port") if name in given]
    for other in rivals:
        if other.source == bind.source and not other.spelled.startswith("PORT "):
            raise SettingError(f"{bind.spelled} and {other.spelled} are both given and say the same thing: give one.")
    if len(bind.value) > 1 or not bind.value[0].is_tcp:
        if any(_RANK[other.source] > _RANK[bind.source] for other in rivals):
            del given["bind"]
        return
    only: Bind = bind.value[0]
    for name, value in (("host", only.host), ("port", only.port)):
        if value is not None and (name not in given or _RANK[given[name].source] <= _RANK[bind.source]):
            given[name] = _Given(value, bind.source, bind.spelled)
    del given["bind"]
