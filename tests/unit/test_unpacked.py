"""A .zip of history: its files come out where they may, and nothing else does."""

import zipfile
from pathlib import Path

import pytest

from collector.errors import ExportError
from dashboard import unpacked as module
from dashboard.unpacked import unpacked


def packed(place: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return place


def test_a_folder_is_itself(tmp_path: Path) -> None:
    """What needs no unpacking is neither copied nor removed."""
    with unpacked(tmp_path, tmp_path / "aside") as folder:
        assert folder == tmp_path
    assert tmp_path.is_dir()


def test_no_file_lands_outside_and_nothing_stays(tmp_path: Path) -> None:
    """Names that climb, are absolute or of another kind: only history, only below, and all is gone afterwards."""
    names = {"../../up.csv": b"1", "/etc/root.csv": b"2", "set/imported_pages.csv": b"3", "csv/totals.csv": b"4"}
    place = packed(tmp_path / "x.zip", **names, **{"run.sh": b"5", "set/": b"", "..\\down.csv": b"6"})
    aside = tmp_path / "work" / "aside"
    with unpacked(place, aside) as folder:
        found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == {
        "up.csv": b"1",
        "root.csv": b"2",
        "imported_pages.csv": b"3",
        "csv/totals.csv": b"4",
        "down.csv": b"6",
    }
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "work", place]


@pytest.mark.parametrize("size", [999, 1000, 1001])
def test_a_bomb_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Bytes are counted as they come, over all files: at the limit they are taken, past it nothing is left behind."""
    monkeypatch.setattr(module, "LARGEST", 1000)
    monkeypatch.setattr(module, "PIECE", 100)
    place, aside = packed(tmp_path / "x.zip", **{"a.csv": b"0" * (size - 500), "b.csv": b"0" * 500}), tmp_path / "aside"
    if size <= 1000:
        with unpacked(place, aside) as folder:
            assert sum(path.stat().st_size for path in folder.iterdir()) == size
    else:
        with pytest.raises(ExportError, match="more than fits"), unpacked(place, aside):
            pass
    assert not aside.exists()


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Torn, no archive, the same name twice, too many files: an ExportError, and nothing is left aside."""
    aside = tmp_path / "aside"
    whole = packed(tmp_path / "x.zip", **{"a.csv": b"0123456789" * 100})
    torn = bytearray(whole.read_bytes())
    torn[40] ^= 255
    (tmp_path / "torn.zip").write_bytes(torn)
    flipped = bytearray(whole.read_bytes())
    flipped[flipped.index(b"a.csv") + 5] = 7  # what is packed begins with a block of no kind that there is
    (tmp_path / "flipped.zip").write_bytes(flipped)
    (tmp_path / "text.zip").write_text("date,visitors\n")
    twice = packed(tmp_path / "twice.zip", **{"a.csv": b"1", "b/a.csv": b"2"})
    for place in (tmp_path / "torn.zip", tmp_path / "flipped.zip", tmp_path / "text.zip", twice):
        with pytest.raises(ExportError), unpacked(place, aside):
            pass
        assert not aside.exists()
    monkeypatch.setattr(module, "MOST", 1)
    with pytest.raises(ExportError, match="holds 2 files"), unpacked(twice, aside):
        pass
