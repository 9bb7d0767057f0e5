"""The pool: order, growth while threads wait, and its end."""

from __future__ import annotations

import threading

import pytest

from wsgitrace.server.options import ServerOptions
from wsgitrace.server.pool import Pool


class Roused(Pool):
    """Puts threads to work at once, where the selector does so when it has submitted all there is."""

    def submit(self, job):
        taken = super().submit(job)
        self.rouse()
        return taken


@pytest.fixture
def work():
    """A pool whose jobs are functions."""
    pools = []

    def make(**bounds):
        pool = Roused(ServerOptions(**bounds), lambda job: job())
        pools.append(pool)
        return pool

    yield make
    for pool in pools:
        pool.close()


def test_jobs_run_in_order_on_one_thread(work, wait_until):
    pool = work(threads=1)
    done = []
    for number in range(50):
        assert pool.submit(lambda number=number: done.append(number))
    wait_until(lambda: len(done) == 50)
    assert done == list(range(50))


def test_never_more_at_once_than_threads(work, wait_until):
    pool = work(threads=3, queue_patience=1e6)
    leave, done = threading.Semaphore(0), []

    def job():
        assert leave.acquire(timeout=20)
        done.append(1)

    for _ in range(9):
        pool.submit(job)
    # They are put to work when the queue stands still.
    wait_until(lambda: pool.tend() or len(pool.names) == 3)
    assert pool.tend() == []
    assert len(pool.names) == 3
    leave.release(9)
    wait_until(lambda: len(done) == 9)


def test_jobs_that_wait_are_given_all_threads_at_once(work):
    pool = work(threads=4)
    together = threading.Barrier(5)
    for _ in range(4):
        pool.submit(lambda: together.wait(timeout=20))
    # Nobody but who submits looks after them.
    together.wait(timeout=20)


def test_grows_while_threads_are_blocked_and_shrinks_again(work, wait_until):
    pool = work(threads=2, max_threads=6)
    entered, leave = threading.Semaphore(0), threading.Semaphore(0)

    def job():
        with pool.blocking:
            entered.release()
            leave.acquire(timeout=20)

    for _ in range(8):
        pool.submit(job)
    for _ in range(6):
        assert entered.acquire(timeout=20)
    assert pool.busy == 8
    assert len(pool.names) == 6, "the cap holds"
    for _ in range(8):
        leave.release()
    wait_until(lambda: not pool.busy)
    wait_until(lambda: len(pool._lanes) <= 2)


def test_a_job_that_fails_ends_no_thread(work, wait_until, capsys):
    pool = work(threads=1)
    done = []

    def fail():
        raise SystemExit(3)

    pool.submit(fail)
    pool.submit(lambda: done.append(1))
    wait_until(lambda: done)
    assert "SystemExit" in capsys.readouterr().err


def test_close_gives_back_what_nobody_began(work, wait_until):
    pool = work(threads=1)
    entered, leave = threading.Semaphore(0), threading.Semaphore(0)

    def job():
        entered.release()
        leave.acquire(timeout=20)

    pool.submit(job)
    assert entered.acquire(timeout=20)
    pool.submit(job)
    assert pool.close() == [job]
    assert pool.names == ("wsgi-1",)
    leave.release()
    wait_until(lambda: pool.names == ())


def test_a_system_without_threads_keeps_the_job(work, monkeypatch):
    def refuse(function, arguments):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("wsgitrace.server.pool.start_new_thread", refuse)
    pool = work(threads=2)
    assert pool.submit(print)
    assert pool.busy == 1
    assert pool.close() == [print]
