from __future__ import annotations

from assent.web import server
from assent.web.site import Site
from tests.web.conftest import Visitor


def test_a_stranger_is_told_that_a_link_is_needed(stranger: Visitor) -> None:
    assert "This page needs a link" in stranger.client.get("/").text


def test_somebody_who_answers_finds_the_way_back_to_the_questions(person: Visitor) -> None:
    home = person.client.get("/").text
    assert ('href="/replies/work"' in home, 'href="/replies/owner"' in home) == (True, False)


def test_starting_the_page_gives_a_link_for_the_owner_and_one_for_annotators(
    site: Site, stranger: Visitor
) -> None:
    owner, annotator = (
        line.split("http://testserver")[1] for line in server.links(site, "http://testserver", 0.0)
    )
    roles = [site.store.people.invited(path.split("/")[-1], 1.0) for path in (owner, annotator)]
    assert roles == ["owner", "annotator"]
