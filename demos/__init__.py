"""Applications to look at through wsgitrace: `demos.hello`, `demos.shop`, `demos.broken` and one shop per framework."""
