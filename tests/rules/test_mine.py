from bot.rules.mine import ALL_UP_TO, name_ref, names, own_names, suggested
from tests.rules.make import DAY, HOUR, NOW, idaas, kyuubi


def test_few_tokens_suggest_all_and_many_mine() -> None:
    """Up to twenty, all of them ringing is no noise."""
    assert suggested(0) == suggested(ALL_UP_TO) == "all"
    assert suggested(ALL_UP_TO + 1) == "mine"


def test_names_are_those_of_tokens_that_may_ring() -> None:
    """Creators and accounts, those of most tokens first; each counts once a token."""
    tokens = (
        kyuubi("a", created_by="mei", accounts=("mei", "etl")),
        kyuubi("b", created_by="admin", accounts=("etl", "")),
        kyuubi("c", created_by="admin", accounts=("etl",)),
        idaas(created_by="app_9"),
    )

    assert names(tokens) == ("etl", "admin", "app_9", "mei")


def test_names_of_what_never_rings_are_left_out() -> None:
    """Short-lived, revoked and everlasting tokens lend no names."""
    tokens = (
        kyuubi("short", created_by="a", created_at=NOW, expires_at=NOW + HOUR),
        kyuubi("revoked", created_by="b", revoked=True),
        kyuubi("everlasting", created_by="c", expires_at=None),
        kyuubi("expired", created_by="d", expires_at=NOW - DAY),
    )

    assert names(tokens) == ("d",)


def test_a_reference_tells_names_apart() -> None:
    """It is short, stable, and takes whatever a name is made of."""
    assert name_ref("mei") == name_ref("mei")
    assert len({name_ref(name) for name in ("mei", "Mei", "", "\ud800", "界" * 900)}) == 5
    assert all(len(name_ref(name)) == 12 for name in ("mei", "\ud800"))


def test_own_names_are_equal_whatever_their_case() -> None:
    """Nothing but a whole name that a person goes by, and never an empty one."""
    offered = ("etl", "MEI", "mei.tan", "mei tan ", "Mei2", "")

    assert own_names(offered, ["mei", "Mei Tan", ""]) == ("MEI", "mei tan ")
    assert own_names(offered, ["", "m"]) == ()
