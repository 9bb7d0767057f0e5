from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.filter_speed import FILTERS
from wsgitrace.query import ALIASES, FACTS, FIELDS, Filter, FilterError, parse
from wsgitrace.query.fields import RULES_OF
from wsgitrace.query.grammar import LENGTH_LIMIT
from wsgitrace.query.tree import And, Change, Not, Or, Test
from wsgitrace.query.values import UNITS
from wsgitrace.trace.rules import RULES

NOW = 1_763_820_127_000_000_000
HOUR = 3600 * 10**9


def shape(node):
    """A tree as text: what was understood, in full parentheses."""
    match node:
        case And(items=items):
            return f"({' & '.join(map(shape, items))})"
        case Or(items=items):
            return f"({' | '.join(map(shape, items))})"
        case Not(item=item):
            return f"!{shape(item)}"
        case Change(by=by, changed=changed):
            return f"by {compared(by)} changed {compared(changed.match)}"
        case Test(field=field, match=match, layer=layer):
            at = f"{compared(layer)} " if layer is not None else ""
            return f"{field.name or 'line'} {at}{compared(match)}".strip()


def compared(match):  # noqa: PLR0911 -- one for each
    name = type(match).__name__
    match name:
        case "Contains":
            return f"has {match.text}"
        case "Equals":
            return f"= {match.text}"
        case "Matches":
            return f"~ {match.source}"
        case "Between":
            return f"{'' if match.low is None else match.low}..{'' if match.high is None else match.high}"
        case "Truth":
            return "yes" if match.yes else "no"
        case "AnyOf":
            return " or ".join(map(compared, match.items))
        case "Pair":
            return f"{compared(match.name)}{'' if match.value is None else ': ' + compared(match.value)}".rstrip()
        case "PairLine":
            return f"line {compared(match.line)}"
        case "Key":
            return f"key {compared(match.match)}"
    return name.lower()


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("", "()"),
        ("   ", "()"),
        ("cart", "line has cart"),
        ("/Cart?x=1", "line has /cart?x=1"),
        ("post /api", "(line has post & line has /api)"),
        ('"post /api"', "line has post /api"),
        ("'say \"x\"'", 'line has say "x"'),
        (r'"a \"b\" c"', 'line has a "b" c'),
        ('"a""b"', "(line has a & line has b)"),
        ("it's", "line has it's"),
        ("a OR b c", "(line has a | (line has b & line has c))"),
        ("a AND b OR c", "((line has a & line has b) | line has c)"),
        ("(a OR b) c", "((line has a | line has b) & line has c)"),
        ("a(b)c", "line has a(b)c"),
        ("(a(b)c)", "line has a(b)c"),
        ("and or not", "(line has and & line has or & line has not)"),
        ("ORDER NOTE", "(line has order & line has note)"),
        ("NOT a", "!line has a"),
        ("-a -(b OR c)", "(!line has a & !(line has b | line has c))"),
        ("--a", "!!line has a"),
        ("a-b", "line has a-b"),
        ("/a+b/", "line ~ a+b"),
        (r"/^get\s\/x/", r"line ~ ^get\s\/x"),
        ("/a\\ b|c/", "line ~ a\\ b|c"),
        ("/a+b (c OR path:/)", "(line has /a+b & (line has c | path has /))"),
        ("/shop/", "line has /shop/"),
        ("/v1.2/", "line has /v1.2/"),
        ("/a/b/", "line has /a/b/"),
        ("/", "line has /"),
        ("path:/cart", "path has /cart"),
        ("PATH:/cart", "path has /cart"),
        ("path:=/cart", "path = /cart"),
        ("path:a*b", "path ~ a(?:.|\n)*b"),
        ("path:=/a*", "path ~ ^\\/a(?:.|\n)*$"),
        ('path:"a*b"', "path has a*b"),
        ('path:"a b","c,d"', "path has a b or has c,d"),
        ("path:*", "path present"),
        ("path:a..b", "path has a..b"),
        ("path:a(b)", "path has a(b)"),
        ("(path:a)", "path has a"),
        (r"path~^/a(b|c)\)$", r"path ~ ^/a(b|c)\)$"),
        ('path~"a b"', "path ~ a b"),
        ("target:/x", "url has /x"),
        ("method:GET,post", "method = get or = post"),
        ("method:P*", "method ~ ^p(?:.|\n)*$"),
        ("status:404", "status 404..404"),
        ("status:5xx", "status 500..599"),
        ("status:5XX,404,none", "status 500..599 or 404..404 or missing"),
        ("status:300..399", "status 300..399"),
        ("status:400..", "status 400.."),
        ("status:..399", "status ..399"),
        ("status:>=400", "status 400.."),
        ("status:<400", "status ..399"),
        ("dur:>100ms", "dur 100000001.."),
        ("dur:<=1.5s", "dur ..1500000000"),
        ("dur:5", "dur 5000000..5999999"),
        ("dur:5ms", "dur 5000000..5999999"),
        ("dur:1.5s", "dur 1500000000..1599999999"),
        ("dur:10us..2m", "dur 10000..120000000000"),
        ("size:2k", "resp.size 2048..3071"),
        ("size:100", "resp.size 100..100"),
        ("size:>1.5MB", "resp.size 1572865.."),
        ("chunks:2k", "chunks 2000..2999"),
        ("id:12,20..30", "id 12..12 or 20..30"),
        ("replay-of:none", "replay-of missing"),
        ("swallowed:yes closed:no", "(swallowed yes & closed no)"),
        ("input:unread,partial", "input = unread or = partial"),
        ('how:"client gone"', "how = client gone"),
        ("is:held", "state = held"),
        ("is:open,replay", "(!state = done | replay-of 1..)"),
        ("is:slow", "dur 1000000000.."),
        ("error:yes", "(status 500..599 | (exc present & swallowed no))"),
        ("src:live", "!replay-of 1.."),
        ("has:exc", "exc present"),
        ("has:req.x-foo", "req.header = x-foo"),
        ("has:x-foo", "header = x-foo"),
        ("header:accept", "header = accept"),
        ("header:accept:json", "header = accept: has json"),
        ("resp.header:set-cookie=sid*", "resp.header = set-cookie: ~ ^sid(?:.|\n)*$"),
        ('header:"x-a"="b c"', "header = x-a: = b c"),
        ("header~^x-.*: 1", "(header line ~ ^x-.*: & line has 1)"),
        ("cookie:sid=", "cookie = sid: ="),
        ("layer:GZip", "layer has gzip"),
        ("by:GZip changed:vary", "by has gzip changed = vary"),
        ("changed:vary path:/ by:a", "(path has / & by has a changed = vary)"),
        ("by:a changed:b OR by:c", "(by has a changed = b | by has c)"),
        ("by:a (changed:b changed:c)", "(by has a changed = b & by has a changed = c)"),
        ("-by:a changed:b", "(!by has a & changed key = b)"),
        ("changed:REMOTE_ADDR", "changed key = remote-addr"),
        ("dur@Session:>50ms", "dur@ has session 50000001.."),
        ("dur@=shop.Session:<1s", "dur@ = shop.session ..999999999"),
        ("since:1h", f"since {NOW - HOUR}.."),
        ("before:2025-11-22T14:00:00+00:00", "before ..1763819999999999999"),
        ("~m POST ~c 500", "(method ~ POST & status 500..500)"),
        ("~all", "()"),
        ("-~e", "!(status 500..599 | (exc present & swallowed no))"),
        ('~b "a b"', "body ~ a b"),
        ("~hq ^x", "req.header line ~ ^x"),
    ],
)
def test_what_is_understood(text, understood):
    assert shape(parse(text, now=NOW).tree) == understood


