"""The only room that speaks HTTP: app factory, composition root, blueprints, templates, command line. May import everything."""
