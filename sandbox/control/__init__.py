"""The sandbox's own API, for the page and for whoever plays a person: docs/sandbox.md."""
