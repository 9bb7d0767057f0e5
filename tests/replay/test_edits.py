from __future__ import annotations

import pytest

from tests.support.streams import Exchange
from wsgitrace.replay import EDIT_FORMS, EditError, ReplayRefused, as_command, edited, read_edit, rebuild
from wsgitrace.replay.edits import RequestEdit

FILES = {"cat.jpg": b"\xff\xd8meow", "cart.json": b'{"sku": "B-2"}'}


def read_file(name):
    if name not in FILES:
        raise FileNotFoundError(2, "No such file or directory")
    return FILES[name]


def run(request, *edits):
    """Head lines and body of a request with some edits made."""
    trace = request.trace()
    command = as_command(edited(trace, rebuild(1, trace), [read_edit(edit, read_file) for edit in edits]))
    return command.head.decode("latin-1").split("\r\n")[:-2], command.body


def get(target="/cart?page=1&q=a%20b", *headers):
    return Exchange("GET", target, headers=[("Host", "shop.example"), *headers]).finish()


def post(content_type, body):
    headers = [("Host", "shop.example"), ("content-type", content_type)]
    exchange = Exchange("POST", "/cart", headers=headers, body=body)
    with exchange.call("shop.view", "application") as view:
        view.read(len(body))
    return exchange.finish()


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        ("method=PURGE", "PURGE /cart?page=1&q=a%20b HTTP/1.1"),
        ("target=/ü x?y=1", "GET /%C3%BC%20x?y=1 HTTP/1.1"),
        ("path=/other", "GET /other?page=1&q=a%20b HTTP/1.1"),
        ("query:page=2", "GET /cart?page=2&q=a%20b HTTP/1.1"),
        ("query:page+=2", "GET /cart?page=1&q=a%20b&page=2 HTTP/1.1"),
        ("query:q-", "GET /cart?page=1 HTTP/1.1"),
        ("query:r=x&y z", "GET /cart?page=1&q=a%20b&r=x%26y%20z HTTP/1.1"),
        ("version=HTTP/1.0", "GET /cart?page=1&q=a%20b HTTP/1.0"),
    ],
    ids=str,
)
def test_the_first_line_is_edited(edit, line):
    assert run(get(), edit)[0] == [line, "Host: shop.example"]


def test_header_fields_keep_order_spelling_and_repetitions_that_are_not_meant():
    request = get("/", ("x-DEBUG", "0"), ("Via", "a"), ("Via", "b"), ("X-Debug", "9"), ("X-Raw", "\xe9"))
    lines = ["GET / HTTP/1.1", "Host: shop.example", "x-DEBUG: 0", "Via: a", "Via: b", "X-Debug: 9", "X-Raw: \xe9"]
    assert run(request)[0] == lines
    assert run(request, "header:X-Debug=1")[0] == [*lines[:2], "x-DEBUG: 1", *lines[3:5], lines[6]]
    assert run(request, "header:via-")[0] == [*lines[:3], *lines[5:]]
    assert run(request, "header:Via+=c", "header:New=é")[0] == [*lines, "Via: c", "New: \xc3\xa9"]


def test_what_was_to_be_removed_and_is_not_there_is_known_and_changes_no_byte():
    request = get("/?a=1", ("Cookie", "sid=9f3c;theme=dark"))
    trace = request.trace()
    texts = ["header:Absent-", "header:Cookie-", "cookie:sid-", "query:b-", "form:c-"]
    draft = edited(trace, rebuild(1, trace), [read_edit(text, read_file) for text in texts])
    assert draft.idle == ("header:Absent-", "cookie:sid-", "query:b-", "form:c-")
    assert run(request, "cookie:lang-", "header:Absent-") == run(request)


def test_one_cookie_among_others():
    request = get("/", ("Cookie", "sid=9f3c; theme=dark;lang=de"))
    assert run(request, "cookie:theme=light")[0][-1] == "Cookie: sid=9f3c; theme=light; lang=de"
    assert run(request, "cookie:sid-", "cookie:new=a=b")[0][-1] == "Cookie: theme=dark; lang=de; new=a=b"
    assert run(request, "cookie:sid-", "cookie:theme-", "cookie:lang-")[0][-1] == "Host: shop.example"


def test_another_body_gets_its_length_and_where_it_says_nothing_its_type():
    head, body = run(get(), "method=POST", "body=hello")
    assert (head[2:], body) == (["Content-Length: 5"], b"hello")
    head, body = run(get(), "body=@cart.json")
    assert (head[2:], body) == (["Content-Type: application/json", "Content-Length: 14"], FILES["cart.json"])
    head, body = run(post("text/plain", b"long ago"), "body=@@home")
    assert (head[2:], body) == (["content-type: text/plain", "Content-Length: 5"], b"@home")
    assert run(post("text/plain", b"long ago"), "body-") == (
        ["POST /cart HTTP/1.1", "Host: shop.example", "Content-Length: 0"],
        b"",
    )


def test_who_names_a_length_or_a_type_means_it():
    head, _ = run(post("text/plain", b"12345678"), "body=1", "header:Content-Length=8")
    assert head[-1] == "Content-Length: 8"
    head, _ = run(post("text/plain", b"x"), "header:Content-Type=text/x", "body=@cart.json")
    assert head[2] == "content-type: text/x"


