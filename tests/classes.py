"""A small taxonomy for the formats of classes: diamonds, parts, both cranes, and a key that must be encoded."""

from __future__ import annotations

from conftest import CARNIVORE, CRANE_BIRD, CRANE_MACHINE, DOG, vocabulary
from exported import ANIMAL, CANINE, DOMESTIC

from taxonomy.concept import SourceClass

BIRD, ELEVATOR, CAB, VEHICLE, CONTAINER, WHEELED, CAR = (
    "n01503061", "n03281145", "n02960352", "n04524313", "n03094503", "n04576211", "n02958343",
)  # fmt: skip
MIDS = {DOG: "/m/0bt9lr", ANIMAL: "/m/0jbk"}
WNIDS = (
    ANIMAL, CARNIVORE, CANINE, DOMESTIC, DOG, BIRD, CRANE_BIRD, CRANE_MACHINE, ELEVATOR, CAB, VEHICLE, CONTAINER,
    WHEELED, CAR,
)  # fmt: skip

OPEN = vocabulary(
    "open",
    *(SourceClass(wnid, wnid, wnid=wnid, mid=MIDS.get(wnid, "")) for wnid in WNIDS),
    SourceClass("a, b", 'zorg "quoted", flurb', parent=DOG, synonyms=("zorgdog",)),
)
RAW, ZORG = "open:a, b", "open:a%2C%20b"  # the id, and how it is written as one word
