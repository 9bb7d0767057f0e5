"""All rules by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.trace.rules.application import APPLICATION_RULES
from wsgitrace.trace.rules.http import HTTP_RULES
from wsgitrace.trace.rules.middleware import MIDDLEWARE_RULES
from wsgitrace.trace.rules.server import SERVER_RULES

if TYPE_CHECKING:
    from wsgitrace.trace.rules.rule import Rule

RULES: Final[dict[str, Rule]] = {
    rule.id: rule for rule in (*SERVER_RULES, *APPLICATION_RULES, *MIDDLEWARE_RULES, *HTTP_RULES)
}
"""Every rule, observed or not: those of servers, applications and middlewares, then those of HTTP."""
