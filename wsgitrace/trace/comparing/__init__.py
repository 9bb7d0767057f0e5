"""Two exchanges side by side: what differs in what came of them, and where in their layers they part first."""

from wsgitrace.trace.comparing.bodies import BODY_LIMIT, BodyComparison, BodySide
from wsgitrace.trace.comparing.comparison import STAGES, Comparison, compare
from wsgitrace.trace.comparing.difference import Difference, Verdict, worst
from wsgitrace.trace.comparing.divergence import Divergence, Way
from wsgitrace.trace.comparing.fingerprint import Failure, Fingerprint, Parting, fingerprint, fingerprint_of_outcome
from wsgitrace.trace.comparing.layers import Pair, Pairs
from wsgitrace.trace.comparing.learning import learn, learn_steady
from wsgitrace.trace.comparing.noise import Noise
from wsgitrace.trace.comparing.outcome import Outcome, OutcomeComparison, compare_outcomes, outcome_of
from wsgitrace.trace.comparing.rules import FORMS, Rule, RuleError, read_rule
from wsgitrace.trace.comparing.texts import Block, LineDiff

__all__ = [
    "BODY_LIMIT",
    "FORMS",
    "STAGES",
    "Block",
    "BodyComparison",
    "BodySide",
    "Comparison",
    "Difference",
    "Divergence",
    "Failure",
    "Fingerprint",
    "LineDiff",
    "Noise",
    "Outcome",
    "OutcomeComparison",
    "Pair",
    "Pairs",
    "Parting",
    "Rule",
    "RuleError",
    "Verdict",
    "Way",
    "compare",
    "compare_outcomes",
    "fingerprint",
    "fingerprint_of_outcome",
    "learn",
    "learn_steady",
    "outcome_of",
    "read_rule",
    "worst",
]
