"""The form of a schedule: what is wrong is named, what is right becomes a task."""

import pytest

from dashboard.export_form import Wrong, as_form, read_form, with_kept_secrets
from dashboard.export_task import Bucket, Directory, Mail, Task, place_of

FORM = {"name": "Månad", "kind": "export", "often": "month", "time": "07:00", "length": "month", "format_csv": "on"}
SECRET = "hemligt-ord-4711"


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({}, "destinations"),
        ({"to_folder": "on", "format_csv": ""}, "formats"),
        ({"to_folder": "on", "folder": "../../etc"}, "folder"),
        ({"to_folder": "on", "folder": "/etc"}, "folder"),
        ({"to_folder": "on", "often": "cron", "cron": "soon"}, "timing"),
        ({"to_folder": "on", "time": ""}, "timing"),
        ({"bucket": "statistik", "secret": SECRET}, "bucket"),
        ({"bucket": "statistik", "key": "k", "secret": SECRET, "endpoint": "file:///etc"}, "bucket"),
        ({"sftp_host": "sftp.example", "sftp_user": "anna", "sftp_password": SECRET}, "sftp"),
        ({"hook": "https://shop.example/hook", "hook_secret": "short"}, "hook"),
        ({"hook": "ftp://shop.example/hook", "hook_secret": SECRET}, "hook"),
        ({"mails": "anna@shop.example\r\nBcc: x"}, "mails"),
        ({"to_folder": "on", "tell": "anna"}, "tell"),
        ({"kind": "summary"}, "mails"),
        ({"kind": "teapot"}, "kind"),
    ],
)
def test_a_wrong_field_is_named(more: dict[str, str], wrong: str) -> None:
    """Each field that makes no sense, or would lead out of the export directory, by its name."""
    with pytest.raises(Wrong, match=f"^{wrong}$"):
        read_form(FORM | more, "sv")


@pytest.mark.parametrize("folder", ["../x", "/etc", "a/../../b", "a/..", "./..", "a\x00b", "a\nb", "a\x1bb"])
def test_a_folder_stays_below_and_can_be_printed(folder: str) -> None:
    """None leads out of the exports' directory, and none is more than one line of a log."""
    with pytest.raises(Wrong, match="folder"):
        read_form(FORM | {"to_folder": "on", "folder": folder}, "sv")


def test_a_right_form_is_a_task() -> None:
    """Every destination that is filled in; a summary is a letter without files; places are told without secrets."""
    more = {
        "to_folder": "on",
        "folder": "ut",
        "bucket": "statistik",
        "key": "k",
        "secret": SECRET,
        "mails": "a@b.example",
    }
    name, timing, task = read_form(FORM | more, "sv")
    assert (name, timing) == ("Månad", "0 7 1 * *")
    assert [type(each) for each in task.destinations] == [Directory, Bucket, Mail]
    assert SECRET not in "".join(map(place_of, task.destinations))
    _, _, summary = read_form(FORM | {"kind": "summary", "mails": "a@b.example"}, "en")
    assert summary.destinations == (Mail(("a@b.example",), attach=False),)
    assert read_form(FORM | {"kind": "notice", "mails": "a@b.example"}, "en")[2].tell == ("a@b.example",)


BUCKET = {"bucket": "statistik", "endpoint": "https://s3.example", "key": "k", "secret": SECRET}
SFTP = {"sftp_host": "h.example", "sftp_user": "anna", "sftp_key": "ssh-ed25519 AAAA", "sftp_password": SECRET}
HOOK = {"hook": "https://shop.example/hook", "hook_secret": SECRET}


@pytest.mark.parametrize(
    "more",
    [
        {"to_folder": "on", "folder": "ut", "mails": "a@b.example c@d.example", "tell": "e@f.example"},
        {**BUCKET, **SFTP, **HOOK, "sftp_port": "2222", "format_report": "on"},
        {"kind": "summary", "mails": "a@b.example", "often": "monday"},
        {"kind": "notice", "mails": "a@b.example", "often": "day", "length": "day"},
        {"to_folder": "on", "often": "cron", "cron": "*/5 6-9 * * 1-5"},
        {"to_folder": "on", "often": "quarter", "time": "23:59"},
    ],
)
def test_a_schedule_fills_the_form_that_makes_it(more: dict[str, str]) -> None:
    """What is changed begins as it is: the form of a schedule is read as that schedule again."""
    name, timing, task = read_form(FORM | more, "sv")
    assert read_form(as_form(name, timing, task), "sv") == (name, timing, task)


def test_two_folders_are_more_than_the_form_can_say() -> None:
    """A schedule of the command line that the form would cut short is not what its form makes."""
    task = Task(destinations=(Directory("a"), Directory("b")))
    assert read_form(as_form("x", "0 7 1 * *", task), "sv")[2] != task


@pytest.mark.parametrize(
    ("places", "secret", "change"),
    [
        (BUCKET, "secret", {"endpoint": "https://thief.example"}),
        (SFTP, "sftp_password", {"sftp_host": "thief.example"}),
        (SFTP, "sftp_password", {"sftp_key": "ssh-ed25519 BBBB"}),
        (HOOK, "hook_secret", {"hook": "https://thief.example/"}),
    ],
)
def test_a_secret_goes_nowhere_else(places: dict[str, str], secret: str, change: dict[str, str]) -> None:
    """Left empty it stays, where the place stays; with another place it has to be typed again."""
    before = as_form(*read_form(FORM | places, "sv"))
    sent = {**before, secret: ""}
    assert with_kept_secrets(sent, before)[secret] == SECRET
    assert with_kept_secrets(sent | change, before)[secret] == ""
