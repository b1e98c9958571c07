"""Who and where, and the project’s wiring."""

# The release that this is; CHANGELOG.md says what came with it.
VERSION = "0.9.0"
