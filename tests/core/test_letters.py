from mtcheck.core.letters import likelier


def test_a_word_is_told_by_its_letters() -> None:
    assert likelier("nedrivning", "da", "en") > 5
    assert likelier("nowhere", "da", "en") < 0


def test_nothing_is_told_without_a_vocabulary() -> None:
    assert likelier("nedrivning", "da", "xx") == 0
