"""Conferences, workshops, talks and films."""

from __future__ import annotations

from ticketing.seeding.programme.family import WEEKEND, Family

CONFERENCE = Family(
    key="conference",
    slots={
        "topic": ("Product Design", "Cloud Infrastructure", "Data Engineering", "Open Source",
                  "Climate Finance",
                  "Public Health", "Urban Mobility", "Front-End", "Security", "Robotics", "Renewable Energy",
                  "Digital Learning", "Supply Chain", "Game Development", "Service Design",
                  "Machine Learning"),
        "format": ("Summit", "Conference", "Forum", "Days", "Symposium", "Congress"),
        "name": ("Northlight", "Keystone", "Meridian", "Fieldnotes", "Waypoint", "Common Ground", "Threshold",
                 "Plainspoken", "Inflection", "Baseline"),
        "question": ("what actually works", "what comes after the hype", "how small teams do it",
                     "what it costs to run", "where the next ten years go", "how to begin on Monday"),
        "employer": ("a national railway", "a city hospital", "a twelve-person start-up",
                     "a public broadcaster",
                     "a university library", "the country’s largest grocer"),
    },
    titles=(
        "{city} {topic} {format}", "{name}: {topic} {format}", "{topic} {format} {city}",
        "{name} {city}: {topic}",
        "{topic}: {question}", "Women in {topic}: {city} {format}",
    ),
    leads=(
        "Practitioners on {question}: talks, hands-on sessions and time to meet people who do the same work.",
        "Everything about {topic} for people who build things, with speakers from industry and research.",
    ),
    openings=(
        "{topic} has no shortage of opinions. This programme is about experience: every speaker has "
        "shipped what they talk about and is asked to bring figures, including those that were "
        "disappointing.",
        "Once a year the {topic} community of {city} meets at {venue}. The programme is made by a "
        "committee of practitioners, there are no sponsored talks, and every session leaves fifteen "
        "minutes for questions.",
    ),
    bodies=(
        "{person} opens with a keynote on {question}. In the parallel tracks, {person.2} shows how "
        "{employer} changed its ways in eighteen months, and {person.3} takes apart a project that failed, "
        "without mercy and with slides.",
        "In the hands-on rooms you work in groups of eight with somebody who has done it before. Places "
        "are given out at the door, so come early for the session that you want most.",
        "The ticket includes coffee, a vegetarian lunch and the recordings of all talks. The evening ends "
        "with a reception in the foyer, where the speakers stay.",
    ),
    closings=(
        "Registration opens an hour before the first talk. Please bring your ticket on your phone or on "
        "paper; badges are printed on the spot. A code of conduct applies.",
        "Live captions are shown in both main rooms. There is a quiet room, and child care can be booked "
        "until two weeks before.",
    ),
    tags=("conference", "{topic}", "professional", "networking", "talks", "{city}"),
    price=(60, 290), hours=(9, 9.5, 10, 13, 14), weekdays=(1, 2, 3), venues=("centre", "hall", "theatre"),
)  # fmt: skip

WORKSHOP = Family(
    key="workshop",
    slots={
        "craft": ("Letterpress Printing", "Wheel-Thrown Pottery", "Watercolour", "Sourdough Baking",
                  "Bookbinding",
                  "Analogue Photography", "Wood Carving", "Screen Printing", "Songwriting", "Natural Dyeing",
                  "Calligraphy", "Life Drawing", "Improvised Theatre", "Mending and Darning", "Stained Glass",
                  "Travel Writing", "Bicycle Repair", "Linocut"),
        "level": ("for Beginners", "from Scratch", "in One Afternoon", "Masterclass", "Weekend Studio",
                  "for the Curious", "Step by Step"),
        "studio": ("the Back Room Studio", "Kiln & Press", "the Makers’ Yard", "Studio Linden", "Slow Hands"),
        "thing": ("a finished piece to take home", "a small series of your own", "a folder of samples",
                  "three pieces and a box of tools on loan"),
    },
    titles=("{craft} {level}", "{craft} with {person}", "{craft} {level} with {person}",
            "An Introduction to {craft}"),
    leads=(
        "A small group, good tools and {person}, who has taught this for fifteen years. You leave with "
        "{thing}.",
        "Learn the essentials of {craft} in a relaxed afternoon. No experience needed, all materials "
        "included.",
    ),
    openings=(
        "You learn a craft with your hands. {person} from {studio} explains for ten minutes, shows for ten "
        "more, and then it is your turn for the rest of the afternoon, with help whenever you get stuck.",
        "{craft} looks harder than it is, and is easier with somebody beside you. {person} keeps the groups "
        "small, so that nobody waits for the one tool that everybody needs.",
    ),
    bodies=(
        "We begin with the material: where it comes from, what it forgives and what it does not. Then "
        "follow two guided pieces and one of your own design. At the end you have {thing}.",
        "All materials, an apron and tea are included. Wear clothes that may get dirty, and tie back long "
        "hair.",
        "What you make stays at the studio if it has to dry or to be fired; you can collect it from "
        "the following week, or have it sent at cost.",
    ),
    closings=(
        "The room is on the ground floor and step-free. Left-handed tools are available: please say so "
        "when you arrive.",
        "Come ten minutes early. If you have to cancel, pass your ticket on to a friend: names are not "
        "checked.",
    ),
    tags=("workshop", "{craft}", "hands-on", "small group", "creative", "{city}"),
    price=(35, 120), hours=(10, 10.5, 13, 14, 18), weekdays=(2, *WEEKEND), venues=("centre", "market",
           "club"),
)  # fmt: skip

