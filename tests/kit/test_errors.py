"""The kinds of errors that doors map."""

from http import HTTPStatus

from hearth.kit.errors import KINDS, HearthError, NotFound


def test_every_kind_has_a_status_of_its_own_and_a_message() -> None:
    assert set(KINDS) == set(HearthError.__subclasses__())
    assert len({kind.status for kind in KINDS}) == len(KINDS)
    for kind in KINDS:
        assert HTTPStatus(kind.status)
        assert kind().detail == str(kind()) == kind.__doc__


def test_detail_and_extra() -> None:
    error = NotFound("There is no such film.", extra={"id": 7})
    assert (error.detail, error.extra, str(error)) == ("There is no such film.", {"id": 7}, "There is no such film.")
