"""Every claim of every lesson can fail: a stored mutation of its cell or one above makes it throw."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("nbclient")

import book_claims  # noqa: E402
import book_kernel  # noqa: E402
import book_source  # noqa: E402
import lesson  # noqa: E402

LESSONS = book_source.sources()


@pytest.mark.parametrize("source", LESSONS, ids=[s.stem for s in LESSONS])
def test_each_claim_has_a_mutation(source: Path) -> None:
    made = [i for c in book_source.code_cells(book_source.read(source)) for i in book_source.claims(c.source)]
    assert made, "a lesson without a claim"
    assert len(set(made)) == len(made), f"twice: {sorted(i for i in made if made.count(i) > 1)}"
    assert all(i.startswith(source.stem[:2] + ".") for i in made), made
    mutations = book_claims.mutations(source)
    assert set(mutations) == set(made), f"without a mutation: {set(made) - set(mutations)}; of no claim: {set(mutations) - set(made)}"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("source", lesson.each())
def test_each_claim_can_fail(source: Path) -> None:
    wrong = lesson.walk(source).claims
    assert not wrong, "\n\n".join(wrong)


def test_claims_that_cannot_fail_are_reported() -> None:
    cells = ["double x = 2;", 'claim("98.a", x, 2, 1e-9);', 'claim("98.b", true || x > 0);\nclaim("98.c", x > 1);']
    with book_kernel.session(log="claims-self.log") as session:
        change = book_claims.Mutation
        assert book_claims.try_all(session, cells, {"98.a": change("= 2", "= 3"), "98.c": change("= 2", "= 1")}) == []
        for claim, mutation, word in [
            ("98.b", change("= 2", "= -1"), "still holds"),
            ("98.a", change("= 2", "= y"), "did not reach"),
            ("98.a", change("x > 1", "x > 3"), "not found"),
            ("98.a", change("= 2", "= 2"), "changes nothing"),
            ("98.c", change("x > 1", "x"), "did not reach"),
        ]:
            found = book_claims.try_all(session, cells, {claim: mutation})
            assert len(found) == 1 and word in found[0], (claim, mutation, found)


def test_the_file_of_mutations_is_read_strictly(tmp_path: Path) -> None:
    source = tmp_path / "98-toy.md"
    file = tmp_path / "98-claims.txt"
    file.write_text("# why\n98.a\n- x = 1\n+ x = 2\n\n98.b\n- a\n- b\n+ c\n", encoding="utf-8")
    assert book_claims.mutations(source) == {
        "98.a": book_claims.Mutation("x = 1", "x = 2"),
        "98.b": book_claims.Mutation("a\nb", "c"),
    }
    for bad in ("98.a\n+ x\n", "- x\n+ y\n", "98.a\n- x\n+ y\n98.a\n- x\n+ y\n", "98.a\n- x\n+ y\nwhat is this\n"):
        file.write_text(bad, encoding="utf-8")
        with pytest.raises(book_source.BadSource):
            book_claims.mutations(source)
