"""The packaged server speaks no TLS, so a relay does: what matters is our side of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from bot.errors import StoreUnavailableError
from bot.store.redis import connect, translate_errors
from tests.store.servers import server


def _write_certificate(path: Path) -> None:
    """Write a certificate for 127.0.0.1 that signs itself, and its key."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@pytest.fixture(name="secured")
async def _secured(tmp_path: Path) -> AsyncIterator[tuple[int, Path]]:
    """Yield the port of a Redis behind TLS, and the certificate to trust."""
    pem = tmp_path / "server.pem"
    _write_certificate(pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    async with server(tmp_path) as own:

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            path = own.url.removeprefix("unix://")
            there_reader, there_writer = await asyncio.open_unix_connection(path)
            await asyncio.gather(_pass_on(reader, there_writer), _pass_on(there_reader, writer))

        relaying = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
        yield relaying.sockets[0].getsockname()[1], pem
        relaying.close()


async def test_tls_is_spoken_to_whom_we_trust(secured: tuple[int, Path]) -> None:
    """With the certificate of the authority the connection works like any other."""
    port, pem = secured
    client = connect(f"rediss://127.0.0.1:{port}?ssl_ca_certs={pem}")

    async with translate_errors():
        await client.set("a", "1")
        assert await client.get("a") == "1"
    await client.aclose()


async def test_tls_is_refused_to_strangers(secured: tuple[int, Path]) -> None:
    """A certificate that nobody vouches for is not accepted, and neither is plain text."""
    port, _ = secured
    for url in (f"rediss://127.0.0.1:{port}", f"redis://127.0.0.1:{port}"):
        client = connect(url)
        with pytest.raises(StoreUnavailableError):
            async with translate_errors():
                await client.get("a")
        await client.aclose()
