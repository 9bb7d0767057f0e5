"""One exchange as a picture: layers as columns, time downwards, what crosses from one to another as rows."""

from wsgitrace.trace.flow.changes import changes
from wsgitrace.trace.flow.drawing import Layout, Piece, draw_head, draw_row, lay_out
from wsgitrace.trace.flow.model import CHANGES, Change, Column, Flow, Row
from wsgitrace.trace.flow.picture import flow, significant
from wsgitrace.trace.flow.words import label, notes

__all__ = [
    "CHANGES",
    "Change",
    "Column",
    "Flow",
    "Layout",
    "Piece",
    "Row",
    "changes",
    "draw_head",
    "draw_row",
    "flow",
    "label",
    "lay_out",
    "notes",
    "significant",
]