TALKS = Family(
    key="talks",
    slots={
        "book": ("The Border of Sleep", "A Short History of Windows", "Everything We Left in the Car",
                 "Cartographers", "The Patience of Stones", "Letters to a Landlord", "A Winter Grammar",
                 "The Second Kitchen", "How Cities Forget", "Low Tide", "The Arithmetic of Birds"),
        "subject": ("deep-sea life", "the history of salt", "forgotten languages",
                    "bridges and why they stand",
                    "the night sky", "bees and cities", "cheap housing", "the physics of music"),
    },
    titles=("{person} Reads from “{book}”", "{person} in Conversation: {book}", "An Evening on {subject}",
            "{person} on {subject}"),
    leads=("{person} talks with {person.2} and takes questions from the audience.",
           "Ninety minutes for curious people: no prior knowledge, no jargon, many pictures."),
    openings=(
        "{person} has spent eight years on one question and brings the answer, or at least better "
        "questions, to {city}. The conversation is led by {person.2}, who is known for not letting anybody "
        "off the hook.",
        "What do we really know about {subject}? More than twenty years ago, and less than the headlines "
        "say. {person} sorts one from the other, with pictures that have not been shown in public before.",
    ),
    bodies=(
        "The first part is a reading or talk of about forty minutes. After a short break the floor is "
        "yours: questions can be asked aloud or handed in on paper.",
        "Books are on sale in the foyer, and {person} signs them afterwards for as long as the line lasts.",
    ),
    closings=("The hall has an induction loop; sign language is offered on request.",
              "Doors open half an hour before. Unreserved seating."),
    tags=("talk", "books", "ideas", "{city}", "conversation"),
    price=(10, 28), hours=(18, 18.5, 19, 19.5), weekdays=(0, 1, 2, 3), venues=("theatre", "centre", "hall"),
)  # fmt: skip

FILM = Family(
    key="film",
    slots={
        "film": ("Metropolis", "The General", "Nosferatu", "City Lights", "Sunrise", "Safety Last!",
                 "The Cabinet of Dr. Caligari", "The Kid", "Sherlock Jr.", "The Passion of Joan of Arc"),
        "series": ("Silent Film with Live Piano", "Short Film Night", "Documentary Season", "Open-Air Cinema",
                   "The Restored Print"),
    },
    titles=("{film}: {series}", "{series}: {film}", "{film} with Live Score by {person}", "{series} {city}"),
    leads=("A restored print on the big screen, introduced by {person.2} and accompanied live.",),
    openings=(
        "Some films were never meant for a small screen. “{film}” is one of them. We show it as its "
        "first audience saw it: on film, in the dark, with music made in the room.",
        "{person} has written a new score that follows the picture frame by frame and still leaves room to "
        "improvise. No two evenings are alike.",
    ),
    bodies=("{person.2} introduces the film in ten minutes, and tells how the missing reel was found.",
            "The screening is followed by drinks in the foyer and a look into the projection room."),
    closings=("Intertitles in English. Seats are unreserved; the bar opens an hour before.",
              "In the open air, bring a blanket: the film runs in light rain."),
    tags=("film", "cinema", "screening", "{city}", "live score"),
    price=(12, 24), hours=(18, 19, 20, 21), venues=("theatre", "park", "hall"),
)  # fmt: skip
