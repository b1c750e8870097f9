"""Makes a key for codec.py, which uses it from now on: python new_key.py"""

from datetime import date

from codec import FOLDER
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def make_key() -> None:
    """Make today's key. It never replaces one: what that one has encrypted could never be read again."""
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{date.today()}.key"
    file.touch(0o600, exist_ok=False)
    file.write_bytes(AESGCM.generate_key(bit_length=256))


if __name__ == "__main__":
    make_key()
