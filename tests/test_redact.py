from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgitrace.redact import Masker, Names, overwritten

MASKER = Masker(Names())

NAMES = st.sampled_from([
    "Cookie", "HTTP_COOKIE", "Set-Cookie", "Authorization", "X-Api-Key", "QUERY_STRING", "Location", "Accept", "Link",
])  # fmt: skip


def test_a_mask_tells_length_and_equality_and_nothing_more():
    assert re.fullmatch(r"<redacted 32 #[0-9a-f]{4}>", MASKER.hide("0123456789abcdef" * 2))
    assert MASKER.hide("a" * 32) != MASKER.hide("b" * 32)
    assert MASKER.hide("") == ""


@pytest.mark.parametrize(
    "name",
    ["Authorization", "Proxy-Authorization", "HTTP_AUTHORIZATION", "X-Api-Key", "x_api_key", "HTTP_X_API_KEY",
     "REDIRECT_HTTP_AUTHORIZATION", "X-Auth-Token", "X-CSRFToken", "password", "user[password]", "api_key", "apiKey",
     "AWS_SECRET_ACCESS_KEY", "beaker.session_id", "sessionid", "sig", "Authentication-Token", "SECRET_KEY",
     "CSRF_COOKIE", "wsgidav.auth.password", "auth", "csrf", "_auth_user_hash", "token_type", "jwt_name", "secret_url",
     "password_done", "auth_token_url", "sid_path"],
)  # fmt: skip
def test_names_of_secrets(name):
    assert "hunter2!" not in MASKER.value(name, "hunter2!")


@pytest.mark.parametrize(
    "name",
    ["Accept", "HTTP_HOST", "AUTH_TYPE", "REMOTE_USER", "PATH_INFO", "SCRIPT_NAME", "wsgi.url_scheme", "X-Request-Id",
     "Content-Type", "author", "keyboard", "tokenizer", "inside", "considered", "zip_code", "SERVER_PORT",
     "wsgidav.auth.realm", "request.csrf_processing_done", "CSRF_COOKIE_NEEDS_UPDATE", "auth_method", "AUTH_URL",
     "CSRF_COOKIE_NAME", "session_cookie_samesite", "csrf_exempt", "wsgidav.auth.roles"],
)  # fmt: skip
def test_ordinary_names_stay(name):
    assert not MASKER.secret(name)
    assert MASKER.value(name, "value") == "value"


def test_cookies_keep_names_and_attributes():
    shown = MASKER.value("Cookie", "theme=dark; session=abc=def")
    assert re.fullmatch(r"theme=<redacted 4 #\w{4}>; session=<redacted 7 #\w{4}>", shown)
    shown = MASKER.value("Set-Cookie", "session=abc; Path=/; HttpOnly; SameSite=Lax")
    assert re.fullmatch(r"session=<redacted 3 #\w{4}>; Path=/; HttpOnly; SameSite=Lax", shown)
    assert MASKER.value("HTTP_COOKIE", "a=1; b=2") == MASKER.value("cookie", "a=1; b=2")


def test_a_nameless_cookie_is_all_value():
    assert "abc" not in MASKER.value("Cookie", "abc; x=1")


def test_authorization_keeps_its_scheme():
    assert re.fullmatch(r"Bearer <redacted 3 #\w{4}>", MASKER.value("Authorization", "Bearer abc"))
    assert re.fullmatch(r"<redacted 8 #\w{4}>", MASKER.value("Authorization", "c2VjcmV0"))


def test_urls_and_queries_lose_only_their_secrets():
    assert re.fullmatch(r"/reset\?page=2&token=<redacted 3 #\w{4}>&x", MASKER.target("/reset?page=2&token=abc&x"))
    assert MASKER.target("/plain?page=2&q=a%20b") == "/plain?page=2&q=a%20b"
    assert "hunter2" not in MASKER.value("Location", "https://ada:hunter2@example.org/?a=1#access_token=hunter2&b=2")
    assert MASKER.value("QUERY_STRING", "a=1&b=2") == "a=1&b=2"
    once = MASKER.target("https://a:b@c/?token=x#token=y&z")
    assert MASKER.target(once) == once
    assert "hunter2" not in MASKER.form("user=ada&password=hunter2")
    assert MASKER.form("user=ada&password=hunter2").startswith("user=ada&password=<redacted 7 ")


def test_a_head_as_received_keeps_its_shape():
    head = "GET /x?token=abc&y=1 HTTP/1.1\r\nHost: a\r\nCookie: sid=hunter2\r\nauthorization:Basic aGk=\r\n\r\n"
    shown = MASKER.head(head)
    assert "abc" not in shown
    assert "hunter2" not in shown
    assert "aGk=" not in shown
    assert shown.startswith("GET /x?token=<redacted 3 #")
    assert [line.partition(":")[0] for line in shown.split("\r\n")][1:4] == ["Host", "Cookie", "authorization"]
    assert MASKER.head("\x00\x01 no head") == "\x00\x01 no head"


