from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import starmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.recipients.difference import Change, difference
from dispatcher.recipients.lists import Listed

PLACES = ("Delhi", "Mumbai")


def _listed(
    address: str, post: str = "Commissioner", *places: str, primary: bool = True, cell: str = "E3"
) -> Listed:
    texts = {"hi": post, "en": post}
    return Listed(
        address=address,
        places=places or ("Mumbai",),
        designation=texts,
        organisation={},
        primary=primary,
        cell=cell,
    )


MUMBAI = _listed("mumbai@customs.example")
DELHI = _listed("delhi@customs.example", "Commissioner", "Delhi", cell="E4")
SPARE = _listed("spare@customs.example", "Commissioner", "Delhi", primary=False, cell="E4")


def test_a_sorted_list_is_the_same_list() -> None:
    """Neither the order of rows and places, nor cells, nor case make a difference."""
    both = replace(DELHI, places=PLACES)
    loud = replace(both, address="DELHI@customs.example", places=PLACES[::-1], cell="F9", organisation={"en": ""})

    found = difference(
        [MUMBAI, both], [loud, replace(MUMBAI, designation={"en": "COMMISSIONER", "hi": "Commissioner"})]
    )

    assert not found
    assert (2, 2) == (found.before, found.after)


def test_new_and_gone() -> None:
    """An entry without a partner on the other side is new or gone."""
    found = difference([MUMBAI, DELHI], [MUMBAI, _listed("agra@customs.example", "Inspector", "Agra")])

    assert ["agra@customs.example"] == [one.address for one in found.new]
    assert (DELHI,) == found.gone
    assert ((), ()) == (found.changed_address, found.changed_post)


def test_same_post_with_another_address() -> None:
    """The post at its place stays, so its address changed."""
    after = replace(DELHI, address="delhi2@customs.example")

    found = difference([MUMBAI, DELHI], [after, MUMBAI])

    assert (Change(DELHI, after),) == found.changed_address
    assert ((), (), ()) == (found.new, found.gone, found.changed_post)


@pytest.mark.parametrize(
    "change",
    [
        {"designation": {"en": "Joint Commissioner"}},
        {"organisation": {"en": "Customs"}},
        {"places": ("Delhi", "Jaipur")},
        {"primary": False},
    ],
)
def test_same_address_with_another_post(change: dict[str, object]) -> None:
    """The address stays, so what it stands for changed: a text, the places, or being the main one."""
    after = replace(DELHI, **change)  # type: ignore[arg-type]

    found = difference([MUMBAI, DELHI], [MUMBAI, after])

    assert (Change(DELHI, after),) == found.changed_post
    assert ((), (), ()) == (found.new, found.gone, found.changed_address)


def test_two_that_swap_posts_keep_their_addresses() -> None:
    """Where both readings are possible, the address is what stays: nobody is told of a new mailbox."""
    left, right = replace(MUMBAI, places=("Delhi",)), replace(DELHI, places=("Mumbai",))

    found = difference([MUMBAI, DELHI], [left, right])

    assert (Change(MUMBAI, left), Change(DELHI, right)) == found.changed_post


def test_the_main_address_of_a_post_follows_the_main_one() -> None:
    """A post's main and further address change each for itself."""
    main = replace(DELHI, address="main@customs.example")
    further = replace(SPARE, address="further@customs.example")

    found = difference([DELHI, SPARE], [further, main])

    assert (Change(SPARE, further), Change(DELHI, main)) == found.changed_address


def test_which_became_which_is_not_guessed() -> None:
    """Where a post lost two addresses and won one, they are gone and new."""
    second = replace(SPARE, address="second@customs.example")
    third = replace(SPARE, address="third@customs.example")

    found = difference([SPARE, second], [third])

    assert ((third,), (SPARE, second), ()) == (found.new, found.gone, found.changed_address)


def test_entries_without_a_post_are_not_paired() -> None:
    """Two addresses have nothing in common where neither names a post or place."""
    bare = Listed(address="a@x.example", places=(), designation={}, organisation={}, primary=True, cell="A2")
    other = replace(bare, address="b@x.example")

    found = difference([bare], [other])

    assert ((other,), (bare,)) == (found.new, found.gone)


def test_one_role_of_an_address_can_go() -> None:
    """An address that stands twice and loses one of its posts is gone there, and counted as before."""
    second = replace(MUMBAI, places=("Bengaluru",))

    found = difference([MUMBAI, second], [MUMBAI])

    assert ((second,), 1, 1) == (found.gone, found.before, found.after)


@pytest.mark.parametrize(
    ("before", "after", "unusual"), [(20, 22, False), (20, 23, True), (20, 17, True), (1, 2, True)]
)
def test_a_tenth_is_the_usual_share(before: int, after: int, *, unusual: bool) -> None:
    """A list that grew or shrank by more than a tenth is unusual."""
    one, two = (
        [_listed(f"n{n}@x.example", "Officer", f"Place {n}") for n in range(count)] for count in (before, after)
    )

    assert unusual == difference(one, two).is_unusual


ENTRIES = st.lists(
    st.builds(
        _listed,
        st.sampled_from([f"{letter}@x.example" for letter in "abcdeA"]),
        st.sampled_from(["Commissioner", "Inspector", ""]),
        st.sampled_from(["Delhi", "Mumbai"]),
        primary=st.booleans(),
    ),
    max_size=8,
)


@given(ENTRIES, ENTRIES)
def test_every_entry_stands_once(before: list[Listed], after: list[Listed]) -> None:
    """Each entry of either list is in one of the four or unchanged, and what is unchanged agrees."""
    found = difference(before, after)

    changes = [*found.changed_address, *found.changed_post]
    left = Counter(map(_key, before)) - Counter(map(_key, [*found.gone, *(one.before for one in changes)]))
    right = Counter(map(_key, after)) - Counter(map(_key, [*found.new, *(one.after for one in changes)]))
    assert left == right
    assert len(before) == left.total() + len(found.gone) + len(changes)
    assert len(after) == right.total() + len(found.new) + len(changes)


@given(ENTRIES, ENTRIES)
def test_back_is_the_reverse_of_forth(before: list[Listed], after: list[Listed]) -> None:
    """What is new one way is gone the other way, and a list does not differ from itself."""
    forth, back = difference(before, after), difference(after, before)

    assert Counter(map(_key, forth.new)) == Counter(map(_key, back.gone))
    assert len(forth.changed_address) == len(back.changed_address)
    assert not difference(before, before)
    assert all(starmap(_same_post, ((one.before, one.after) for one in forth.changed_address)))


def _key(entry: Listed) -> tuple[object, ...]:
    return entry.identity, entry.post, entry.primary


def _same_post(before: Listed, after: Listed) -> bool:
    return before.post == after.post and before.identity != after.identity
