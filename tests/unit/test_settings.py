"""Settings: one table, four sources, one sentence when something is wrong."""

from pathlib import Path
from typing import Any

import pytest

from collector.errors import SettingsError
from collector.settings import SETTINGS, Setting, Settings, load
from tests.docs import write_settings

NAMES = [setting.name for setting in SETTINGS]


def written(directory: Path, text: str) -> Path:
    file = directory / "trekvart.toml"
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "environ", "flags", "port"),
    [
        pytest.param("", {}, {}, 8000, id="default"),
        pytest.param("port = 1", {}, {}, 1, id="file over default"),
        pytest.param("port = 1", {"TREKVART_PORT": "2"}, {}, 2, id="variable over file"),
        pytest.param("port = 1", {"TREKVART_PORT": "2"}, {"port": "3"}, 3, id="flag over variable"),
        pytest.param("port = 1", {"TREKVART_PORT": "2"}, {"port": None}, 2, id="a flag not given counts for nothing"),
    ],
)
def test_later_source_wins(
    tmp_path: Path, text: str, environ: dict[str, str], flags: dict[str, Any], port: int
) -> None:
    """A setting is taken from the flag, else the environment, else the file, else the table."""
    assert load(written(tmp_path, text), environ, flags).port == port


def test_all_from_file(tmp_path: Path) -> None:
    """Every kind of value can stand in the file."""
    text = 'data_directory = "/x"\nrate_limit = 7\ntrusted_proxies = ["::1", "unix"]\nlanguage = "en"\n'
    read = load(written(tmp_path, text), {}, {})
    assert read == Settings(data_directory=Path("/x"), rate_limit=7, trusted_proxies=("::1", "unix"), language="en")


@pytest.mark.parametrize("text", ["10.0.0.0/8,::1", "10.0.0.0/8 ::1", " 10.0.0.0/8, ::1 "])
def test_list_in_a_variable(text: str) -> None:
    """A list in the environment is separated by commas or spaces."""
    assert load(None, {"TREKVART_TRUSTED_PROXIES": text}, {}).trusted_proxies == ("10.0.0.0/8", "::1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prt = 8000", "there is no setting 'prt'"),
        ("port = [", "is not TOML"),
        ('port = "8000"', "port must be a whole number from 0 to 65535, not '8000'"),
        ("port = true", "not True"),
        ("port = 65536", "not 65536"),
        ("rate_limit = 0", "from 1, not 0"),
        ('data_directory = ""', "must be a path"),
        ("key_directory = 3", "must be a path"),
        ('trusted_proxies = "10.0.0.0/8"', "must be a list of texts"),
        ('trusted_proxies = ["proxy.example"]', "must name networks"),
        ('language = "de"', "one of sv, en"),
        ('log_level = "debug"', "one of critical, error, warning, info"),  # it prints addresses
        ('base_path = "stats"', "a slash first"),
        ('base_path = "/stats/"', "none last"),
        ('base_path = "/a b"', "must be like"),
        ('public_url = "stats.example"', "must be like"),
        ('public_url = "https://stats.example/"', "without a slash"),
        ('public_url = "https://stats.example:x"', "must be like"),
        ('public_url = "https://[::1"', "must be like"),
        ('public_url = "javascript:alert(1)"', "must be like"),
        ('host = ""', "must be a text"),
    ],
)
def test_wrong_file(tmp_path: Path, text: str, said: str) -> None:
    """A wrong file is one sentence that names the file, the key and what it must be."""
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as raised:
        load(file, {}, {})
    assert said in str(raised.value)
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("make", ["missing", "directory", "latin-1"])
def test_unreadable_file(tmp_path: Path, make: str) -> None:
    """A file that cannot be read is one sentence."""
    file = tmp_path / "trekvart.toml"
    if make == "directory":
        file.mkdir()
    elif make == "latin-1":
        file.write_bytes(b'host = "\xe5"')
    with pytest.raises(SettingsError, match=r"The settings file .* (cannot be read|is not TOML): .*\.$"):
        load(file, {}, {})


def test_wrong_variable_is_named() -> None:
    """Kubernetes writes TREKVART_PORT for a service called trekvart; the sentence says where the value came from."""
    with pytest.raises(SettingsError, match=r"^The variable TREKVART_PORT must be .* not 'tcp://10.0.0.1:80'\.$"):
        load(None, {"TREKVART_PORT": "tcp://10.0.0.1:80"}, {})


def test_wrong_flag_is_named() -> None:
    """A wrong flag is named as it is typed."""
    with pytest.raises(SettingsError, match=r"^The flag --rate-limit must be "):
        load(None, {}, {"rate_limit": "many"})


def test_other_variables_are_no_settings() -> None:
    """A variable that is not in the table is not looked at: TREKVART_TEST_LOG is one."""
    assert load(None, {"TREKVART_NOTHING": "1"}, {}) == Settings()


@pytest.mark.parametrize("setting", SETTINGS, ids=NAMES)
def test_default_fits_its_own_rule(setting: Setting) -> None:
    """Every default would be taken from a file too, and every setting says what it is for."""
    assert setting.help.endswith(".")
    if setting.default not in (None, "", ()):
        value = str(setting.default) if isinstance(setting.default, Path) else setting.default
        assert getattr(load(None, {}, {setting.name: value}), setting.name) == setting.default


def test_keys_are_beside_the_data(tmp_path: Path) -> None:
    """Unless chosen, the key directory is beside the data directory, not in it, so a backup of the data has no keys."""
    assert Settings(data_directory=tmp_path / "data").keys == tmp_path / "keys"
    assert Settings(data_directory=Path("data")).keys == Path.cwd() / "keys"
    assert Settings(key_directory=Path("/run/keys")).keys == Path("/run/keys")


def test_every_setting_is_documented() -> None:
    """docs/settings.md is what the table makes of it: python -m tests.docs.write_settings."""
    assert write_settings.PAGE.read_text("utf-8") == write_settings.page()
    for setting in SETTINGS:
        assert f"\n## {setting.name}\n" in write_settings.page()
