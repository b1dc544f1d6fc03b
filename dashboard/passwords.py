"""Passwords: which will do, and how they are kept (argon2id). Rules after NIST SP 800-63B: length, not composition."""

import secrets
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from collector.errors import AccountError

SHORTEST: Final = 12  # characters of a password
LONGEST: Final = 1024  # bytes: more would be work for nothing
GUESSES: Final = 10**9  # the throttle lets one name be tried 1,440 times a day, so this takes 1,900 years
LOOKED_AT: Final = 72  # characters that the guesser looks at; more only make it slow

# OWASP's least for argon2id: 19 MiB, 2 rounds, 1 lane.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_SYLLABLES: Final = [a + b for a in "bdfghjklmnprstvz" for b in "aeiou"]  # 80: 6.3 bits each
# What the guesser's English lists lack: words that people here begin a password with, and what is close at hand.
_COMMON: Final = (
    *("lösenord", "losenord", "hemligt", "hejsan", "hejhej", "välkommen", "valkommen", "sommar", "vinter", "hösten"),
    *("våren", "sverige", "svenska", "stockholm", "göteborg", "goteborg", "malmö", "malmo", "uppsala", "älskling"),
    *("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november"),
    *("december", "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag", "kalle", "anka", "fotboll"),
    *("trekvart", "statistik", "besökare", "administrator", "administratör", "analytics", "webbshop", "butik"),
)


def generate_password() -> str:
    """Twelve syllables in four words that can be read aloud and typed: 75 bits."""
    return "-".join("".join(secrets.choice(_SYLLABLES) for _ in range(3)) for _ in range(4))


def normal(text: str) -> str:
    """One spelling of letters that have two, whatever keyboard wrote them (NIST SP 800-63B)."""
    return unicodedata.normalize("NFC", text).encode("utf-8", "replace").decode()


def hash_password(password: str, name: str) -> str:
    """What is kept of an account's new password. Raises AccountError when it is too short or too easily guessed."""
    password = normal(password)
    if len(password) < SHORTEST or len(password.encode()) > LONGEST:
        raise AccountError(f"A password has at least {SHORTEST} characters, and at most {LONGEST} bytes.", "short")
    if _guesses(password, name) < GUESSES:
        raise AccountError(
            "This password is among the first that a guesser would try; take some words that have nothing to do with "
            "each other, or let trekvart make one up.",
            "guessable",
        )
    return _HASHER.hash(password)


def renew(hashed: str, password: str) -> str:
    """The hash, or a new one of the same password when the parameters have risen since it was made."""
    return _HASHER.hash(normal(password)) if _HASHER.check_needs_rehash(hashed) else hashed


def matches(hashed: str, password: str) -> bool:
    """Whether it is this password. Takes some 20 ms and 19 MiB."""
    if len(password.encode("utf-8", "replace")) > LONGEST:
        return False
    try:
        return _HASHER.verify(hashed, normal(password))
    except (VerificationError, InvalidHashError):
        return False


def nobodys() -> str:
    """A hash that no password matches: what an unknown name is tested against, so that it takes as long."""
    return _HASHER.hash(secrets.token_urlsafe())


def _guesses(password: str, name: str) -> float:
    """How many guesses a good guesser needs (zxcvbn, USENIX Security 2016)."""
    from zxcvbn import zxcvbn  # late: 14 MB and 0.2 s of word lists, for the moment when somebody chooses a password

    found = zxcvbn(password[:LOOKED_AT], user_inputs=[name, *name.replace("@", ".").split("."), *_COMMON])
    return float(found["guesses"])
