"""Secrets in running text: logs, messages of exceptions, plain bodies, markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from wsgitrace.redact.marks import MASKED
from wsgitrace.redact.names import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.redact.names import Names

_NAME: Final = r"\w(?:[\w.\-\[\]]|%5[BbDd]){0,99}+"

_PAIR: Final = re.compile(
    rf"(?:(?<![\w.\-])|(?<=%[0-9A-F][0-9A-F]))(?P<open>\\{{0,6}}[\"']|)(?P<name>{_NAME})(?P=open)(?P<sep>\s{{0,8}}(?:=>|:=|==?|:|%3D)\s{{0,8}})"
    r"(?:[bBrRuU]{0,2}(?P<quote>\\{0,6}[\"'])|)"
    r"(?P<value>(?(quote)(?:(?!(?P=quote))(?:\\.|[^\\\n]))*|(?:[\[({][^\n<>]{0,200}?[\])}]"
    r"|(?:(?:bearer|basic|digest|token|negotiate|apikey)[ \t]{1,8})?[^\s,;&\"'<>(){}\[\]|\\]+)))",
    re.IGNORECASE,
)
"""``name=value``, ``name: value``, ``'name': 'value'``, also inside a quoted string."""

_LINE: Final = re.compile(
    rf"^(?P<start>[ \t\"'>*#-]{{0,8}}(?P<name>{_NAME})[\"']?[ \t]*[:=][ \t]*)(?P<value>[^\s>=].*)$", re.MULTILINE
)
"""A line that is a name and its value, as in YAML, a ``.env`` file or a request head."""

_USERINFO: Final = re.compile(r"(?<=://)([^/?#@\s:\"']*):([^/?#@\s\"']+)(?=@)")

_KNOWN: Final = re.compile(
    r"\beyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*"  # a JSON Web Token
    r"|\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|[sr]k_(?:live|test)_|sk-|whsec_|hf_|pypi-|AKIA|ASIA|AIza)[\w-]{12,}"
    r"|(?<=\b[Bb]earer )[\w.~+/=-]{8,}|(?<=\b[Bb]asic )[A-Za-z0-9+/]{8,}={0,2}"
    r"|(?<=PRIVATE KEY-----)[\sA-Za-z0-9+/=\\]{16,}"
)
"""What is a secret by its looks."""

_ELEMENT: Final = re.compile(
    r"<(?P<name>[\w:.-]{1,100})(?P<rest>(?:\s[^<>]{0,1000})?>)(?P<value>[^<>]+)(?=</(?P=name)\s*>)"
)
_FIELD: Final = re.compile(r"<(?:input|meta|param|button)\b[^<>]{0,4000}>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"(?P<name>[\w:-]+)\s*=\s*(?:(?P<quote>[\"'])|)(?P<value>(?(quote)(?:(?!(?P=quote)).)*|[^\s>]*))", re.DOTALL
)
_NAMING: Final = frozenset({"name", "id", "http-equiv", "property"})
_VALUED: Final = frozenset({"value", "content"})

_NEVER: Final = frozenset({
    "none", "null", "true", "false", "undefined", "bearer", "basic", "digest", "negotiate", "[]", "{}", "()",
})  # fmt: skip
"""What is no secret though it stands where one would."""

_PLACEHOLDER: Final = re.compile(r"\?|%s?|%\(\w+\)s|\$[0-9]+")
"""What stands in a statement of SQL for a value that is given apart; also ``:name``, where that is the column's."""

_ANOTHER: Final = re.compile(r"[\s,;&][\w.-]+[:=]\S")
_END: Final = " \t\r;,"


def mask_prose(text: str, names: Names, hide: Callable[[str], str], *, lines: bool) -> str:
    """``text`` with the values of secrets hidden; ``lines``: a line that is a name and a value is one to its end."""
    if names.default:
        text = _USERINFO.sub(lambda match: f"{match[1]}:{hide(match[2])}", text)
        text = _KNOWN.sub(lambda match: hide(match[0]), text)
    if not names.may_be_in(text):
        return text
    if lines:
        text = _LINE.sub(lambda match: _line(match, names, hide), text)
    return _pairs(text, names, hide)


def _line(match: re.Match[str], names: Names, hide: Callable[[str], str]) -> str:
    value = match["value"].rstrip(_END)
    name = fold(match["name"])
    whole = name.endswith(("cookie", "authorization"))
    if not names.secret_in_prose(match["name"]) or value[:1] in {*"\"'<{[(", ""} or _is_none(value, match["name"]):
        return match[0]
    if MASKED.search(value) or (_ANOTHER.search(value) and not whole):
        return match[0]  # several pairs in one line
    return f"{match['start']}{hide(value)}{match['value'][len(value) :]}"


def _is_none(value: str, name: str) -> bool:
    """Whether a value is no secret, whatever it stands behind."""
    bare = value.lower()
    column = name.rpartition(".")[2].lower()
    return bare in _NEVER or _PLACEHOLDER.fullmatch(value) is not None or bare.startswith(f":{column}")


def _pairs(text: str, names: Names, hide: Callable[[str], str]) -> str:
    found: list[str] = []
    done = position = 0
    while (match := _PAIR.search(text, position)) is not None:
        value = match["value"]
        position = match.start("value")
        if value and not _is_none(value, match["name"]) and names.secret_in_prose(unquote(match["name"])):
            found += (text[done:position], hide(value))
            done = position = match.end()
        elif position >= len(text):
            break
    return "".join([*found, text[done:]])


def mask_markup(text: str, names: Names, hide: Callable[[str], str]) -> str:
    """HTML or XML with the contents of secret elements and the values of secret fields hidden."""
    if "<" not in text:
        return text

    def element(match: re.Match[str]) -> str:
        name = match["name"].rpartition(":")[2]
        if not names.secret_in_prose(name) or not match["value"].strip():
            return match[0]
        return f"<{match['name']}{match['rest']}{hide(match['value'])}"

    def field(match: re.Match[str]) -> str:
        attributes = list(_ATTRIBUTE.finditer(match[0]))
        if not any(one["name"].lower() in _NAMING and names.secret(one["value"]) for one in attributes):
            return match[0]
        found = match[0]
        for one in reversed(attributes):
            if one["name"].lower() in _VALUED and one["value"]:
                found = f"{found[: one.start('value')]}{hide(one['value'])}{found[one.end('value') :]}"
        return found

    return _FIELD.sub(field, _ELEMENT.sub(element, text))
