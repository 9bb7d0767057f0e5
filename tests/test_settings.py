from __future__ import annotations

from pathlib import Path

import pytest

from wsgitrace.settings import SETTINGS, SettingError, Settings, load, unknown_variables


@pytest.fixture
def project(tmp_path):
    def write(text):
        (tmp_path / "pyproject.toml").write_text(text, "utf-8")
        return tmp_path

    return write


def test_defaults_are_local_and_bounded(tmp_path):
    settings = load({}, environ={}, directory=tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.keep, settings.keep_bytes) == (10_000, 512 * 2**20)
    assert settings == Settings()
    assert not settings.given("port")


def test_precedence_is_cli_env_pyproject_default(project):
    directory = project("[tool.wsgitrace]\nport = 1\nthreads = 2\nhold-timeout = 3\n")
    environ = {"WSGITRACE_PORT": "10", "WSGITRACE_THREADS": "20"}
    settings = load({"port": "100", "threads": None}, environ=environ, directory=directory)
    assert (settings.port, settings.threads, settings.hold_timeout, settings.events) == (100, 20, 3.0, 10_000)
    assert settings.sources == {"port": "command line", "threads": "environment", "hold_timeout": "pyproject"}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda each: each.name)
def test_every_setting_is_read_from_every_source(setting, project, tmp_path):
    (tmp_path / "there").mkdir()
    written = {
        "app": "m:a",
        "keymap": "replay=f6",
        "app_dir": "there",
        "host": "::1",
        "bind": "localhost:81,unix:x.sock",
        "cert": "x.pem",
        "key": "x.key",
        "client_ca": "ca.pem",
        "client_cert": "required",
        "socket_mode": "660",
        "static": "/assets=public",
        "proxy_headers": "X-Real-IP",
        "save": "x.wtrace",
        "theme": "light",
        "on_hold": "json",
        "prepare": "hooks:sign",
    }.get(setting.name, "true" if setting.name in {"factory", "reveal", "redact_at_capture", "https"} else "0")
    numbers = {"threads", "events", "deep", "body_limit", "hold_limit"}
    if setting.name in numbers or setting.section == "Limits of the server":
        written = "7"
    directory = project(f'[tool.wsgitrace]\n{setting.key} = "{written}"\n')
    from_file = load({}, environ={}, directory=directory)
    from_env = load({}, environ={setting.env: written}, directory=tmp_path)
    from_cli = load({setting.name: written}, environ={}, directory=tmp_path)
    assert from_file.sources[setting.name] == "pyproject"
    assert from_env.sources[setting.name] == "environment"
    assert from_cli.sources[setting.name] == "command line"
    if setting.name not in {"save", "app_dir", "cert", "key", "client_ca", "static", "bind"}:
        assert getattr(from_file, setting.name) == getattr(from_env, setting.name) == getattr(from_cli, setting.name)
    assert getattr(from_env, setting.name) != setting.default


def test_toml_values_keep_their_types_and_underscores_are_understood(project):
    directory = project("[tool.wsgitrace]\nreload = false\nhold_timeout = 1.5\nkeep-bytes = 4096\n")
    settings = load({}, environ={}, directory=directory)
    assert (settings.reload, settings.hold_timeout, settings.keep_bytes) == (False, 1.5, 4096)


def test_pyproject_is_found_in_the_folders_above_and_its_paths_are_its_own(project):
    directory = project('[tool.wsgitrace]\napp = "shop:app"\nsave = "shop.wtrace"\n')
    below = directory / "a" / "b"
    below.mkdir(parents=True)
    settings = load({}, environ={}, directory=below)
    assert settings.app == "shop:app"
    assert settings.app_dir == directory
    assert settings.save == directory / "shop.wtrace"
    assert load({"app": "other"}, environ={}, directory=below).app_dir == Path()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("65536", 65536), ("64k", 65536), ("10M", 10 * 2**20), ("1.5 MiB", 3 * 2**19), ("1GB", 2**30), ("0", 0)],
)
def test_sizes(text, expected, tmp_path):
    assert load({"keep_bytes": text}, environ={}, directory=tmp_path).keep_bytes == expected


@pytest.mark.parametrize(("text", "expected"), [("2", 2), ("0.5", 0.5), ("500ms", 0.5), ("15m", 900), ("1h", 3600)])
def test_times(text, expected, tmp_path):
    assert load({"hold_timeout": text}, environ={}, directory=tmp_path).hold_timeout == pytest.approx(expected)


@pytest.mark.parametrize(
    ("bind", "host", "port"),
    [
        ("0.0.0.0:80", "0.0.0.0", 80),
        ("[::1]:81", "::1", 81),
        (":82", "127.0.0.1", 82),
        ("localhost", "localhost", 8000),
        ("http://localhost:83/", "localhost", 83),
    ],
)
def test_bind_is_host_and_port(bind, host, port, tmp_path):
    settings = load({"bind": bind}, environ={}, directory=tmp_path)
    assert (settings.host, settings.port) == (host, port)


def test_bind_yields_to_what_ranks_higher_only(project):
    directory = project('[tool.wsgitrace]\nbind = "localhost:1"\n')
    assert load({"port": "2"}, environ={}, directory=directory).port == 2
    assert load({"port": "2"}, environ={}, directory=directory).host == "localhost"
    assert load({"bind": ":3"}, environ={"WSGITRACE_PORT": "4"}, directory=directory).port == 3
    with pytest.raises(SettingError, match="--bind and --port are both given"):
        load({"bind": ":3", "port": "4"}, environ={}, directory=directory)


