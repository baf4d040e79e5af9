"""Pieces of work beside each other, each for a twentieth of a second in its turn.

A machine that others use as well is now faster and now slower, by a fifth and more; so it is for all of them alike.
"""
import os
import pickle
import select
import signal
import statistics
import time

SLICE_S = 0.05


class Cost:
    """Seconds of its own turns, seconds of one processor, and the most memory of one process."""

    def __init__(self, wall, cpu, memory_mb):
        self.wall, self.cpu, self.memory_mb = wall, cpu, memory_mb

    def over(self, other):
        return Cost(self.wall / other.wall, self.cpu / other.cpu, self.memory_mb / other.memory_mb)

    @staticmethod
    def middle(costs):
        return Cost(*(statistics.median(column) for column in zip(*((c.wall, c.cpu, c.memory_mb) for c in costs))))

    def __str__(self):
        return f"{self.wall:.2f} s, {self.cpu:.2f} s, {self.memory_mb:.0f} MB"


class Turn:
    """One piece of work, in a process of its own that begins stopped and leads a group, which its programs join."""

    def __init__(self, work):
        answers, answer = os.pipe()
        self.wall = 0.0
        self.process = os.fork()
        if self.process == 0:
            self._work(work, answer)
        os.close(answer)
        self.answers = os.fdopen(answers, "rb")
        os.waitpid(self.process, os.WUNTRACED)
        self.handle = os.pidfd_open(self.process)

    @staticmethod
    def _work(work, answer):
        try:
            os.setpgid(0, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            try:
                said = (True, work())
            except BaseException as error:  # SystemExit says what went wrong.
                said = (False, str(error))
            with os.fdopen(answer, "wb") as file:
                pickle.dump(said, file)
        finally:
            os._exit(0)

    def take(self):
        """Works for a slice; true once it has ended."""
        began = time.monotonic()
        os.killpg(self.process, signal.SIGCONT)
        has_ended = bool(select.select([self.handle], [], [], SLICE_S)[0])
        if not has_ended:
            os.killpg(self.process, signal.SIGSTOP)
        self.wall += time.monotonic() - began
        return has_ended

    def end(self):
        _, status, used = os.wait4(self.process, 0)
        os.close(self.handle)
        with self.answers as answers:
            said = answers.read()
        went_well, answer = pickle.loads(said) if said else (False, f"it ended with {status}, without a word")
        if not went_well:
            raise SystemExit(answer)
        return Cost(self.wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024), answer


def in_turns(*works):
    """What each cost, and its answer."""
    turns, working = [], []
    try:
        for work in works:
            turns.append(Turn(work))
            working.append(turns[-1])
        while working:
            working = [turn for turn in working if not turn.take()]
    finally:
        # Whoever stops the benchmark leaves nothing behind that waits for its turn.
        for turn in working:
            os.killpg(turn.process, signal.SIGKILL)
    return [turn.end() for turn in turns]
