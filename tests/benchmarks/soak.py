"""Traced applications under eight clients for as long as you like: nothing crashes, leaks, hangs, or changes.

    nice python -m tests.benchmarks.soak [minutes, by default 10] [clients, by default 8] [names of applications]

Applications of the zoo that are installed, and of every shape, with threads, generators, exceptions and clients that go
away in the middle. Two processes serve them, one traced and one not, and each request is sent to both. Checks that each
answer is the one that was given without the probe, that no traceback is longer by more than a frame for each layer,
that no request takes a minute, and that from when all was warm to the end objects, memory, files and threads became no
more in the one process than in the other: many an application keeps something of each request. Prints a line for each
every half minute and a verdict; exits 1 when something is wrong.
"""

from __future__ import annotations

import json
import os
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
from wsgitrace.events import Dropped, Ended, Last, LayerFound, ObserverFault, decode_worker_frame
from wsgitrace.link import Receiver

HANGS = 60.0
WARM = 0.3
"""Share of the time after which all is warm."""
MORE = {"objects": 1_000, "resident": 16 * 2**20, "files": 16, "threads": 8}
"""What may become more in the traced process than in the other, from when all is warm to the end."""
LAYERS = 20
"""Layers that may be found after that."""
MISTAKES = 20


class Child:
    """A server's process."""

    def __init__(self, *names, traced):
        self.traced = traced
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- read when the process has ended
        self.told = Counter()
        self.faults = []
        self.states = []
        """What it said of itself, since all was warm."""
        self.link, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.soak_server", str(theirs.fileno()), *names],
            pass_fds=[theirs.fileno()],
            env={"MALLOC_ARENA_MAX": "2", **os.environ},  # as the supervisor starts a worker
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        theirs.close()
        threading.Thread(target=self._take, daemon=True).start()
        said = json.loads(self.process.stdout.readline())
        self.address = ("127.0.0.1", said["port"])
        self.asked = [self._expect(request) for request in said["asked"]]
        if traced:
            port = json.loads(parted(self.ask({"method": "GET", "path": TRACE, "body": ""}))[1])
            self.address = ("127.0.0.1", port)

    def _take(self):
        """Receive what the probe sends, as the debugger does."""
        for payload in Receiver(self.link):
            frame = decode_worker_frame(payload)
            if isinstance(frame, Last | Ended):
                self.told["exchanges"] += 1
            elif isinstance(frame, Dropped):
                self.told["dropped"] = frame.bodies + frame.events
            elif isinstance(frame, LayerFound):
                self.told["layers"] += 1
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
        return json.loads(parted(answer)[1]) | {"layers": self.told["layers"]}

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
    """Ask both processes the same, at random, until they are told to stop."""

    def __init__(self, child, control, count):
        self.child, self.control = child, control
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
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.control.ask(request, leave)
            except OSError as error:
                self.wrong.append(f"{request['path']}: {error!r}")
                continue
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


def growth_of(states):
    """What became more between the first of what a process said of itself and the last."""
    return {key: states[-1][key] - states[0][key] for key in MORE} if states else {}


def verdict(child, control, clients):
    """All that is wrong. Both processes have said of themselves how they are, twice at least."""
    wrong = list(clients.wrong[:MISTAKES])
    for process in (child.process, control.process):
        if process.poll() is not None:
            return [*wrong, f"a server's process ended: {process.returncode}", child.last_words()]
    traced, plain = growth_of(child.states), growth_of(control.states)
    first, last = child.states[0], child.states[-1]
    for key, limit in MORE.items():
        if traced[key] - plain[key] > limit:
            more = {name: count - first["kinds"].get(name, 0) for name, count in last["kinds"].items()}
            most = sorted(more.items(), key=lambda item: -item[1])[:8]
            wrong.append(f"{key}: {traced[key]:,} more traced, {plain[key]:,} not{f' {most}' * (key == 'objects')}")
    if last["layers"] - first["layers"] > LAYERS:
        wrong.append(f"layers: {first['layers']} when warm, {last['layers']} at the end")
    if last["drafts"] > 2 * last["open"]:
        wrong.append(f"{last['drafts']} frames of {last['open']} open requests are left where drafts are kept")
    return [*wrong, *child.faults]


def look_at(child, passed):
    """Have a process say how it is; print that."""
    state = child.state()
    child.states.append(state)
    shown = {key: state[key] for key in ("objects", "files", "threads", "open", "queued", "drafts") if key in state}
    name = "traced" if child.traced else "plain"
    print(f"{passed:6.0f} s  {name:6}  {state['resident'] / 2**20:6.1f} MB  {shown} {dict(child.told)}", flush=True)


def main(minutes, count, *names):
    """Run, print, judge."""
    child, control = Child(*names, traced=True), Child(*names, traced=False)
    print(f"{len(child.asked)} requests, {count} clients, {minutes:g} minutes", flush=True)
    clients = Clients(child, control, count)
    began, warm = time.monotonic(), False
    while time.monotonic() - began < minutes * 60 and child.process.poll() is None and not clients.wrong:
        time.sleep(min(30.0, minutes * 60 * WARM / 2))
        passed = time.monotonic() - began
        if not warm and passed > minutes * 60 * WARM:
            warm = True
            child.states.clear()
            control.states.clear()
        try:
            look_at(child, passed)
            look_at(control, passed)
        except (OSError, ValueError) as error:
            clients.wrong.append(f"no state: {error!r}")
    stuck = clients.stop()
    if stuck:
        clients.wrong.append(f"{len(stuck)} clients have no answer")
        child.process.send_signal(signal.SIGABRT)  # faulthandler prints where each thread is
    elif child.process.poll() is None and control.process.poll() is None:
        settle(child)
        look_at(child, time.monotonic() - began)
        look_at(control, time.monotonic() - began)
    wrong = verdict(child, control, clients)
    for each in (child, control):
        each.process.terminate()
        each.process.wait()
    print(dict(clients.counts), f"slowest answer {clients.slowest:.2f} s")
    for each in (child, control):
        print("traced: " if each.traced else "plain:  ", growth_of(each.states), "more since all was warm")
    print("\n".join(["WRONG:", *wrong]) if wrong else "nothing is wrong")
    return bool(wrong)


def settle(child):
    """Wait until no request is open but the one that asks, and all is told."""
    deadline = time.monotonic() + HANGS
    while time.monotonic() < deadline:
        state = child.state()
        if state["open"] <= 1 and not state["queued"]:
            return
        time.sleep(0.5)


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(*map(float, given[:1] or ["10"]), *map(int, given[1:2] or ["8"]), *given[2:]))
