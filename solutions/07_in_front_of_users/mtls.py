"""Mutual TLS on this machine: an authority, two certificates, and a TLS door in front of a server without one."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Signed = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def certificate(name: str, folder: Path, authority: Signed | None = None) -> Signed:
    """Make a certificate and its key, signed by an authority or by itself; write NAME.pem and NAME.key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(
            authority[0].subject if authority else subject, subject, key.public_key(), x509.random_serial_number()
        )
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(authority[1] if authority else key, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{name}.key").write_bytes(key.private_bytes(*form))
    return made, key


async def open_door(folder: Path, to_port: int) -> asyncio.Server:
    """Listen with TLS on a free port, let in anyone with a certificate from our authority, and pass the bytes on."""
    rules = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "authority.pem"))
    rules.load_cert_chain(folder / "server.pem", folder / "server.key")
    rules.verify_mode = ssl.CERT_REQUIRED
    rules.set_alpn_protocols(["h2"])

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", to_port)
        await asyncio.gather(pump(reader, outer), pump(inner, writer), return_exceptions=True)

    return await asyncio.start_server(enter, "127.0.0.1", 0, ssl=rules)
