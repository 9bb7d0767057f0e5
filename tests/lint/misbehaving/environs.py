"""The environ that a middleware calls inward with."""

from __future__ import annotations

import io

from tests.lint.misbehaving.cases import CASES, Case, around, fault, plain, setting

ENVIRONS = {
    "path_without_slash": ("S13", {"PATH_INFO": "cart"}),
    "script_name_without_slash": ("S12", {"SCRIPT_NAME": "api"}),
    "script_name_of_a_slash": ("S12", {"SCRIPT_NAME": "/"}),
    "script_name_with_slash_at_its_end": ("S12", {"SCRIPT_NAME": "/api/"}),
    "method_empty": ("S05", {"REQUEST_METHOD": ""}),
    "port_of_int": ("S09", {"SERVER_PORT": 80}),
    "user_of_none": ("S22", {"REMOTE_USER": None}),
    "user_beyond_latin_1": ("S10", {"REMOTE_USER": "\u2713"}),
    "length_with_sign": ("S16", {"CONTENT_LENGTH": "+3"}),
    "content_type_as_field": ("S18", {"HTTP_CONTENT_TYPE": "text/plain"}),
    "protocol_without_minor": ("S11", {"SERVER_PROTOCOL": "HTTP/2"}),
    "scheme_in_capitals": ("S08", {"wsgi__url_scheme": "HTTPS"}),
    "version_as_list": ("S07", {"wsgi__version": [1, 0]}),
    "input_of_bytes": ("S23", {"wsgi__input": b"a=1"}),
    "input_of_text": ("S24", {"wsgi__input": io.StringIO("a=1")}),
    "errors_in_bytes": ("S30", {"wsgi__errors": io.BytesIO()}),
    "variable_in_lower_case": ("S19", {"HTTP_x_user": "ada"}),
    "key_without_dot": ("M16", {"user": "ada"}),
}


def _environed(name, rule, values):
    CASES[name] = Case(name, lambda: around(setting(**values)), frozenset({rule}))


for _name, (_rule, _values) in ENVIRONS.items():
    _environed(_name, _rule, _values)


@fault("S06")
def drops_a_key():
    def faulty(environ, start_response):
        del environ["wsgi.errors"]
        return plain(environ, start_response)

    return around(faulty)


@fault("M01")
def environ_of_a_subclass():
    class Environ(dict):
        pass

    def faulty(environ, start_response):
        return plain(Environ(environ), start_response)

    return around(faulty)


@fault("M14", target="/api/cart")
def prefix_stays_in_the_path():
    return around(setting(SCRIPT_NAME="/api"))


@fault("M14", target="/api/cart")
def shifts_too_much():
    return around(setting(SCRIPT_NAME="/api", PATH_INFO="/art"))
