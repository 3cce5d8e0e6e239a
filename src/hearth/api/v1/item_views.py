"""From the rows of browse to the shapes of API v1."""

import base64
from collections.abc import Iterable

from hearth import browse
from hearth.api.v1 import views
from hearth.api.v1.item_streams import loudness_view, track_facts, version_view
from hearth.api.v1.views import hand_lists
from hearth.kit.paging import Page

_PREFIX = "/api/v1"


def item_view(item: browse.Item) -> views.Item:
    """A row of a list."""
    return views.Item(
        id=item.id,
        kind=item.kind,
        library_id=item.library_id,
        parent_id=item.parent_id,
        title=item.title,
        year=item.year,
        duration_ms=item.duration_ms,
        rating=item.rating,
        group=item.group,
        number=item.number,
        last_number=item.last_number,
        child_count=item.child_count,
        series=_ref(item.series),
        album=_ref(item.album),
        artists=ref_views(item.artists),
        quality=item.quality,
        overview=item.overview,
        images=image_views(item.pictures),
        user=user_state(item.state),
        added_at=item.added_at,
    )


def item_views(items: Iterable[browse.Item]) -> list[views.Item]:
    return [item_view(item) for item in items]


def ref_view(ref: browse.Ref) -> views.Ref:
    return views.Ref(ref.id, ref.kind, ref.title, ref.group, ref.number, ref.last_number)


def ref_views(refs: Iterable[browse.Ref]) -> list[views.Ref]:
    return [ref_view(ref) for ref in refs]


def _ref(ref: browse.Ref | None) -> views.Ref | None:
    return ref_view(ref) if ref is not None else None


def user_state(state: browse.State) -> views.UserState:
    return views.UserState(
        state.position_ms,
        state.watched,
        state.play_count,
        state.favorite,
        state.rating,
        state.last_played_at,
        state.unwatched,
    )


def image_views(pictures: dict[str, browse.Picture]) -> dict[str, views.Image]:
    """Pictures by type; each is named by its owner and the hash of its bytes, so that it may be kept for ever."""
    return {
        type_: views.Image(
            url=f"{_PREFIX}/items/{picture.item_id}/images/{picture.type}?v={picture_version(picture)}",
            width=picture.width,
            height=picture.height,
            thumbhash=base64.b64encode(picture.thumbhash).decode() if picture.thumbhash else None,
            color=picture.color,
        )
        for type_, picture in pictures.items()
    }


def picture_version(picture: browse.Picture) -> str:
    """Enough of the hash to tell one picture from the next."""
    return picture.hash[:8].hex()


def detail_view(detail: browse.Detail) -> views.ItemDetail:
    """All that a detail page shows."""
    row = item_view(detail.item)
    return views.ItemDetail(
        **{name: getattr(row, name) for name in views.Item.__struct_fields__ if name != "overview"},
        original_title=detail.original_title,
        overview=detail.overview,
        tagline=detail.tagline,
        released=detail.released,
        content_rating=detail.content_rating,
        genres=list(detail.genres),
        studios=list(detail.studios),
        credits=[
            views.Credit(credit.person_id, credit.name, credit.role, credit.character) for credit in detail.credits
        ],
        provider_ids=detail.provider_ids,
        locked=list(detail.locked),
        parents=ref_views(detail.parents),
        next=_ref(detail.next),
        previous=_ref(detail.previous),
        versions=[version_view(version, detail.sidecars) for version in detail.versions],
        extras=item_views(detail.extras),
        track=track_facts(detail) if detail.item.kind == "track" else None,
        play_target=_ref(detail.play_target),
        loudness=loudness_view(detail.gain),
    )


def hand_list_view(found: browse.HandList) -> hand_lists.HandList:
    """A playlist or collection."""
    return hand_lists.HandList(
        found.id,
        found.name,
        found.overview,
        found.shared,
        found.editable,
        found.rule,
        found.own,
        found.owner,
        found.created_at,
        found.updated_at,
    )


def entry_page(page: Page[browse.Entry]) -> hand_lists.EntryPage:
    """A page of what is in one."""
    entries = [hand_lists.Entry(entry.id, item_view(entry.item)) for entry in page.items]
    return hand_lists.EntryPage(entries, page.next, page.total)


def checked(rule: browse.Rule | None) -> browse.Rule | None:
    """A rule that makes sense; Invalid, with what would be right, for one that does not."""
    if rule is not None:
        browse.filter_of(rule)
    return rule
