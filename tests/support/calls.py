"""One pass of the exchanges that :mod:`tests.support.streams` tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from tests.support.environs import difference
from wsgitrace.events import (
    Called,
    Chunk,
    CloseBegan,
    CloseEnded,
    EnvironOut,
    ErrorsWrite,
    InputRead,
    InputReplaced,
    IterationBegan,
    IterationEnded,
    LayerFound,
    Logged,
    Opaque,
    Parameter,
    Queried,
    Raised,
    Returned,
    StartResponse,
    TracebackFrame,
    Wrote,
    to_headers,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.support.streams import Exchange
    from wsgitrace.events import Value

MS = 1_000_000
"""Nanoseconds in a millisecond."""


class Call:
    """One pass through a layer. As a context manager it hands on what came from inside unless told otherwise."""

    def __init__(
        self,
        exchange: Exchange,
        parent: Call | None,
        layer: LayerFound,
        environ: dict[str, Any],
        *,
        subrequest: bool = False,
        wraps: bool = True,
    ) -> None:
        self.exchange = exchange
        self.parent = parent
        self.layer = layer
        self.environ = environ
        """The layer's environ: change it as the layer does."""
        self.wraps = wraps or parent is None
        self.inner: list[Call] = []
        self.chunks: list[Chunk] = []
        self.writes: list[Wrote] = []
        self.answer: tuple[Any, Any] = ("", ())
        self.owner: Call = self
        self.returned = self.lazy = self.iterating = self.ended = self.closed = False
        self.failed: Raised | None = None
        self.closes_inner = True
        """False: its ``close`` forgets the iterable it drew from."""
        self.close_seen = False
        self._next_began: int | None = None
        self._close_began = 0
        exchange.calls.append(self)
        self.span = len(exchange.calls)
        self.called_with = dict(environ)
        base = parent.called_with if parent is not None else {}
        added, removed = difference(base, environ)
        self.began = exchange.put(
            Called,
            self.span,
            parent=parent.span if parent is not None else 0,
            layer=layer.id,
            environ=added,
            removed=removed,
            subrequest=subrequest,
            same_environ=parent is not None and parent.environ is environ,
            same_start_response=not self.wraps,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        if kind is None and not self.returned and self.failed is None and self.inner:
            last = self.inner[-1]
            if last.failed is not None and not last.returned:
                self.reraises(last)
            else:
                self.returns(inner=last)

    # -- inward --------------------------------------------------------------------------------------------------

    def call(
        self,
        name: str,
        kind: str = "wsgi",
        *,
        wraps: bool = False,
        copy: bool = False,
        subrequest: dict[str, Any] | None = None,
    ) -> Call:
        """Call the next layer.

        ``wraps``: with a ``start_response`` of its own; ``copy``: with a copy of the environ; ``subrequest``: with the
        environ of a request it made up.
        """
        environ = self.environ if subrequest is None else subrequest
        environ = dict(environ) if copy else environ
        layer = self.exchange.layer(name, kind, parent=self.layer.name)
        call = Call(
            self.exchange,
            self,
            layer,
            environ,
            subrequest=subrequest is not None,
            wraps=wraps or subrequest is not None,
        )
        self.inner.append(call)
        return call

    def wait(self, milliseconds: float) -> Self:
        """The layer takes its time."""
        self.exchange.wait(milliseconds)
        return self

    # -- input and output ----------------------------------------------------------------------------------------

    def read(self, size: int | None = None, *, method: str = "read", stored: bool = True, error: str = "") -> bytes:
        """Read the request body: all that is left without a size."""
        exchange = self.exchange
        start = exchange.position
        data = b"" if error else exchange.body[start:] if size is None else exchange.body[start : start + size]
        exchange.position += len(data)
        exchange.put(
            InputRead,
            self.span,
            method=method,
            asked=size,
            got=len(data),
            offset=start,
            end=not error and exchange.position >= len(exchange.body),
            data=data if stored else b"",
            stored=stored,
            error=error,
        )
        return data

    def replaces_input(self, kind: str = "io.BytesIO") -> None:
        """Hand on another ``wsgi.input``."""
        self.environ["wsgi.input"] = Opaque(kind, identity=self.exchange.now + 7)
        self.exchange.put(InputReplaced, self.span, type=kind)

    def errors(self, text: str) -> None:
        """Write to ``wsgi.errors``."""
        self.exchange.put(ErrorsWrite, self.span, text=text)

    def logs(self, text: str, logger: str = "shop", level: int = 20) -> None:
        """Log a line."""
        self.exchange.put(Logged, self.span, level=level, logger=logger, text=text)

    def warns(self, text: str) -> None:
        """Show a warning."""
        self.exchange.put(Logged, self.span, level=30, logger="py.warnings", text=text, file="/srv/shop.py", line=12)

    def asks(self, statement: str, *values: Value, took: float = 1.0, line: int = 31, **facts: Any) -> None:
        """Ask a database, which takes so many milliseconds."""
        self.exchange.wait(took)
        self.exchange.put(
            Queried,
            self.span,
            by="Django",
            database="default (sqlite)",
            statement=statement,
            length=len(statement),
            parameters=tuple(Parameter("", value) for value in values),
            count=len(values),
            took=int(took * MS),
            file="/srv/shop/models.py",
            line=line,
            function="Shop.<locals>.listing.<locals>.<listcomp>",
            **facts,
        )

    def start_response(
        self,
        status: str = "200 OK",
        headers: Iterable[tuple[str, str]] = (("Content-Type", "text/plain"),),
        exc_info: str = "",
        *,
        refused: str = "",
    ) -> StartResponse:
        """Call ``start_response``; ``refused``: the type of the exception that it raised."""
        through = self._through()
        event: StartResponse = self.exchange.put(
            StartResponse,
            self.span,
            status=status,
            headers=to_headers(headers),
            exc_info=exc_info,
            through=tuple(each.span for each in through),
            line=self.layer.line + 3,
        )
        if refused:
            outer = through[-1].parent if through else self.parent
            self._raised(refused, "headers already sent", "start_response", 0, span=outer.span if outer else 0)
        else:
            for each in (self, *through):
                each.answer = (event.status, event.headers)
        return event

    def write(self, data: bytes, *, stored: bool = True) -> Wrote:
        """Call ``write()``."""
        through = self._through()
        event: Wrote = self.exchange.put(
            Wrote,
            self.span,
            length=len(data),
            data=data if stored else b"",
            stored=stored,
            through=tuple(each.span for each in through),
        )
        for each in (self, *through):
            each.writes.append(event)
        return event

    def _through(self) -> list[Call]:
        outer, call = [], self
        while not call.wraps and call.parent is not None:
            call = call.parent
            outer.append(call)
        return outer

    # -- returning -----------------------------------------------------------------------------------------------

    def returns(
        self,
        items: Sequence[bytes | Chunk] | None = None,
        *,
        generator: bool = False,
        inner: Call | None = None,
        lazy: str = "",
        closes: bool = True,
    ) -> Self:
        """Return a list of items, a generator or another ``lazy`` type, or what an ``inner`` pass returned."""
        self._left()
        self.returned = True
        if inner is not None:
            self.owner, owner = inner.owner, inner.owner
            self.lazy = owner.lazy
            count = None if owner.lazy else len(owner.chunks)
            self.exchange.put(
                Returned,
                self.span,
                type="generator" if owner.lazy else "list",
                length=count,
                passed=inner.span,
                closes=owner.lazy,
            )
        elif generator or lazy:
            self.lazy = True
            self.exchange.put(Returned, self.span, type=lazy or "generator", closes=closes)
            self.closed = not closes
        else:
            items = items or []
            self.exchange.put(Returned, self.span, type="list", length=len(items), closes=False)
            for item in items:
                self._chunk(item, 0)
            self.ended = self.closed = True
        return self

    def raises(
        self, kind: str = "ValueError", message: str = "no luck", *, during: str = "call", took: float = 0
    ) -> Raised:
        """An exception of its own leaves the layer."""
        if during == "call":
            self._left()
        self.exchange.wait(took)
        frame = TracebackFrame("/srv/" + self.layer.file, self.layer.line + 5, self.layer.name.rpartition(".")[2])
        return self._raised(kind, message, during, int(took * MS), frames=(frame,))

    def reraises(self, inner: Call, *, during: str = "call") -> Raised:
        """The exception of an inner pass leaves this one too."""
        if during == "call":
            self._left()
        assert inner.failed is not None
        return self._raised(
            inner.failed.type, str(inner.failed.message), during, self._took(0), identity=inner.failed.identity
        )

    def _raised(
        self,
        kind: str,
        message: str,
        during: str,
        took: int,
        *,
        span: int | None = None,
        identity: int = 0,
        frames: tuple[TracebackFrame, ...] = (),
    ) -> Raised:
        event: Raised = self.exchange.put(
            Raised,
            self.span if span is None else span,
            during=during,
            type=kind,
            message=message,
            identity=identity or 0x7F00_0000 + len(self.exchange.recorded),
            frames=frames,
            took=took,
        )
        if during not in {"start_response", "write"}:
            self.failed = event
        return event

    def _left(self) -> None:
        """Say what the environ has become."""
        added, removed = difference(self.called_with, self.environ)
        if added or removed:
            self.exchange.put(EnvironOut, self.span, environ=added, removed=removed)

    # -- iterating -----------------------------------------------------------------------------------------------

    def yields(self, item: bytes | Chunk, took: float = 0, *, stored: bool = True) -> Chunk:
        """Its iterable gives an item, after ``took`` milliseconds; a chunk of an inner pass is passed on unchanged."""
        self._iterates()
        return self._chunk(item, self._took(took), stored=stored)

    def ends(self, took: float = 0) -> Self:
        """Its iterable is exhausted."""
        self._iterates()
        self.exchange.put(IterationEnded, self.span, took=self._took(took))
        self.ended = True
        return self

    def drains(self) -> None:
        """Its iterable is exhausted, and what it draws from before it."""
        for each in self.inner[-1:]:
            if each.owner.lazy and each.owner is not self.owner:
                each.owner.drains()
        if self.lazy and not self.ended and not self.failed and not (self.closed and self.close_seen):
            self.ends()

    def close(self, took: float = 0) -> Self:
        """Its iterable is closed, and closes what it drew from; ``close_begins``, ``close_ends``: in parts."""
        self.close_begins()
        for each in self.inner[-1:]:
            if self.closes_inner and each.owner.lazy and not each.owner.closed:
                each.owner.close()
        self.exchange.wait(took)
        return self.close_ends()

    def close_begins(self) -> Self:
        """``close()`` is called."""
        self._close_began = self.exchange.put(CloseBegan, self.span).at
        self.closed = self.close_seen = True
        return self

    def close_ends(self) -> Self:
        """``close()`` is through."""
        self.exchange.put(CloseEnded, self.span, took=self.exchange.now - self._close_began)
        return self

    def _iterates(self) -> None:
        if not self.iterating:
            self.iterating = True
            self.exchange.put(IterationBegan, self.span)

    def _took(self, milliseconds: float) -> int:
        """Time goes by in ``next()``: since the first item that it drew from inside, where it did."""
        began = self._next_began if self._next_began is not None else self.exchange.now
        self._next_began = None
        self.exchange.now += int(milliseconds * MS) + self.exchange.tick
        if self.parent is not None and self.lazy:
            parent = self.parent
            parent._next_began = began if parent._next_began is None else min(began, parent._next_began)
        return self.exchange.now - began

    def _chunk(self, item: bytes | Chunk, took: int, *, stored: bool = True) -> Chunk:
        facts: dict[str, Any]
        if isinstance(item, Chunk):
            facts = {"length": item.length, "same": item.seq if item.same is None else item.same}
        else:
            facts = {"length": len(item), "data": item if stored else b"", "stored": stored}
        event: Chunk = self.exchange.put(Chunk, self.span, index=len(self.chunks), took=took, **facts)
        self.chunks.append(event)
        return event
