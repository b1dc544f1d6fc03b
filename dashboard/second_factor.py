"""The second factor: codes of a clock (TOTP, RFC 6238) from an app, and ten recovery codes for when it is lost.

The secret lies in the control database as it is, for the server must count with it; recovery codes only as hashes.
"""

import base64
import hashlib
import secrets
from typing import Final

import pyotp
import segno

from collector.control import Control
from collector.errors import AccountError
from dashboard.roles import Account

SECONDS: Final = 30  # of a code
DRIFT: Final = 1  # codes before and after that are taken too: a phone's clock may be half a minute wrong
CODES: Final = 10  # recovery codes
CODE_CHARACTERS: Final = 24  # of base32: 120 bits, so a plain hash cannot be searched
ISSUER: Final = "Trekvart"


class SecondFactor:
    """The second factors of all accounts. From any thread; `now` is milliseconds UTC."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def on(self, account: int) -> bool:
        """Whether a login of this account asks for a code."""
        rows = self._control.read("factor", account=account)
        return bool(rows) and rows[0][1] > 0

    def accounts(self) -> set[int]:
        """The accounts that have one."""
        return {account for (account,) in self._control.read("factors")}

    def begin(self, account: Account) -> str:
        """A new secret, which counts for nothing until `confirm`. Raises AccountError: there is one already."""
        if self.on(account.id):
            raise AccountError("There is a second factor already; take that one away first.", "factor")
        secret = pyotp.random_base32()
        self._control.write("put_factor", account=account.id, secret=secret)
        return secret

    def begun(self, account: int) -> str:
        """The secret that waits for its first code; "" when none does."""
        rows = self._control.read("factor", account=account)
        return str(rows[0][0]) if rows and not rows[0][1] else ""

    def confirm(self, account: int, code: str, now: int) -> list[str] | None:
        """Switches it on, when the app shows the right code; the recovery codes, told this once. None: a wrong code."""
        with self._control.writing():
            if not self.begun(account) or not self._take_code(account, code, now):
                return None
            codes = [_new_code() for _ in range(CODES)]
            self._control.write("drop_recovery", account=account)
            for one in codes:
                self._control.write("put_recovery", account=account, code=_digest(one))
            return codes

    def check(self, account: int, code: str, now: int) -> bool:
        """Whether the code is right and was never taken before; it is used up. Inside a transaction."""
        if self._take_code(account, code, now):
            return True
        return bool(self._control.write("use_recovery", account=account, code=_digest(code)))

    def left(self, account: int) -> int:
        """How many recovery codes are left."""
        return int(self._control.read("count_recovery", account=account)[0][0])

    def remove(self, account: int) -> None:
        """Takes it away, with its recovery codes."""
        self._control.write("drop_factor", account=account)
        self._control.write("drop_recovery", account=account)

    def _take_code(self, account: int, code: str, now: int) -> bool:
        """A code's step is used up with all before it: seen over a shoulder, it is worth nothing (RFC 6238 5.2)."""
        code = "".join(code.split())
        rows = self._control.read("factor", account=account)
        if not rows or not (code.isascii() and code.isdecimal()):
            return False
        secret, used = rows[0]
        clock = pyotp.TOTP(secret)
        here = now // 1000 // SECONDS
        for step in range(here - DRIFT, here + DRIFT + 1):
            right = secrets.compare_digest(clock.generate_otp(step), code)
            if right and step > used:
                return bool(self._control.write("use_factor", account=account, step=step))
        return False


def picture(account: Account, secret: str) -> str:
    """The secret as a QR code, an inline SVG of rectangles without style."""
    address = pyotp.TOTP(secret).provisioning_uri(name=account.name, issuer_name=ISSUER)
    return segno.make(address, micro=False).svg_inline(scale=5, border=3, light="#fff", svgclass="qr", lineclass=None)


def _new_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(CODE_CHARACTERS * 5 // 8)).decode().lower()
    return "-".join(letters[at : at + 4] for at in range(0, CODE_CHARACTERS, 4))


def _digest(code: str) -> bytes:
    plain = "".join(code.split()).replace("-", "").lower()
    return hashlib.sha256(plain.encode("utf-8", "replace")).digest()
