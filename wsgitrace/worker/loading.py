"""APP to the callable that is served."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from wsgitrace.worker import callables
from wsgitrace.worker.defaults import find_default
from wsgitrace.worker.importing import import_file, import_module, load_error, module_exists, nearest
from wsgitrace.worker.target import Target, UsageError, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_NAMES = ("app", "application")
_FACTORIES = ("create_app", "make_app")


@dataclass(frozen=True, slots=True)
class Loaded:
    """An application, ready to be served."""

    application: Callable[..., Any]
    """The WSGI callable."""
    name: str
    """Where it was found, ``module:attr``."""
    note: str = ""
    """One sentence for the user on how APP was read; else empty."""


def load(text: str, directory: str, *, factory: bool = False) -> Loaded:
    """Import and find the application; the folder is on ``sys.path`` already.

    Raises :class:`UsageError` where APP is wrong and :class:`LoadError` where the application's own code fails.
    """
    if not text.strip():
        target, why = find_default(directory)
        found = _load(target, directory, factory=factory)
        return Loaded(found.application, found.name, " ".join(filter(None, (why, found.note))))
    target = parse(text)
    try:
        return _load(target, directory, factory=factory)
    except UsageError:
        swapped = _load_swapped(target, directory, factory=factory)
        if swapped is None:
            raise
        return swapped


def _load(target: Target, directory: str, *, factory: bool) -> Loaded:
    file, module_name = target.file, target.module
    module = import_module(module_name, directory) if file is None else import_file(file, directory)
    if not target.attribute:
        return _search(module, target, factory=factory)
    found = _follow(module, target)
    name = f"{module.__name__}:{'.'.join(target.attribute)}"
    if target.called or factory:
        return Loaded(_make(found, target), name)
    if callables.is_factory(found):
        note = f"{name}{callables.signature(found)} takes no environ, so it was called to make the application."
        return Loaded(_make(found, target), name, note)
    _check(found, name)
    return Loaded(found, name)


def _load_swapped(target: Target, directory: str, *, factory: bool) -> Loaded | None:
    """The application by the reading attr:module, where only that one gives one."""
    swapped = target.swapped()
    if swapped is None or not module_exists(swapped.module):
        return None
    try:
        found = _load(swapped, directory, factory=factory)
    except Exception:  # noqa: BLE001 -- the complaint about the reading that the user wrote is the one to show
        return None
    return Loaded(found.application, found.name, f"{target.text} was read as {found.name}: the module comes first.")


def _follow(module: ModuleType, target: Target) -> Any:
    found: Any = module
    so_far = target.source
    for name in target.attribute:
        try:
            found = getattr(found, name)
        except AttributeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                raise load_error(f"looking up {name} in {so_far}", error) from None
            raise UsageError(_no_such_attribute(found, name, so_far)) from None
        except Exception as error:  # noqa: BLE001 -- the module's own __getattr__ or a property
            raise load_error(f"looking up {name} in {so_far}", error) from None
        so_far += f".{name}" if ":" in so_far else f":{name}"
    return found


def _no_such_attribute(holder: object, name: str, where: str) -> str:
    names = [each for each in _public(holder) if each != name]
    like = nearest(name, names)
    if like:
        return f"{where} has no attribute {name!r}; did you mean {like!r}?"
    applications = _applications(holder)
    if applications:
        return f"{where} has no attribute {name!r}; what it has is {', '.join(applications)}"
    return f"{where} has no attribute {name!r}"


def _public(holder: object) -> list[str]:
    try:
        return [name for name in vars(holder) if not name.startswith("_")]
    except TypeError:
        return []


def _search(module: ModuleType, target: Target, *, factory: bool) -> Loaded:
    """Find the application in a module of which only the name was given."""
    contents = vars(module)
    if not factory:
        for name in _NAMES:
            if callable(contents.get(name)):
                _check(contents[name], f"{module.__name__}:{name}")
                return Loaded(contents[name], f"{module.__name__}:{name}")
        applications = _applications(module)
        if len(applications) > 1:
            listed = ", ".join(applications)
            example = f"{target.source}:{applications[0]}"
            raise UsageError(f"{target.source} has several applications ({listed}): say which, as in {example}")
        if applications:
            return Loaded(contents[applications[0]], f"{module.__name__}:{applications[0]}")
    for name in _FACTORIES:
        if callable(contents.get(name)):
            made = _make(contents[name], Target(target.text, target.module, target.file, (name,), called=True))
            return Loaded(made, f"{module.__name__}:{name}")
    looked = " or ".join(_FACTORIES) if factory else ", ".join(_NAMES + _FACTORIES)
    only = "" if factory else ", and for one WSGI callable by its parameters (environ, start_response)"
    raise UsageError(
        f"{target.source} has no application: looked for {looked}{only}; name it, as in {target.source}:attr"
    )


def _applications(module: object) -> list[str]:
    """Names of the WSGI applications of a module, each object once."""
    name = getattr(module, "__name__", "")
    names: dict[int, str] = {}
    for each in _public(module):
        found = vars(module)[each]
        if callables.is_application(found, name):
            names.setdefault(id(found), each)
    return list(names.values())


def _make(factory: Any, target: Target) -> Any:
    """Call the factory; tells wrong arguments from a fault inside."""
    name = target.name
    if not callable(factory):
        raise UsageError(f"{name} {callables.problem(factory)}")
    shown = f"{name}{callables.signature(factory)}"
    misfit = callables.misfit(factory, target.args, target.kwargs)
    if misfit:
        raise UsageError(f"{shown} does not take the arguments it was given: {misfit}")
    try:
        made = factory(*target.args, **target.kwargs)
    except TypeError as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is None:
            # Raised by the call itself: code of the factory never ran.
            raise UsageError(f"{shown} does not take the arguments it was given: {error}") from None
        raise load_error(f"calling {name}()", error) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 -- SystemExit included
        raise load_error(f"calling {name}()", error) from None
    _check(made, f"what {name}() returned")
    return made


def _check(found: object, name: str) -> None:
    problem = callables.problem(found)
    if problem:
        raise UsageError(f"{name} {problem}")
    if callables.is_class_of_applications(found):
        raise UsageError(
            f"{name} is a class, and its instances are the applications: write the call that makes one, as in {name}()"
        )
    if isinstance(found, FunctionType) and callables.misfit(found, (None, None), {}):
        raise UsageError(
            f"{name}{callables.signature(found)} cannot be called with (environ, start_response);"
            f" for a factory, write the call, as in {name}('...')"
        )
