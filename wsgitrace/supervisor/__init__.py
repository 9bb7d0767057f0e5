"""The debugger's side without a screen: starts and watches the worker, receives, records, commands."""

from wsgitrace.supervisor.analysis import analyse
from wsgitrace.supervisor.binding import BindError, bind
from wsgitrace.supervisor.inspecting import inspect
from wsgitrace.supervisor.state import Counters, Phase, WorkerState
from wsgitrace.supervisor.supervisor import Supervisor

__all__ = ["BindError", "Counters", "Phase", "Supervisor", "WorkerState", "analyse", "bind", "inspect"]
