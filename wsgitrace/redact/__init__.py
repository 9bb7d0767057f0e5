"""Secrets masked: what is shown or exported of traffic goes through here, then through :mod:`wsgitrace.safetext`.

Recording keeps everything, or a replay could not log in; masking happens once, where text leaves the program. A
masked value still tells what debugging needs: that it is there, its length, and whether two of them are the same:
``<redacted 32 #a1b2>``. What names a secret without being one stays: names and attributes of cookies, the scheme of
an Authorization, the other parameters of a query.
"""

from wsgitrace.redact.marks import overwritten
from wsgitrace.redact.masker import Masker
from wsgitrace.redact.names import DEFAULT, Names
from wsgitrace.redact.veil import Veil

__all__ = ["DEFAULT", "Masker", "Names", "Veil", "overwritten"]