def test_port_of_hosting_platforms_sets_the_port_and_never_the_address(project):
    directory = project("[tool.wsgitrace]\nport = 1\n")
    settings = load({}, environ={"PORT": "5000"}, directory=directory)
    assert (settings.host, settings.port) == ("127.0.0.1", 5000)
    assert load({}, environ={"PORT": "5000", "WSGITRACE_PORT": "6"}, directory=directory).port == 6
    assert load({}, environ={"PORT": "5000", "WSGITRACE_BIND": ":7"}, directory=directory).port == 7


@pytest.mark.parametrize(
    ("cli", "environ", "sentence"),
    [
        ({"port": "99999"}, {}, "--port '99999': it must be a whole number from 0 to 65535."),
        ({"threads": "0"}, {}, "--threads '0': it must be a whole number from 1 to 1000."),
        ({"keep_bytes": "lots"}, {}, "--keep-bytes 'lots': it must be a number of bytes, as in 65536, 64k, 10M or 1G."),
        ({"drain": "-1"}, {}, "--drain '-1': it must be a time in seconds up to a week, as in 2, 0.5, 500ms or 15m."),
        ({"theme": "pink"}, {}, "--theme 'pink': it must be one of dark, light, terminal."),
        ({"bind": ("a b",)}, {}, "--bind 'a b': it must be HOST:PORT, as in 127.0.0.1:8000 or [::1]:8000, unix:PATH or fd://NUMBER."),
        ({"bind": ("unix:",)}, {}, "--bind 'unix:': it must name a file, as in unix:/run/shop.sock."),
        ({"bind": (":1", "fd://x")}, {}, "--bind ':1 fd://x': it must be the number of a descriptor, as in fd://3."),
        ({"static": ("public",)}, {}, "--static 'public': it must be /PATH=FOLDER, as in /assets=./public."),
        ({"socket_mode": "rw"}, {}, "--socket-mode 'rw': it must be permissions in octal digits, as in 660."),
        ({"head_limit": "0"}, {}, "--head-limit '0': it must be more than 0."),
        ({"app_dir": "nowhere"}, {}, "--app-dir 'nowhere': there is no such folder."),
        ({}, {"WSGITRACE_RELOAD": "maybe"}, "WSGITRACE_RELOAD in the environment, 'maybe': it must be true or false."),
        ({}, {"PORT": "http"}, "PORT in the environment, 'http': it must be a whole number from 0 to 65535."),
    ],
)  # fmt: skip
def test_a_bad_value_is_one_sentence_that_names_its_origin(cli, environ, sentence, tmp_path):
    with pytest.raises(SettingError) as caught:
        load(cli, environ=environ, directory=tmp_path)
    assert str(caught.value) == sentence


def test_a_bad_value_in_pyproject_names_the_file(project):
    directory = project("[tool.wsgitrace]\nport = true\n")
    with pytest.raises(SettingError) as caught:
        load({}, environ={}, directory=directory)
    assert str(caught.value) == (
        f"{directory}/pyproject.toml: port in [tool.wsgitrace], 'True': it must be a whole number from 0 to 65535."
    )


def test_an_unknown_key_names_the_nearest(project):
    directory = project("[tool.wsgitrace]\nprot = 1\n")
    with pytest.raises(SettingError, match=r"has no setting 'prot'; the nearest is 'port'\.$"):
        load({}, environ={}, directory=directory)
    with pytest.raises(SettingError, match="has no setting 'zzz'; there are app, "):
        load({}, environ={}, directory=project("[tool.wsgitrace]\nzzz = 1\n"))


@pytest.mark.parametrize("text", ["[tool", "[tool]\nwsgitrace = 1\n", "tool = 1"])
def test_a_pyproject_that_is_no_table_is_no_traceback(text, project):
    directory = project(text)
    if text == "tool = 1":
        assert load({}, environ={}, directory=directory) == Settings()
    else:
        with pytest.raises(SettingError, match=r"pyproject\.toml"):
            load({}, environ={}, directory=directory)


def test_settings_cannot_smuggle_control_bytes_into_a_message(tmp_path):
    with pytest.raises(SettingError) as caught:
        load({"theme": "\x1b]0;x\x07"}, environ={}, directory=tmp_path)
    assert "\x1b" not in str(caught.value)


def test_the_table_is_spelled_alike_everywhere():
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.env == "WSGITRACE_" + setting.key.replace("-", "_").upper()
        assert setting.help.endswith(".")
        if setting.shown_default():
            assert setting.kind.convert(setting.shown_default()) == setting.default


def test_filters_by_name_are_a_table_of_texts(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.wsgitrace.filters]\napi = "path:/api"\n')
    assert load({}, environ={}, directory=tmp_path).sources == {}
    (tmp_path / "pyproject.toml").write_text("[tool.wsgitrace.filters]\napi = 3\n")
    with pytest.raises(SettingError, match="must give filters names"):
        load({}, environ={}, directory=tmp_path)


def test_misspelt_variables_are_told_with_the_nearest():
    assert unknown_variables({"WSGITRACE_PROT": "1", "WSGITRACE_PORT": "1", "PATH": "x", "WSGITRACE_ZZZZZZ": ""}) == [
        "WSGITRACE_PROT in the environment is no setting; the nearest is WSGITRACE_PORT.",
        "WSGITRACE_ZZZZZZ in the environment is no setting.",
    ]
