from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys

from tests.support.waiting import PATIENCE

DEBUGGER = """
import json, sys, time
from pathlib import Path
from wsgitrace.capture import Writer
from wsgitrace.events import Start
from wsgitrace.supervisor import Supervisor, bind
listener = bind("127.0.0.1", 0)
writer = Writer.create(Path(sys.argv[1], "recording.wtrace"))
start = Start(app="served", directory=sys.argv[1], queue=200_000)
supervisor = Supervisor(start, [listener], writer, reload=False)
supervisor.start()
deadline = time.monotonic() + 60
while supervisor.state.phase != "serving":
    time.sleep(0.005)
    assert time.monotonic() < deadline, supervisor.state
print(json.dumps(listener.getsockname()[1]), flush=True)
while not supervisor.state.dropped:
    time.sleep(0.005)
    assert time.monotonic() < deadline, supervisor.state
print(json.dumps(supervisor.state.dropped), flush=True)
supervisor.stop()
writer.close()
"""

APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "65536")])
    return [b"x" * 65536]
"""


def test_requests_do_not_wait_for_a_debugger_that_stands_still_and_what_is_dropped_is_told(tmp_path):
    (tmp_path / "served.py").write_text(APP)
    with subprocess.Popen(
        [sys.executable, "-c", DEBUGGER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as debugger:
        try:
            client = http.client.HTTPConnection("127.0.0.1", json.loads(debugger.stdout.readline()), timeout=PATIENCE)
            debugger.send_signal(signal.SIGSTOP)
            for _ in range(100):
                client.request("GET", "/")
                assert len(client.getresponse().read()) == 65536
            client.close()
            debugger.send_signal(signal.SIGCONT)
            assert json.loads(debugger.stdout.readline()) > 0
            assert debugger.wait(PATIENCE) == 0
        finally:
            debugger.kill()
