"""What a piece of text from outside may look like when it stays: a path's segment, a campaign's value.

The group wall is the backstop (a value of one person never becomes a group); this is the first sieve.
"""

import re
import unicodedata
from urllib.parse import unquote

import re2

OTHER = "(other)"  # not kept: too long, too deep, unreadable, unknown
HIDDEN = "*"  # something stood here that may point at a person

LONGEST_VALUE = 64  # of a campaign's value, in characters

# All but these few pass at once: no digit, no "@", no "%", plain ASCII and too short to be a token.
_HARMLESS = re.compile(r"[A-Za-z_.,!'~ -]{0,15}\Z")

_WITHOUT_CASE = re2.Options()
_WITHOUT_CASE.case_sensitive = False

# Searched in the text's compatibility form (NFKC), so that full-width "@" and digits count as what they look like.
# By re2: 1 us, where `re` needs 15 for as many alternatives.
_SIGNS = (
    r"@",  # an e-mail address, or a user's name
    r"%[0-9a-f]{2}",  # still escaped after two decodings: %2540
    r"\p{Nd}{5}",  # an order, a customer, a personal or company number
    r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}",  # a UUID
    r"[0-9a-f]{16}",  # a digest or session in hexadecimal digits
    r"\beyJ[\w-]{7}",  # a JSON Web Token: base64 of '{"'
    r"(?:^|[^\d.])(?:\d{1,3}\.){3}\d{1,3}(?:[^\d.]|$)",  # an IPv4 address
    r"(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}$",  # an IPv6 address
)
_PERSONAL = re2.compile("|".join(_SIGNS), _WITHOUT_CASE)
_SPACED_DIGITS = re.compile(r"\+?\d+(?:[-. _()]{1,2}\d+)+")
_CARD = re.compile(r"(?:\d{4}[-. _]){3}\d{1,4}")
_WORD = re.compile(r"[^\W_]+")
# A measure or a model is no token: 256gb, 100x200cm, w32, su27, sn850x. Nor is a CamelCase name, by its few capitals.
_MEASURE = re.compile(r"\d{1,4}(?:x\d{1,4}){0,2}[a-z]{0,4}|[a-z]{1,4}\d{1,4}[a-z]{0,2}", re.IGNORECASE)
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{7}", re.IGNORECASE)  # Swedish manages six: "matchstjärna"
_VOWELS = re.compile(r"[aeiouy]", re.IGNORECASE)


def clean(text: str) -> str:
    """Return the text without control, bidirectional, unassigned or lone surrogate characters, in NFC."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " * (unicodedata.category(c) == "Zs") for c in text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def decode(text: str) -> str:
    """Undo percent escapes, twice at most, and clean.

    Bytes that are no UTF-8 are read as Latin-1, which old Swedish shops' addresses are in.
    """
    for _ in range(2):
        if "%" not in text:
            break
        try:
            text = unquote(text, errors="strict")
        except UnicodeDecodeError:
            text = unquote(text, encoding="latin-1")
    return clean(text)


def is_personal(text: str) -> bool:
    """Tell whether a decoded, clean segment or value may point at a person: an address, a number, a token."""
    if _HARMLESS.match(text):
        return False
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return (
        _PERSONAL.search(text) is not None
        or any(_is_number_of_person(match.group()) for match in _SPACED_DIGITS.finditer(text))
        or _is_random(text)
    )


def scrub_value(text: str) -> str:
    """Return a campaign's value as it may be kept: "*" when personal, "(other)" when longer than 64 characters."""
    text = " ".join(decode(text.replace("+", " ")).split())
    if is_personal(text):
        return HIDDEN
    return text if len(text) <= LONGEST_VALUE else OTHER


def _is_number_of_person(text: str) -> bool:
    """Tell whether digits in groups of at most four make a telephone, personal or card number.

    Undivided, all of these hold five digits in a row and are caught by that already.
    """
    digits = "".join(c for c in text if c.isdecimal())
    if text.startswith("+") or digits.startswith("00"):
        return len(digits) >= 8  # the shortest international numbers: +46 8 12 34 56 has nine
    if digits.startswith("0") and len(digits) in {9, 10}:
        return True  # 08-123 45 67, 070-123 45 67; a date written 05-17-2015 has eight
    if len(digits) in {10, 12}:
        return _is_personnummer(digits[-10:]) and _luhn(digits[-10:])
    return _CARD.fullmatch(text) is not None and _luhn(digits)


def _is_personnummer(digits: str) -> bool:
    """Tell whether ten digits begin with a date; of a samordningsnummer with its day plus 60."""
    month, day = int(digits[2:4]), int(digits[4:6])
    return 1 <= month <= 12 and (1 <= day <= 31 or 61 <= day <= 91)


def _luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) << (place & 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_random(text: str) -> bool:
    """Tell whether sixteen letters and digits or more look drawn by lot rather than written.

    Written text changes between small letters, capitals and digits at its hyphens; a token does so anywhere.
    Only letters of one case: a token has hardly any vowels or many consonants in a row.
    """
    words = _WORD.findall(text)
    letters = sum(map(len, words))
    if letters < 16:
        return False
    changes = sum(_changes(word) for word in words)
    if changes >= 4 and changes / (letters - len(words)) >= 0.25:
        return True
    return any(
        len(word) >= 16 and (_CONSONANTS.search(word) is not None or len(_VOWELS.findall(word)) < 0.2 * len(word))
        for word in words
        if word.isascii()
    )


def _changes(word: str) -> int:
    if word.isalpha() and (word.islower() or word[1:].islower()):
        return 0
    capitals = sum(map(str.isupper, word))
    if _MEASURE.fullmatch(word) or (word.isalpha() and capitals * 4 <= len(word)):
        return 0
    kinds = ["0" if c.isdecimal() else "A" if c.isupper() else "a" for c in word]
    if kinds[:2] == ["A", "a"]:
        kinds = kinds[1:]  # a word's capital initial
    return sum(map(str.__ne__, kinds, kinds[1:]))
