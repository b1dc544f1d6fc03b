"""The form of a schedule: what is wrong is named, what is right becomes a task."""

import pytest

from dashboard.export_form import Wrong, read_form
from dashboard.export_task import Bucket, Directory, Mail, place_of

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
