"""What demo events are about: word lists for each kind, and the categories that lead to them."""

from __future__ import annotations

from ticketing.seeding.programme.family import Family, Words
from ticketing.seeding.programme.minds import CONFERENCE, FILM, TALKS, WORKSHOP
from ticketing.seeding.programme.outings import ART, FOOD, KIDS, SPORT
from ticketing.seeding.programme.stage import CLASSICAL, COMEDY, MUSIC, THEATRE

#: Name, icon, description and the family of its events; the first ones are made first.
CATEGORIES: tuple[tuple[str, str, str, Family], ...] = (
    ("Music", "music", "Concerts and club nights, from a lone guitar to a full arena.", MUSIC),
    ("Conferences", "people", "Talks and meetings for people who want to know more about their work.",
    CONFERENCE),
    ("Theatre", "masks", "Plays old and new, on large stages and small ones.", THEATRE),
    ("Sports", "ball", "Matches, meetings and finals.", SPORT),
    ("Food & Drink", "fork", "Festivals, markets and long tables.", FOOD),
    ("Workshops", "tools", "Learn something with your hands, in small groups.", WORKSHOP),
    ("Comedy", "smile", "Stand-up, improvisation and late-night shows.", COMEDY),
    ("Classical", "violin", "Orchestras, quartets and recitals.", CLASSICAL),
    ("Film", "film", "Screenings with something extra.", FILM),
    ("Art & Exhibitions", "frame", "Openings, guided walks and late nights in galleries.", ART),
    ("Family", "balloon", "For children and those they bring along.", KIDS),
    ("Books & Talks", "book", "Readings, lectures and conversations.", TALKS),
    ("Technology", "chip", "For people who build software and machines.", CONFERENCE),
    ("Jazz & Blues", "music", "Small stages, long solos.", MUSIC),
    ("Business", "people", "Forums and congresses.", CONFERENCE),
    ("Wine & Spirits", "fork", "Tastings with those who made it.", FOOD),
    ("Crafts", "tools", "Clay, paper, thread and wood.", WORKSHOP),
    ("Chamber Music", "violin", "Music for a few players.", CLASSICAL),
    ("Drama", "masks", "The serious side of the stage.", THEATRE),
    ("Street Food", "fork", "Eaten standing up.", FOOD),
    ("Team Sports", "ball", "Two sides, one winner.", SPORT),
    ("Science", "book", "What we know and how we know it.", TALKS),
    ("Photography", "frame", "Pictures, and the people who take them.", ART),
    ("Open Air", "music", "Under the sky, weather permitting.", MUSIC),
)  # fmt: skip

__all__ = ["CATEGORIES", "Family", "Words"]
