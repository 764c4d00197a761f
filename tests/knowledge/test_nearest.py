from bot.core.nearest import nearest, suggestion


def test_a_misspelt_word_finds_the_one_that_was_meant() -> None:
    assert nearest("Phrses", ["title", "phrases", "topic"]) == "phrases"


def test_a_word_like_no_other_finds_nothing() -> None:
    assert nearest("xyz", ["title", "phrases"]) is None
    assert nearest("x" * 61, ["x" * 60]) is None


def test_a_hint_names_the_nearest_word_or_else_the_known_ones() -> None:
    assert suggestion("titel", {"title", "topic"}) == 'Did you mean "title"?'
    assert suggestion("xyz", {"topic", "title"}) == "Known here: title, topic."
    assert suggestion("xyz", []) == "Nothing of this kind is known yet."


def test_a_hint_lists_no_more_words_than_can_be_read() -> None:
    assert suggestion("xyz", [f"w{n:02}" for n in range(21)]).endswith(", w18, w19 and more.")
