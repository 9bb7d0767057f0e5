"""Traced applications under eight clients for as long as you like: nothing crashes, leaks, hangs, or changes.

    nice python -m tests.benchmarks.soak [minutes, by default 10] [clients, by default 8]

Applications of the zoo that are installed, and of every shape, with threads, generators, exceptions and clients that go
away in the middle. Checks that each answer is the one that was given without the probe, that no traceback is longer by
more than a frame for each layer, that no request takes a minute, and that objects, memory, files and threads are no
more at the end than when all was warm. Prints a line every half minute and a verdict; exits 1 when something is wrong.
"""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from typing import NamedTuple

from tests.benchmarks.soak_server import STATE, TRACE
from tests.zoo.animal import plainly
from wsgitrace.events import Dropped, Ended, Last, ObserverFault, decode_worker_frame
from wsgitrace.link import Receiver

HANGS = 60.0
WARM = 0.3
"""Share of the time after which all is warm."""
OBJECTS, RESIDENT, FILES, THREADS = 0.03, 32 * 2**20, 16, 8
"""What there may be more of at the end: objects as a share, the others as such."""
MISTAKES = 20


class Child:
    """The server's process."""

    def __init__(self):
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- read when the process has ended
        self.told = Counter()
        self.faults = []
        self.link, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.soak_server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        theirs.close()
        threading.Thread(target=self._take, daemon=True).start()
        said = json.loads(self.process.stdout.readline())
        self.address = ("127.0.0.1", said["port"])
        self.asked = [self._expect(request) for request in said["asked"]]
        traced = json.loads(parted(self.ask({"method": "GET", "path": TRACE, "body": ""}))[1])
        self.address = ("127.0.0.1", traced)

    def _take(self):
        """Receive what the probe sends, as the debugger does."""
        for payload in Receiver(self.link):
            frame = decode_worker_frame(payload)
            if isinstance(frame, Last | Ended):
                self.told["exchanges"] += 1
            elif isinstance(frame, Dropped):
                self.told["dropped"] = frame.bodies + frame.events
            elif isinstance(frame, ObserverFault):
                self.faults.append(f"{frame.hook}: {frame.error}")

    def _expect(self, request):
        """Take note of the answer that a request is given without the probe, where that is the same each time."""
        answers = [answer_of(self.ask(request)) for _ in range(5)]
        same = all(answer == answers[0] for answer in answers)
        return {**request, "frames": answers[0].frames, "answer": answers[0] if same else None}

    def ask(self, request, leave=None):
        """Send one request; its status line and fields, and body. ``leave``: go after so many bytes of the answer."""
        body = request["body"].encode()
        head = f"{request['method']} {request['path']} HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n"
        if body:
            head += f"Content-Length: {len(body)}\r\n"
        received = b""
        with socket.create_connection(self.address, timeout=HANGS) as client:
            client.sendall(head.encode() + b"\r\n" + (body[: len(body) // 2] if leave == 0 else body))
            while leave is None or len(received) < leave:
                try:
                    data = client.recv(65_536)
                except ConnectionResetError:
                    break
                if not data:
                    break
                received += data
        return received

    def state(self):
        """What the process says of itself."""
        answer = self.ask({"method": "GET", "path": STATE, "body": ""})
        return json.loads(parted(answer)[1])

    def last_words(self):
        """The end of what it wrote to stderr."""
        self.errors.seek(0)
        return self.errors.read()[-6000:]


class Answer(NamedTuple):
    """What is compared of an answer."""

    status: str
    body: str
    frames: int
    """Of the traceback of the exception that left the application; 0 for none."""


def answer_of(received):
    """An answer, without dates."""
    head, body = parted(received)
    frames = [line for line in head.split(b"\r\n") if line.lower().startswith(b"x-frames: ")]
    status, text = head.partition(b"\r\n")[0].decode("latin-1"), plainly(body.decode("latin-1"))
    return Answer(status, text, int(frames[0][10:]) if frames else 0)


def parted(answer):
    """The head and the body of an answer, whose chunks are put together."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" not in head.lower():
        return head, rest
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size or b"0", 16)
        if not length:
            break
        body += rest[:length]
        rest = rest[length + 2 :]
    return head, body


class Clients:
    """Ask at random until they are told to stop."""

    def __init__(self, child, count):
        self.child = child
        self.counts = Counter()
        self.wrong = []
        self.slowest = 0.0
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(number,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def _run(self, seed):
        chance = random.Random(seed)
        while not self.stopping.is_set() and len(self.wrong) < MISTAKES:
            request = chance.choice(self.child.asked)
            leave = chance.choice((0, 1, 40, 200)) if chance.random() < 0.1 else None
            began = time.monotonic()
            try:
                answer = self.child.ask(request, leave)
            except OSError as error:
                self.wrong.append(f"{request['path']}: {error!r}")
                continue
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.counts["left" if leave is not None else "answered"] += 1
            if leave is None:
                self._compare(request, answer_of(answer))

    def _compare(self, request, answer):
        self.counts["tracebacks"] += bool(answer.frames)
        # One frame for each layer at most; as it is, there is none more at all.
        if request["frames"] and answer.frames > request["frames"]:
            self.wrong.append(f"{request['path']}: {answer.frames} frames, {request['frames']} without the probe")
        if request["answer"] is not None and answer != request["answer"]:
            before = str(request["answer"])[:200]
            self.wrong.append(f"{request['path']}: {str(answer)[:200]}, {before} without the probe")

    def stop(self):
        """Wait until each has its last answer; those that have none."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(2 * HANGS)
        return [thread.name for thread in self.threads if thread.is_alive()]


def verdict(child, clients, warm, last):
    """All that is wrong."""
    wrong = list(clients.wrong[:MISTAKES])
    if child.process.poll() is not None:
        return [*wrong, f"the server's process ended: {child.process.returncode}", child.last_words()]
    grown = {key: last[key] - warm[key] for key in ("objects", "resident", "files", "threads")}
    limits = {"objects": warm["objects"] * OBJECTS, "resident": RESIDENT, "files": FILES, "threads": THREADS}
    for key, growth in grown.items():
        if growth > limits[key]:
            more = {name: count - warm["kinds"].get(name, 0) for name, count in last["kinds"].items()}
            most = sorted(more.items(), key=lambda item: -item[1])[:8]
            wrong.append(f"{key}: {warm[key]:,} when warm, {last[key]:,} at the end{f' {most}' * (key == 'objects')}")
    return [*wrong, *child.faults]


def main(minutes, count):
    """Run, print, judge."""
    child = Child()
    print(f"{len(child.asked)} requests, {count} clients, {minutes:g} minutes", flush=True)
    clients = Clients(child, count)
    began, warm, last = time.monotonic(), None, None
    while time.monotonic() - began < minutes * 60 and child.process.poll() is None and not clients.wrong:
        time.sleep(min(30.0, minutes * 60 * WARM / 2))
        passed = time.monotonic() - began
        try:
            last = child.state()
        except (OSError, ValueError) as error:
            clients.wrong.append(f"no state: {error!r}")
            break
        if warm is None and passed > minutes * 60 * WARM:
            warm = last
        shown = {key: last[key] for key in ("objects", "files", "threads", "open")} | child.told
        print(f"{passed:6.0f} s  {last['resident'] / 2**20:6.1f} MB  {shown}  {dict(clients.counts)}", flush=True)
    stuck = clients.stop()
    if stuck:
        clients.wrong.append(f"{len(stuck)} clients have no answer")
        child.process.send_signal(signal.SIGABRT)  # faulthandler prints where each thread is
    elif child.process.poll() is None:
        last = child.state()
    wrong = verdict(child, clients, warm or last, last)
    child.process.terminate()
    child.process.wait()
    print(f"slowest answer {clients.slowest:.2f} s")
    print("\n".join(["WRONG:", *wrong]) if wrong else "nothing is wrong")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(float((sys.argv[1:] or ["10"])[0]), int((sys.argv[2:] or ["8"])[0])))
