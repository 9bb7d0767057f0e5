"""Importing the module of APP, and telling whose fault it is when that fails."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import os
import pkgutil
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from wsgitrace.worker.target import UsageError

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType, TracebackType

_OURS = str(Path(__file__).resolve().parent.parent) + os.sep


class LoadError(Exception):
    """The application's own code failed while it was imported or made; the text is one sentence for the user."""

    def __init__(self, message: str, traceback_text: str = "", files: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.traceback = traceback_text
        """The traceback, frames of wsgitrace left out."""
        self.files = files
        """Sources that it goes through: one of them is likely to be the one that is edited next."""


def import_module(name: str, directory: str) -> ModuleType:
    """Import a module. Raises :class:`UsageError` where there is none of that name, :class:`LoadError` otherwise."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if _is_own_frames_only(error.__traceback__) and (name == missing or name.startswith(missing + ".")):
            raise UsageError(_no_such_module(name, missing, directory)) from None
        raise load_error(f"importing {name}", error) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 -- SystemExit included: a module that exits did not load
        raise load_error(f"importing {name}", error) from None


def import_file(path: Path, directory: str) -> ModuleType:
    """Import a source file under the name its packages give it. Raises as :func:`import_module` does."""
    path = find_file(path, directory)
    root, name = _package_of(path)
    if root not in sys.path:
        sys.path.insert(0, root)
    if _is_at(name.partition(".")[0], root, path):
        return import_module(name, directory)
    # Another module has taken the name, or the file's name is none: the file that the user pointed at is the one.
    name = name if name.isidentifier() and name not in sys.modules else f"wsgitrace_app_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is not a Python source file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 -- as in import_module
        sys.modules.pop(name, None)
        raise load_error(f"importing {path}", error) from None
    return module


def load_error(doing: str, error: BaseException) -> LoadError:
    """What to tell the user about an exception of the application's own code."""
    summary = traceback.TracebackException(type(error), error, _without_ours(error.__traceback__))
    lines = "".join(summary.format())
    files = _files(error)
    name = type(error).__name__
    text = " ".join(str(error).split()) if _has_safe_text(error) else ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        message = f"{doing} needs the module {error.name!r}, which {sys.prefix} does not have{other_environment()}"
    elif isinstance(error, SystemExit):
        message = f"{doing} ended in sys.exit({text})"
    else:
        message = f"{doing} raised {name}: {text}" if text else f"{doing} raised {name}"
    return LoadError(message, lines, files)


def other_environment() -> str:
    """What to say when the active virtual environment is not the one that this runs in; else empty."""
    active = os.environ.get("VIRTUAL_ENV")
    if not active or os.path.realpath(active) == os.path.realpath(sys.prefix):
        return ""
    return f"; {active} is active but this runs from {sys.prefix}: run `{active}/bin/python -m pip install wsgitrace`"


def nearest(name: str, choices: list[str]) -> str:
    """The choice most like a name, or empty."""
    by_folded = {choice.casefold(): choice for choice in reversed(choices)}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def find_file(path: Path, directory: str) -> Path:
    """The absolute path of a file or package that the user pointed at. Raises :class:`UsageError`."""
    full = Path(directory, path.expanduser())
    for candidate in (full, full / "__init__.py", full.with_name(full.name + ".py")):
        if candidate.is_file():
            return Path(os.path.abspath(candidate))  # noqa: PTH100 -- resolve() would follow links that packages live behind
    names = [each.name for each in full.parent.glob("*.py")] if full.parent.is_dir() else []
    like = nearest(full.name, names)
    hint = f"; did you mean {path.with_name(like)}?" if like else ""
    raise UsageError(
        f"there is no file {path} in {directory}{hint}" if not path.is_absolute() else f"there is no file {path}{hint}"
    )


def module_exists(name: str) -> bool:
    """True where a module of that name, or for a dotted one its outermost package, could be imported."""
    return _find(name.partition(".")[0]) is not None


def _no_such_module(name: str, missing: str, directory: str) -> str:
    parent, _, last = missing.rpartition(".")
    if parent:
        holder = sys.modules.get(parent)
        path = getattr(holder, "__path__", None)
        if path is None:
            return f"{parent} is a module, not a package, so there is no {name}; did you mean {parent}:{last}?"
        like = nearest(last, [each.name for each in pkgutil.iter_modules(path)])
        where = f"in the package {parent}"
        like = f"{parent}.{like}" if like else ""
    else:
        local = [each.name for each in pkgutil.iter_modules([directory])]
        like = nearest(missing, local) or nearest(missing, [each.name for each in pkgutil.iter_modules()])
        where = f"in {directory} nor installed in {sys.prefix}"
        return f"there is no module {missing!r} {where}{_did_you_mean(like)}{'' if like else other_environment()}"
    return f"there is no module {last!r} {where}{_did_you_mean(like)}"


def _did_you_mean(like: str) -> str:
    return f"; did you mean {like!r}?" if like else ""


def _find(top: str) -> ModuleSpec | None:
    """The spec of a module that has no dots in its name: nothing is imported for it."""
    try:
        return importlib.util.find_spec(top)
    except (ImportError, AttributeError, ValueError):
        return None


def _is_at(top: str, root: str, path: Path) -> bool:
    """True where the import system finds this outermost module at the file, or as the package that holds it."""
    spec = _find(top)
    if spec is None or not spec.has_location or spec.origin is None:
        return False
    found = Path(spec.origin)
    return found.exists() and (found.samefile(path) or found.parent == Path(root, top))


def _package_of(path: Path) -> tuple[str, str]:
    """The folder to import from, and the dotted name of the file there."""
    parts = [] if path.name == "__init__.py" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        parts.append(folder.name)
        folder = folder.parent
    return str(folder), ".".join(reversed(parts)) or path.stem


def _is_own_frames_only(trace: TracebackType | None) -> bool:
    while trace is not None:
        if not _is_ours(trace.tb_frame.f_code.co_filename):
            return False
        trace = trace.tb_next
    return True


def _is_ours(filename: str) -> bool:
    return filename.startswith((_OURS, "<frozen importlib")) or filename == importlib.__file__


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _has_safe_text(error: BaseException) -> bool:
    try:
        str(error)
    except Exception:  # noqa: BLE001 -- the application's own __str__
        return False
    return True


def _files(error: BaseException) -> tuple[str, ...]:
    files: dict[str, None] = {}
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, SyntaxError) and each.filename:
            files[each.filename] = None
        for frame, _ in traceback.walk_tb(each.__traceback__):
            files[frame.f_code.co_filename] = None
        pending += [each.__cause__, each.__context__]
    return tuple(name for name in files if not _is_ours(name))
