"""The difference between two versions names each word."""

from webapp.texts.differences import PieceKind, compare_texts


def test_changed_words_added_lines_and_removed_lines_are_told_apart() -> None:
    places = compare_texts("a\nb c d\ne\nf\ng\nh\n", "a\nb x d\ne\nf\ng\n")
    assert [[(piece.kind.value, piece.text) for piece in place] for place in places] == [
        [("same", "a\n"), ("same", "b "), ("removed", "c "), ("added", "x "), ("same", "d\n"),
         ("same", "e\n")],
        [("same", "g\n"), ("removed", "h\n")],
    ]  # fmt: skip


def test_equal_texts_differ_nowhere_and_all_of_a_new_one_is_added() -> None:
    assert compare_texts("a\n", "a\n") == ()
    assert compare_texts("", "a") == (((PieceKind.ADDED, "a"),),)
