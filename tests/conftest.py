"""What every room's tests share."""

pytest_plugins = [
    "tests.fixtures.canaries",
    "tests.fixtures.redis",
    "tests.fixtures.sandbox",
    "tests.fixtures.bot",
]