@pytest.mark.parametrize(
    ("text", "wrong", "said"),
    [
        ("stattus:500", "stattus", "nearest is status"),
        ("a foo.bar:1", "foo.bar", "quotation marks"),
        ("http://x/", "http", "quotation marks"),
        ("a OR", "OR", "missing"),
        ("a AND )", "AND", "missing"),
        ("OR a", "OR", "between two"),
        ("a OR OR b", "OR", "Between OR and OR"),
        ("NOT", "NOT", "missing"),
        ("(a", "(", "not closed"),
        ("( ", "(", "not closed"),
        ("a)", ")", "closes nothing"),
        (")", ")", "closes nothing"),
        ("a ( )", "( )", "nothing between"),
        ("- a", "-", "right behind"),
        ('"abc', '"', "not closed"),
        ('a ""', '""', "nothing between"),
        ('path:"abc', '"', "not closed"),
        ("path:", "", "no value"),
        ("path:>5", ">5"[:1], "more or less"),
        ("method:GET,", "", "beside this comma"),
        ("method:,GET", ",", "beside this comma"),
        ("status:abc", "abc", "wants a status"),
        ("lint:nope", "nope", "There is no rule \"nope\"; 'wsgitrace lint --rules' lists all."),
        ("lint:M06,a99", "a99", 'There is no rule "a99"; there are A01 to A50.'),
        ("lint:shoud", "shoud", "the nearest is should"),
        ("status:>=", "", "number is missing"),
        ("status:5..4", "5..4", "ends before"),
        ("status:..", "..", "at least one side"),
        ("dur:3parsec", "parsec", "no unit"),
        ("dur:1.2.3s", "1.2.3s", "wants a time"),
        ("dur:99999999999999h", "99999999999999h", "too large"),
        ("swallowed:maybe", "maybe", "yes or no"),
        ("input:fulll", "fulll", "nearest is full"),
        ("is:helt", "helt", "nearest is held"),
        ("is~held", "~", "write is:WORD"),
        ("status~5", "5", "no text"),
        ("has:req.", "req.", "name of a header"),
        ("header:=x", "=", "name before"),
        ("header:a:", "", "missing"),
        ("path@x:1", "@", "Only dur"),
        ("since:yesterday", "yesterday", "how long ago"),
        ("since:25:99", "25:99", "how long ago"),
        ("~x a", "~x", 'no "~x"'),
        ("~m", "~m", "value behind"),
        ("/(a/", "(", "not closed"),
        ("path~a{3,2}", "{3,2}", "less than"),
        ("path~[z-a]", "z-a", "ends before"),
        ("path~[a", "[", "not closed"),
        (r"path~\1", r"\1", "not known here"),
        (r"path~\q", r"\q", "not known"),
        ("path~(?=a)", "(?=", "not known here"),
        ("path~*a", "*", "nothing for"),
        ("path~a**", "*", "repeat of a repeat"),
        ("path~((((a{200}){200}){200}))", "((((a{200}){200}){200}))", "too large"),
        ("a\ud800", "\ud800", "surrogate"),
    ],
)
def test_errors_point_at_their_place(text, wrong, said):
    with pytest.raises(FilterError) as caught:
        parse(text)
    error = caught.value
    assert said in error.message
    assert error.message.endswith(".")
    assert text[error.start : error.end] == wrong
    assert 0 <= error.start <= len(text)


