"""Batches over TLS: both sides show certificates, and without one nothing comes in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from miner.errors import ConfigurationError, RetryLater
from miner.pipelines.executors import Done, open_executor
from tests.dask_cluster import QUIET, end_with_children, start
from tests.work import square


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that signs itself, for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "miner test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    folder.mkdir()
    certificate, secret = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, secret


@contextmanager
def configured(certificate: Path, key: Path) -> Iterator[None]:
    """Set what DASK_DISTRIBUTED__COMM__TLS__CA_FILE and so on set for a command."""
    import dask.config  # noqa: PLC0415 - heavy
    import distributed  # noqa: F401, PLC0415 - its defaults come with it

    place = "distributed.comm.tls"
    with dask.config.set({
        f"{place}.ca-file": str(certificate), f"{place}.client.cert": str(certificate),
        f"{place}.client.key": str(key),
    }):  # fmt: skip
        yield


def test_work_is_done_over_tls_and_only_with_a_certificate(
    tmp_path: Path,
) -> None:
    certificate, key = make_certificate(tmp_path / "own")
    other = make_certificate(tmp_path / "other")
    options = ["--tls-ca-file", str(certificate), "--tls-cert", str(certificate),
               "--tls-key", str(key)]  # fmt: skip
    scheduler_file = tmp_path / "scheduler.json"
    scheduler = ["dask", "scheduler", "--protocol", "tls", "--port", "0", "--scheduler-file",
                 str(scheduler_file), *options, *QUIET]  # fmt: skip
    running = [start(scheduler, tmp_path, "scheduler")]
    try:
        end = time.monotonic() + 60
        while not (scheduler_file.exists() and scheduler_file.read_text(encoding="utf-8")):
            assert time.monotonic() < end, (tmp_path / "scheduler.log").read_text()
            time.sleep(0.1)
        address = json.loads(scheduler_file.read_text(encoding="utf-8"))["address"]
        assert address.startswith("tls://")
        worker = ["dask", "worker", address, "--nthreads", "1", *options, *QUIET]
        running.append(start(worker, tmp_path, "worker"))
        with configured(certificate, key), open_executor(address) as executor:
            done = list(executor.map(square, [[1, 2], [3]]))
        assert sorted(one.result for one in done if isinstance(one, Done)) == [[1, 4], [9]]
        with pytest.raises(RetryLater), open_executor(address.replace("tls://", "dask://")):
            pass
        with configured(*other), pytest.raises(RetryLater), open_executor(address):
            pass
        absent = tmp_path / "none.pem"
        with (
            configured(absent, absent),
            pytest.raises(ConfigurationError, match="certificates"),
            open_executor(address),
        ):
            pass
    finally:
        for process in running:
            end_with_children(process)