def test_json_members_are_masked_and_it_stays_json():
    text = json.dumps({"user": "ada", "password": 'hun"ter2', "pin": 4711, "nested": {"access_token": "xyz", "n": 1}})
    shown = json.loads(MASKER.json(text))
    assert (shown["user"], shown["nested"]["n"]) == ("ada", 1)
    assert "ter2" not in shown["password"]
    assert shown["pin"].startswith("<redacted 4 ")
    assert shown["nested"]["access_token"].startswith("<redacted 3 ")


def test_json_that_was_cut_off_shows_no_part_of_the_last_secret():
    assert "cut" not in MASKER.json('{"password": "cut off he')
    assert "cut" not in MASKER.json('{"password": "cut off \\')


@given(NAMES, st.text())
def test_masking_is_total_and_twice_is_once(name, value):
    once = MASKER.value(name, value)
    assert MASKER.value(name, once) == once


@given(st.text(alphabet="s3cr", min_size=8))
def test_no_part_of_a_secret_shows(secret):
    for name in ("Cookie", "Set-Cookie"):
        assert secret not in MASKER.value(name, f"sid={secret}; Path=/")
    assert secret not in MASKER.value("Authorization", f"Bearer {secret}")
    assert secret not in MASKER.target(f"/x?token={secret}")


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter22 user=ada", "{'password': 'hun\\'ter22', 'user': 'ada'}", "db is postgres://ada:hunter22@db/x",
        '{"a": "{\\"password\\": \\"hunter22\\"}"}', "Authorization: Bearer hunter22", "Cookie: a=1; sid=hunter22",
        "api_key => 'hunter22'", "tokens: ['hunter22', 'x']", 'DB_PASSWORD="hunter22"',
        "password: correct hunter22 horse",
        "<password>hunter22</password>", '<input name=csrf_token value="hunter22">', "a=1&next=%2Fx%3Ftoken%3Dhunter22",
        '<meta name="csrf-token" content="hunter22">', "user%5Bapi_key%5D=hunter22", "url=http://x/?token=hunter22",
    ],
)  # fmt: skip
def test_running_text_loses_its_secrets(text):
    shown = MASKER.markup(text)
    assert "ter22" not in shown
    assert "<redacted" in shown
    assert MASKER.markup(shown) == shown


@pytest.mark.parametrize(
    "text",
    ["KeyError: 'token'", "unexpected token: <", "secret: None", "code: 200", "a=1&b=2", "GET /cart?page=2", "12:30:45",
     "key: value", "https://example.org/a?b=c", "{'n': 1}", "<p>hello</p>", "Bearer realm"],
)  # fmt: skip
def test_ordinary_text_stays(text):
    assert MASKER.text(text) == MASKER.markup(text) == text


def test_all_below_a_secret_member_is_masked():
    text = '{"password": ["hunter22", {"a": "hunter22"}], "fields": [{"name": "token", "value": "hunter22"}], "n": 1}'
    shown = MASKER.json(text)
    assert "hunter22" not in shown
    assert json.loads(shown)["n"] == 1


def test_parts_of_a_multipart_body_keep_their_frame():
    data = b'--X\r\nContent-Disposition: form-data; name="pin"\r\n\r\nhunter22\r\n--X--\r\n'
    shown = MASKER.body(data, "multipart/form-data; boundary=X")
    assert b"hunter22" not in shown
    assert shown.startswith(b'--X\r\nContent-Disposition: form-data; name="pin"\r\n\r\n<redacted 8 #')
    assert shown.endswith(b">\r\n--X--\r\n")
    assert MASKER.body(b"\x00\x01password=hunter22") == b"\x00\x01password=hunter22"


def test_tokens_in_paths_and_what_looks_like_one():
    assert "9f86d081884c" not in MASKER.target("/reset-password/9f86d081884c/now")
    assert MASKER.target("/tokens/list") == "/tokens/list"
    assert "eyJ" not in MASKER.text("got eyJhbGciOi.eyJzdWIi.c2ln here")


@given(st.text(alphabet="hunter2 =:&\"'{}[],<>\\\n", max_size=60))
def test_no_text_is_too_strange(text):
    for masking in (MASKER.text, MASKER.markup, MASKER.json, MASKER.form, MASKER.head, MASKER.target):
        assert isinstance(masking(text), str)
    same = Masker(Names(), b"salt", mark=overwritten, same_length=True)
    for body in (text, f'{{"password": "{text}"}}', f"password={text}&a=b", f"token: {text}"):
        data = body.encode()
        assert len(same.body(data)) == len(data)
