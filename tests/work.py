"""Work for executors: functions of a module, so that any worker can import them."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import time
from pathlib import Path

from miner.errors import ConfigurationError
from miner.pipelines.executors.deadline import part

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


def burn(batch: int) -> int:
    """Stay inside one call of C code, where no thread and no signal handler has a turn."""
    if batch == POISON:
        re.match(r"(?:a+)+$", "a" * 60 + "!")
    return batch * batch


def burn_in_part(batch: list[str]) -> int:
    """Work through parts; one of them burns."""
    for name in batch:
        with part(name, 1):
            burn(POISON if name == "slow" else 1)
    return len(batch)


def sleep(batch: float) -> float:
    time.sleep(batch)
    return batch


def pid_and_burn(place: str) -> None:
    """Put this process's number into a file, and burn."""
    Path(place).write_text(str(os.getpid()), encoding="utf-8")
    burn(POISON)


def kill_parent(batch: int) -> int:
    """Kill the process above the one that does the work, now and then."""
    if batch % 3 == 0:
        above = multiprocessing.parent_process()
        assert above is not None and above.pid is not None
        os.kill(above.pid, signal.SIGKILL)
        time.sleep(0.2)
    return batch


def where(_batch: int) -> str:
    """Tell where multiprocessing was imported from."""
    return str(multiprocessing.__file__)


def refuse(batch: str) -> None:
    raise ConfigurationError(f"no {batch}", next_step="give it")
