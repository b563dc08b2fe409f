"""What every room's tests share."""

from hypothesis import settings

# A loaded machine is no reason to fail: time is measured in bench/.
settings.register_profile("tokenbell", deadline=None)
settings.load_profile("tokenbell")

pytest_plugins = [
    "tests.fixtures.canaries",
    "tests.fixtures.redis",
    "tests.fixtures.sandbox",
    "tests.fixtures.bot",
]