@pytest.mark.parametrize(
    "text", ["(" * 60 + "a" + ")" * 60, "-" * 60 + "a", "NOT " * 60 + "a", "a " * 300, "x" * 5_000]
)
def test_there_are_bounds(text):
    with pytest.raises(FilterError):
        parse(text)
    assert parse("x" * LENGTH_LIMIT)


_PIECES = st.sampled_from(
    [
        *(f"{field.name}:" for field in FIELDS),
        *(f"{field.name}~" for field in FIELDS),
        *(f"{word.value}" for field in FIELDS for word in field.words),
        *ALIASES,
        *(unit for units in UNITS.values() for unit in units),
        *" \t()()-\"'/\\*,..=<>:~@|+?[]{}^$.",
        *("AND", "OR", "NOT", "5xx", "1", "404", "1.5", "5m", "14:05", "none", "vary", "é", "ß", "\0", "\ud800"),
        "dur@Session:",
    ]
)


@settings(max_examples=250, deadline=None)
@given(st.one_of(st.lists(_PIECES, max_size=14).map("".join), st.text(max_size=40)))
def test_nothing_but_a_filter_error_is_ever_raised(text):
    wrong = None
    try:
        where = parse(text, now=NOW)
    except FilterError as error:
        wrong = error
    if wrong is None:
        assert where.select().where.sql
        assert where.matches(Nothing()) in {True, False}
    else:
        assert 0 <= wrong.start <= len(text)
        assert wrong.length >= 1
        assert wrong.message


class Nothing:
    def get(self, name):
        assert name in FACTS


def test_a_filter_of_plain_text_takes_it_as_it_is():
    assert shape(Filter.containing("GET /a (OR").tree) == "line has get /a (or"
    assert Filter.containing("").everything


def test_the_table_is_whole():
    for field in FIELDS:
        assert field.help
        assert (field.known in {"summary", "worker"} and field.kind != "flag") == bool(field.column)
        for word in field.words:
            if field.kind == "flag":
                assert parse(word.meaning.replace("{slow}", "1"), now=NOW).tree
    for meaning in ALIASES.values():
        parse(f"{meaning}1" if meaning.endswith((":", "~")) else meaning)


def test_the_speed_of_every_field_is_measured():
    assert FILTERS.keys() == {"", *(field.name for field in FIELDS)}
    for text in (text for texts in FILTERS.values() for text in texts):
        parse(text)


@pytest.mark.parametrize(
    ("text", "word"), [("status:4xx or path:/x", "or"), ("-(a and b)", "and"), ("not a OR b", "not")]
)
def test_who_writes_small_what_joins_is_told(text, word):
    assert parse(text).advice == f'Here "{word}" is a text to be found: in capitals, {word.upper()}, it joins.'


def test_a_bare_number_is_told_from_that_of_a_request():
    assert parse("12 method:GET").advice == 'Here "12" is a text to be found: the request of that number is id:12.'


def test_the_rules_of_each_side_are_those_of_the_linter():
    sides = Counter(rule[0] for rule in RULES)
    assert sides == RULES_OF
    assert list(RULES) == [f"{side}{number:02}" for side, last in sides.items() for number in range(1, last + 1)]


@pytest.mark.parametrize("text", ["", "a OR b", "NOT path:or", "corps", "-a AND b", '"this or that"'])
def test_there_is_no_advice_on_what_says_what_it_means(text):
    assert parse(text).advice == ""
