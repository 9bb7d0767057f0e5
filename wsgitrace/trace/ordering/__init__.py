"""The order of layers: known-wrong ones, each with its reason and what shows it."""

from wsgitrace.trace.ordering.advice import ORDERS, Advice, Order
from wsgitrace.trace.ordering.exchange import advise
from wsgitrace.trace.ordering.stack import advise_stack

__all__ = ["ORDERS", "Advice", "Order", "advise", "advise_stack"]
