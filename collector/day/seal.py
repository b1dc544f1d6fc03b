"""Sealing: authenticated encryption of what waits, under keys derived from the day's key, one per purpose."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = (
    12  # random: 2**32 group commits under one day's key keep the collision risk below 2**-32 (NIST SP 800-38D, 8.3)
)


def derive(day_key: bytes, purpose: str) -> bytes:
    """The 32-byte key of one purpose ("hits", "waiting", "draws"), derived from the day's key by HKDF-SHA256."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(day_key)


class Seal:
    """Seals and opens bytes for one purpose of one day. `place` ties a sealed text to where it stands."""

    def __init__(self, day_key: bytes, purpose: str) -> None:
        self._cipher = AESGCM(derive(day_key, purpose))

    def close(self, plain: bytes, place: bytes) -> bytes:
        """Nonce and ciphertext, 28 bytes longer than `plain`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, place)

    def open(self, sealed: bytes, place: bytes) -> bytes | None:
        """The plain bytes; None when the text is torn, altered, or stands in another place."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
        except (InvalidTag, ValueError):
            return None
