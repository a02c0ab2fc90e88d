"""A small shop: a second model for the OData package, with updatable sets and every type that the package knows."""
