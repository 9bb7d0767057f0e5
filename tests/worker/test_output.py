from __future__ import annotations

import os
import threading

import pytest

from wsgitrace.worker.output import TiedStream


class Pipe:
    def __init__(self):
        self.reading, self.writing = os.pipe()
        self.exchange = None
        self.span = 0
        self.stream = TiedStream(self.writing, lambda: None if self.exchange is None else (self.exchange, self.span))

    def read(self):
        os.set_blocking(self.reading, False)
        try:
            return os.read(self.reading, 1_000_000)
        except BlockingIOError:
            return b""

    def close(self):
        self.stream.close()
        os.close(self.reading)
        os.close(self.writing)


@pytest.fixture
def pipe():
    made = Pipe()
    yield made
    made.close()


def test_lines_go_out_at_once_and_carry_their_exchange(pipe):
    print("untied", file=pipe.stream)
    pipe.exchange = 12
    print("one\ntwo", file=pipe.stream)
    assert pipe.read() == b"untied\n\x0012\x00one\n\x0012\x00two\n"


def test_a_line_carries_the_pass_that_ended_it(pipe):
    pipe.exchange, pipe.span = 12, 3
    print("in a layer, ", end="", file=pipe.stream)
    pipe.span = 4
    print("and in the one inside", file=pipe.stream)
    pipe.stream.write("rest")
    pipe.stream.flush()
    assert pipe.read() == b"\x0012.4\x00in a layer, and in the one inside\n\x0012.4\x00rest"


def test_an_unfinished_line_waits_for_its_end_or_a_flush(pipe):
    pipe.exchange = 1
    pipe.stream.write("half ")
    assert pipe.read() == b""
    pipe.stream.write("whole\nrest")
    assert pipe.read() == b"\x001\x00half whole\n"
    pipe.stream.flush()
    assert pipe.read() == b"\x001\x00rest"


def test_lines_of_two_exchanges_are_not_mixed(pipe):
    pipe.exchange = 1
    pipe.stream.write("a")
    pipe.exchange = 2
    pipe.stream.write("b")
    pipe.stream.write("B\n")
    pipe.exchange = 1
    pipe.stream.write("A\n")
    assert pipe.read() == b"\x002\x00bB\n\x001\x00aA\n"


def test_only_line_feeds_end_a_line(pipe):
    pipe.exchange = 1
    pipe.stream.write("a\u2028b\x0bc\x85d\r\n")
    assert pipe.read() == "\x001\x00a\u2028b\x0bc\x85d\r\n".encode()


def test_a_line_that_looks_marked_is_not(pipe):
    pipe.stream.write("\0005\0odd\n")
    assert pipe.read() == b"\0\0\0005\0odd\n"


def test_what_is_no_text_is_refused_and_what_has_no_encoding_is_escaped(pipe):
    with pytest.raises(TypeError, match="must be str, not bytes"):
        pipe.stream.write(b"bytes")
    pipe.stream.write("\udcff\n")
    assert pipe.read() == b"\\udcff\n"


def test_binary_writes_go_straight_through(pipe):
    pipe.exchange = 3
    pipe.stream.buffer.write(b"raw\xff")
    assert pipe.read() == b"raw\xff"
    assert pipe.stream.fileno() == pipe.writing
    assert pipe.stream.encoding == "utf-8"
    assert not pipe.stream.isatty()


def test_a_very_long_line_is_written_before_its_end(pipe):
    writing = threading.Thread(target=pipe.stream.write, args=("x" * 100_000,))
    writing.start()
    received = 0
    while received < 100_000:
        received += len(os.read(pipe.reading, 65_536))
    writing.join()
    assert received == 100_000


def test_threads_do_not_break_into_each_others_lines(pipe):
    def work(name):
        for number in range(50):
            print(name, number, file=pipe.stream)

    threads = [threading.Thread(target=work, args=(f"t{index}",)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = pipe.read().decode().splitlines()
    assert sorted(lines) == sorted(f"t{index} {number}" for index in range(4) for number in range(50))


def test_without_a_reader_what_is_printed_goes_nowhere(pipe):
    os.close(pipe.reading)
    try:
        print("nobody reads this", file=pipe.stream)
        pipe.stream.write("nor the half of a line")
        pipe.stream.flush()
        os.write(pipe.writing, b"nor what other code writes")
    finally:
        pipe.reading = os.open(os.devnull, os.O_RDONLY)
