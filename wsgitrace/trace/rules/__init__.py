"""The rules of WSGI and HTTP: one table, with where each is written and how who breaks it mends that."""

from wsgitrace.trace.rules.rule import SEVERITIES, Rule, Severity
from wsgitrace.trace.rules.table import RULES

__all__ = ["RULES", "SEVERITIES", "Rule", "Severity"]
