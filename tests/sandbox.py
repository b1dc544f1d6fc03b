"""Runs a command as the systemd unit would, where no systemd is there to do it.

`sandbox.py UNIT DATA COMMAND...`, as root, in a mount namespace of its own (`unshare --mount`). What the unit says is
read from it, and kept by the means that systemd has: mounts, limits, capabilities, seccomp. DATA is put in the place of
the unit's state directory. Not kept here: IPAddressDeny, ProtectProc, ProcSubset, PrivateDevices, MemorySwapMax,
namespaces by clone.
"""

import ctypes
import errno
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

NOBODY = 64_999  # who the unit's user is here: nobody's number
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_MDWE = 24, 38, 65
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO
EQUAL = 4  # SCMP_CMP_EQ
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}


class Compare(ctypes.Structure):
    """struct scmp_arg_cmp."""

    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def values(unit: str, key: str) -> list[str]:
    """What the unit says of a key, a line each."""
    return re.findall(rf"^{key}=(.*)$", unit, re.MULTILINE)


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def arrange(unit: str, data: Path) -> None:
    """Everything can only be read, but for what the unit names; homes are empty, and /tmp is one's own."""
    aside = Path("/mnt")
    mount("-t", "tmpfs", "none", str(aside))
    needed = [Path(sys.base_prefix), Path(sys.prefix), Path(__file__).parents[1]]
    for number, path in enumerate([*needed, data]):
        (aside / str(number)).mkdir()
        mount("--bind", str(path), str(aside / str(number)))
    homes = ["/root", "/home"] if values(unit, "ProtectHome") == ["yes"] else []
    temporary = ["/tmp"] if values(unit, "PrivateTmp") == ["yes"] else []
    for place in (*homes, *temporary, "/run", "/var/lib"):
        mount("-t", "tmpfs", "-o", "mode=1777" if place in temporary else "mode=755", "none", place)
    for number, path in enumerate(needed):  # an interpreter or a checkout in a home, as a developer has it
        path.mkdir(parents=True, exist_ok=True)
        mount("--bind", str(aside / str(number)), str(path))
    state = Path("/var/lib") / values(unit, "StateDirectory")[0]
    running = Path("/run") / values(unit, "RuntimeDirectory")[0]
    for made in (state, running):
        made.mkdir(mode=0o700)
    mount("-t", "tmpfs", "-o", f"mode=700,uid={NOBODY},gid={NOBODY}", "none", str(running))
    mount("--bind", str(aside / str(len(needed))), str(state))
    writable = {str(state), str(running), *temporary, *values(unit, "ReadWritePaths")}
    assert values(unit, "ProtectSystem") == ["strict"]
    mounts = Path("/proc/self/mounts").read_text("utf-8").splitlines()
    places = {line.split()[1].encode().decode("unicode_escape") for line in mounts}
    for place in sorted(places - writable, key=len, reverse=True):
        # Some of the kernel's own below /sys cannot be; the test tries the places that matter.
        subprocess.run(["mount", "-o", "remount,bind,ro", place], capture_output=True, check=False)


def calls(group: str) -> set[str]:
    """The names of a group of system calls, as systemd has it."""
    told = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    names = {line.strip() for line in told.stdout.splitlines()[1:] if line.startswith(" ") and "#" not in line}
    return {one for name in names for one in (calls(name) if name.startswith("@") else {name})}


def limit(unit: str) -> None:
    """Limits, user, capabilities and system calls; kept over exec."""
    libc, seccomp = ctypes.CDLL(None, use_errno=True), ctypes.CDLL("libseccomp.so.2")
    allowed: set[str] = set()
    for text in values(unit, "SystemCallFilter"):
        allowed = allowed - calls(text[1:]) if text.startswith("~") else allowed | calls(text)
    if values(unit, "RestrictNamespaces") == ["yes"]:
        allowed -= {"unshare", "setns"}
    if values(unit, "LimitCORE") == ["0"]:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(int(values(unit, "UMask")[0], 8))
    assert values(unit, "CapabilityBoundingSet") == values(unit, "AmbientCapabilities") == [""]
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)  # and with it go all capabilities
    assert values(unit, "NoNewPrivileges") == ["yes"]
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    seccomp.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(REFUSE | errno.EPERM)))
    for name in sorted(allowed - {"socket"}):  # a name that this machine has no call of is refused, and that is all
        seccomp.seccomp_rule_add_array(rules, ALLOW, seccomp.seccomp_syscall_resolve_name(name.encode()), 0, None)
    socket = seccomp.seccomp_syscall_resolve_name(b"socket")
    for family in values(unit, "RestrictAddressFamilies")[0].split():
        compare = (Compare * 1)(Compare(0, EQUAL, FAMILIES[family], 0))
        assert seccomp.seccomp_rule_add_array(rules, ALLOW, socket, 1, compare) == 0
    assert seccomp.seccomp_load(rules) == 0
    if values(unit, "MemoryDenyWriteExecute") == ["yes"]:
        libc.prctl(PR_SET_MDWE, 1, 0, 0, 0)


def main() -> None:
    """See above."""
    unit, data, command = Path(sys.argv[1]).read_text("utf-8"), Path(sys.argv[2]), sys.argv[3:]
    arrange(unit, data)
    limit(unit)
    environment = dict(one.split("=", 1) for one in values(unit, "Environment"))
    os.chdir("/")
    os.execve(command[0], command, environment)


if __name__ == "__main__":
    main()
