"""What the errors of PostgreSQL and its drivers mean for a user, by SQLSTATE where there is one."""

from __future__ import annotations

from miner.errors import ConfigurationError, MinerError, RetryLater

_DRIVERS = frozenset({"psycopg", "adbc_driver_manager"})
_KEPT = "everything up to the last committed batch"
_AGAIN = "run the same command again: it goes on where it stopped"
_CHECK = "check MINER_DATABASE_URL: its user, password, host and database"

_NOT_NOW = ("08", "40", "53", "55", "57")
"""Classes of SQLSTATE that pass: connection, deadlock, resources, locks, an operator's hand."""
_LOGIN = (
    "authentication failed", "no password supplied", "pg_hba.conf", "does not exist",
    "not permitted to log in",
)  # fmt: skip
_ADDRESS = ("invalid connection option", "invalid port", "invalid sslmode", "invalid integer value")


def postgres_error(error: BaseException) -> MinerError | None:
    """Return what an exception of a PostgreSQL driver means, None for other ones and for our bugs.

    A server that cannot be reached is worth another try, a wrong password is not.
    """
    if type(error).__module__.partition(".")[0] not in _DRIVERS:
        return None
    lines = str(error).strip().splitlines() or [type(error).__name__]
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return _by_state(state, lines[0])  # the other lines repeat the statement
    message = " ".join(line.strip() for line in lines)
    if any(text in message for text in _ADDRESS):
        return ConfigurationError(
            f"the address of the store cannot be used: {message}", next_step=_CHECK
        )
    kinds = {base.__name__ for base in type(error).__mro__}
    if kinds.isdisjoint({"OperationalError", "InterfaceError"}):
        return None
    if any(text in message for text in _LOGIN):
        return _refused(message)
    return RetryLater(
        f"PostgreSQL cannot be reached: {message}",
        next_step=f"see that the server runs and MINER_DATABASE_URL is right; then {_AGAIN}",
        kept=_KEPT,
    )


def _by_state(state: str, message: str) -> MinerError | None:
    if state == "53100":
        return ConfigurationError(
            f"the disk of the PostgreSQL server is full: {message}",
            next_step="free space there, then run the same command again",
            kept=_KEPT,
        )
    if state.startswith(("28", "3D")):
        return _refused(message)
    if state in {"42501", "25006"}:
        return ConfigurationError(
            f"PostgreSQL does not let this role do that: {message}",
            next_step="GRANT it the right, or use another role: a crawl writes and makes tables, "
            "export only reads",
            kept=_KEPT,
        )
    if state.startswith(_NOT_NOW):
        return RetryLater(f"PostgreSQL broke off: {message}", next_step=_AGAIN, kept=_KEPT)
    return None


def _refused(message: str) -> MinerError:
    return ConfigurationError(f"PostgreSQL refuses the login: {message}", next_step=_CHECK)
