"""Applications of Flask, Pyramid, Bottle and Falcon, with middleware in all the places that these have for it."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

from tests.zoo.animal import GET, LOG, Logged, animal, folder, generated, hello, read_locals

VIEWS = [GET, {"path": "/wrong"}, {"path": "/missing"}]
STREAMS = [{"path": "/stream"}, {"path": "/stream", "items": 1}]


def pass_on(app):
    """A middleware that does nothing."""

    def middleware(environ, start_response):
        return app(environ, start_response)

    return middleware


def home():
    """A view."""
    read_locals()
    return "hello"


def wrong():
    """A view that fails."""
    raise ValueError("wrong")


def flask_app():
    import flask

    app = flask.Flask("zoo")
    app.logger.disabled = True
    app.secret_key = "zoo"
    app.add_url_rule("/", "home", home)
    app.add_url_rule("/wrong", "wrong", wrong)
    app.add_url_rule("/stream", "stream", lambda: flask.Response(generated(), mimetype="text/plain"))
    return app


@animal("flask", requests=VIEWS, more=STREAMS)
def flask_plain(between):
    return flask_app()


@animal("flask", requests=VIEWS, more=STREAMS)
def flask_wrapped_inside(between):
    from werkzeug.middleware.proxy_fix import ProxyFix

    app = flask_app()
    app.wsgi_app = ProxyFix(between(pass_on(between(app.wsgi_app))))
    return app


@animal("flask", requests=VIEWS, more=STREAMS)
def flask_behind_a_proxy_object(between):
    from werkzeug.local import LocalProxy

    app = flask_app()
    return pass_on(LocalProxy(lambda: app))


@animal("flask", requests=[GET, {"path": "/shop/item/7"}, {"path": "/shop/missing"}, {"path": "/shop/wrong"}])
def flask_with_hooks_and_blueprints(between):
    import flask

    app = flask_app()
    shop = flask.Blueprint("shop", "zoo", url_prefix="/shop")
    app.before_request(flask_before)
    app.after_request(flask_after)
    app.teardown_request(flask_teardown)
    shop.before_request(flask_before_shop)
    shop.add_url_rule("/item/<int:number>", view_func=flask_item)
    shop.add_url_rule("/wrong", view_func=wrong)
    shop.register_error_handler(ValueError, flask_explains)
    app.register_blueprint(shop)
    return app


def flask_before():
    """Before every request."""
    LOG.append("before")


def flask_before_shop():
    """Before those of the blueprint."""
    LOG.append("before shop")


def flask_after(response):
    """After every request."""
    response.headers["X-After"] = "1"
    return response


def flask_teardown(error):
    """At the end."""
    LOG.append(f"teardown {error!r}")


def flask_item(number):
    """A view of the blueprint."""
    return f"item {number}"


def flask_explains(error):
    """An error handler of the blueprint."""
    return f"explained: {error}", 500


@animal("flask_session", "cachelib", requests=[GET], times=60)
def flask_session(between):
    import flask
    from cachelib import FileSystemCache
    from flask_session import Session

    app = flask.Flask("zoo")
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(folder()))
    Session(app)
    app.add_url_rule("/", "home", flask_counts)
    return app


def flask_counts():
    """A view that keeps something in the session."""
    import flask

    flask.session["seen"] = True
    return "seen"


@animal("whitenoise", "flask", requests=[GET, {"path": "/static/a.txt"}])
def flask_behind_whitenoise(between):
    from whitenoise import WhiteNoise

    app = flask_app()
    app.wsgi_app = WhiteNoise(between(app.wsgi_app), root=folder(a="static"), prefix="static/")
    return app


@animal("dash", requests=[GET, {"path": "/_dash-layout"}])
def dash_application(between):
    import dash

    app = dash.Dash("zoo", serve_locally=False)
    app.layout = dash.html.Div("hello")
    return app.server


def clock_tween(handler, registry):
    """A tween that sets a header field."""

    def tween(request):
        response = handler(request)
        response.headers["X-Tween"] = "1"
        return response

    return tween


def pyramid_app():
    from pyramid.config import Configurator
    from pyramid.response import Response

    def view(request):
        read_locals()
        return Response("hello")

    with Configurator() as config:
        config.add_tween("tests.zoo.framework_animals.clock_tween")
        for name in ("home", "mounted", "stream"):
            config.add_route(name, "/" if name == "home" else f"/{name}*subpath")
        config.add_view(view, route_name="home")
        config.add_view(lambda _: Response(app_iter=Logged([b"a", b"b"])), route_name="stream")
        return config.make_wsgi_app()


@animal("pyramid", requests=[GET, {"path": "/missing"}], more=STREAMS)
def pyramid_with_a_tween(between):
    return pyramid_app()


@animal("pyramid", requests=[{"path": "/mounted/stream"}, {"path": "/mounted"}], more=[{"path": "/mounted/wrong"}])
def pyramid_around_an_application(between):
    from pyramid.config import Configurator
    from pyramid.wsgi import wsgiapp2

    with Configurator() as config:
        config.add_route("mounted", "/mounted*subpath")
        config.add_view(wsgiapp2(between(hello)), route_name="mounted")
        return config.make_wsgi_app()


@animal("pyramid_tm", "transaction", requests=[GET])
def pyramid_transactions(between):
    from pyramid.config import Configurator
    from pyramid.response import Response

    with Configurator() as config:
        config.include("pyramid_tm")
        config.add_route("home", "/")
        config.add_view(lambda request: Response(repr(request.tm.isDoomed())), route_name="home")
        return config.make_wsgi_app()


@animal(
    "bottle", requests=[GET, {"path": "/mounted/stream"}, {"path": "/missing"}], more=[*STREAMS, {"path": "/wrong"}]
)
def bottle_mounts_and_plugins(between):
    import bottle

    app = bottle.Bottle()
    app.route("/", callback=home)
    app.route("/wrong", callback=wrong)
    app.route("/stream", callback=generated)
    app.install(bottle_plugin)
    inner = bottle.Bottle()
    inner.route("/stream", callback=generated)
    app.mount("/mounted/", inner)
    return app


def bottle_plugin(callback):
    """A plugin that sets a header field."""

    def wrapper(*args, **kwargs):
        import bottle

        bottle.response.set_header("X-Plugin", "1")
        return callback(*args, **kwargs)

    return wrapper


@animal("bottle", requests=[{"path": "/inner/"}], more=[{"path": "/inner/stream"}, {"path": "/inner/wrong"}])
def bottle_around_an_application(between):
    import bottle

    app = bottle.Bottle(catchall=False)
    app.mount("/inner/", between(hello))
    return app


class FalconClock:
    """A component with all three methods."""

    def process_request(self, request, response):
        request.context.began = 1

    def process_resource(self, request, response, resource, params):
        LOG.append(sorted(params))

    def process_response(self, request, response, resource, succeeded):
        response.set_header("X-Component", str(succeeded))


class FalconHome:
    """A resource."""

    def on_get(self, request, response):
        read_locals()
        response.text = "hello"


class FalconStream:
    """A resource that streams."""

    def on_get(self, request, response, number):
        response.stream = Logged([b"a", b"b"])


def falcon_app():
    import falcon

    app = falcon.App(middleware=[FalconClock()])
    app.add_route("/", FalconHome())
    app.add_route("/stream/{number}", FalconStream())
    return app


@animal("falcon", requests=[GET, {"path": "/stream/1"}, {"path": "/missing"}], more=[{"path": "/stream/1", "items": 1}])
def falcon_with_a_component(between):
    return falcon_app()


@animal("flask", "sqlalchemy", requests=[GET, {"path": "/wrong"}], more=[{"path": "/stream"}])
def flask_with_sqlalchemy(between):
    import flask
    import sqlalchemy
    from sqlalchemy import orm

    base = orm.declarative_base()
    maker = type(
        "Maker", (base,), {"__tablename__": "maker", "id": sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)}
    )
    columns = {
        "id": sqlalchemy.Column(sqlalchemy.Integer, primary_key=True),
        "maker_id": sqlalchemy.Column(sqlalchemy.ForeignKey("maker.id")),
        "maker": orm.relationship(maker),
    }
    plant = type("Plant", (base,), {"__tablename__": "plant", **columns})
    threads = {"check_same_thread": False}
    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool, connect_args=threads)
    base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.add_all([plant(id=number, maker=maker(id=number)) for number in range(5)])
        session.commit()

    @sqlalchemy.event.listens_for(engine, "before_cursor_execute", retval=True)
    def mark(_conn, _cursor, statement, parameters, _context, _many):
        return f"{statement} -- marked", parameters

    def listed():
        with orm.Session(engine) as session:
            for each in session.scalars(sqlalchemy.select(plant).order_by(plant.id)):
                LOG.append(each.maker.id)
                yield f"{each.id} of {each.maker.id}\n"

    def plants():
        return "".join(listed())

    def failing():
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT missing"))

    app = flask.Flask("zoo")
    app.logger.disabled = True
    app.add_url_rule("/", "home", plants)
    app.add_url_rule("/stream", "stream", lambda: flask.Response(listed(), mimetype="text/plain"))
    app.add_url_rule("/wrong", "wrong", failing)
    return app
