"""Work for executors: functions of a module, so that any worker can import them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

POISON = -1


def square(batch: list[int]) -> list[int]:
    return [number * number for number in batch]


def square_or_die(batch: list[int]) -> list[int]:
    """As the kernel does it to a process that takes too much memory."""
    if POISON in batch:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return square(batch)


def die_the_first_time(batch: tuple[str, int]) -> int:
    """Die once for each place."""
    place, number = batch
    try:
        Path(place).touch(exist_ok=False)
    except FileExistsError:
        return number
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def halve(batch: int) -> int:
    if batch % 2:
        raise ValueError(f"{batch}\nis odd")
    return batch // 2


def something_that_cannot_be_sent(batch: int) -> object:
    return (lambda: None) if batch else batch


def tell_pid_and_sleep(batch: tuple[str, float]) -> None:
    """Put this process's number into a file, and stay busy."""
    place, seconds = batch
    Path(place).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(seconds)