def test_places_in_json():
    request = post("application/json", b'{"items": [{"qty": 1}],  "\xc3\xbc": 2}')
    head, body = run(request, "body:$.items[0].qty=12", "body:$.name=Ann", 'body:$.id="7"', "body:$.items+={}")
    assert body == b'{"items": [{"qty": 12}, {}],  "\xc3\xbc": 2,  "name": "Ann",  "id": "7"}'
    assert head[-1] == f"Content-Length: {len(body)}"
    assert run(request, "body:$.items-")[1] == b'{"\xc3\xbc": 2}'
    assert run(get(), "body:$.new=@cart.json")[0][2] == "Content-Type: application/json"


def test_fields_of_forms():
    form = post("application/x-www-form-urlencoded", b"sku=A-17&qty=1&x=%C3%BC&qty=2")
    assert run(form, "form:qty=3", "form:note=a b")[1] == b"sku=A-17&qty=3&x=%C3%BC&note=a+b"
    assert run(form, "form:qty-", "form:x+=1")[1] == b"sku=A-17&x=%C3%BC&x=1"
    head, body = run(get(), "form:a=1")
    assert (head[2], body) == ("Content-Type: application/x-www-form-urlencoded", b"a=1")


MULTIPART = (
    b'--B\r\nContent-Disposition: form-data; name="note"\r\nX-Odd: 1\r\n\r\nhello\r\n'
    b'--B\r\nContent-Disposition: form-data; name="photo"; filename="dog.png"\r\nContent-Type: image/png\r\n\r\n'
    b"\x89PNG\r\n\r\n\r\n--B--\r\n"
)


def test_parts_of_multipart_forms():
    form = post("multipart/form-data; boundary=B", MULTIPART)
    assert run(form, "form:note=hello")[1] == MULTIPART
    _, body = run(form, "form:note=bye", "form:photo=@cat.jpg", "form:extra=1")
    assert body == (
        MULTIPART.replace(b"hello", b"bye")
        .replace(b"dog.png", b"cat.jpg")
        .replace(b"image/png", b"image/jpeg")
        .replace(b"\x89PNG\r\n\r\n", FILES["cat.jpg"])
        .replace(b"--B--", b'--B\r\nContent-Disposition: form-data; name="extra"\r\n\r\n1\r\n--B--')
    )
    assert b"photo" not in run(form, "form:photo-")[1]
    head, body = run(get(), "form:photo=@cat.jpg")
    boundary = head[2].partition("boundary=")[2]
    assert body.startswith(b"--" + boundary.encode())
    assert FILES["cat.jpg"] in body


def test_what_only_the_worker_can_be_told():
    trace = get().trace()
    edits = [read_edit(each, read_file) for each in ("peer=10.0.0.9:1", "scheme=https")]
    command = as_command(edited(trace, rebuild(1, trace), edits))
    assert (command.peer, command.scheme) == ("10.0.0.9:1", "https")


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("metod=POST", (0, 5), "the nearest is method"),
        ("json:$.a=1", (0, 4), "write body:$.PATH=JSON"),
        ("", (0, 1), "There are method"),
        ("header=x", (6, 7), "Write header:NAME=VALUE"),
        ("query:=1", (6, 7), "Write query:NAME=VALUE"),
        ("header:X", (8, 9), "- behind it removes it"),
        ("method-", (6, 7), "Write method=VALUE"),
        ("method:POST", (0, 6), "There is one method"),
        ("body=@none", (6, 10), "No such file or directory"),
        ("body:items=1", (5, 12), "A path begins with $"),
        ("body:$.a[x]=1", (8, 13), "steps are .name"),
        ('body:$.a={"x" 1}', (14, 15), "expecting ':' delimiter"),
    ],
    ids=str,
)
def test_what_cannot_be_understood_is_pointed_at(text, at, said):
    with pytest.raises(EditError) as caught:
        read_edit(text, read_file)
    assert (caught.value.start, caught.value.end) == at
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("body:$.itms[0]=1", "the nearest is 'items'"),
        ("form:a=1", "The body is application/json, no form"),
    ],
)
def test_what_a_request_has_no_place_for_is_refused(edit, said):
    with pytest.raises(ReplayRefused, match="cannot be done") as caught:
        run(post("application/json", b'{"items": []}'), edit)
    assert said in str(caught.value)


def test_a_body_that_is_not_what_it_says_is_refused():
    for request, edit in (
        (post("application/json", b"{"), "body:$.a=1"),
        (post("multipart/form-data; boundary=C", MULTIPART), "form:note=1"),
        (post("application/x-www-form-urlencoded", b"a=1"), "form:f=@cat.jpg"),
    ):
        with pytest.raises(ReplayRefused):
            run(request, edit)


def test_all_that_is_offered_can_be_read():
    for text, _ in EDIT_FORMS:
        sample = text.replace("$.PATH=JSON", "$.a=1").replace("FILE", "cat.jpg")
        assert isinstance(read_edit(sample, read_file), RequestEdit)
