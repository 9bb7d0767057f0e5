"""The debugger's side without a screen: starts and watches the worker, receives, records, commands."""

from wsgitrace.supervisor.analysis import analyse
from wsgitrace.supervisor.binding import BindError, bind, bind_unix, inherit, passed_by_systemd, unlink
from wsgitrace.supervisor.certificate import CertificateError, check, self_signed
from wsgitrace.supervisor.inspecting import inspect
from wsgitrace.supervisor.state import Counters, Phase, WorkerState
from wsgitrace.supervisor.supervisor import Supervisor

__all__ = [
    "BindError",
    "CertificateError",
    "Counters",
    "Phase",
    "Supervisor",
    "WorkerState",
    "analyse",
    "bind",
    "bind_unix",
    "check",
    "inherit",
    "inspect",
    "passed_by_systemd",
    "self_signed",
    "unlink",
]
