"""Matches, food, art, and things for children."""

from __future__ import annotations

from ticketing.seeding.programme.family import WEEKEND, Family

SPORT = Family(
    key="sport",
    slots={
        "town": ("Northgate", "Riverton", "Oakdale", "Lakeside", "Kingsport", "Fairhaven", "Westbrook",
                 "Ashford",
                 "Port Allen", "Stonebridge", "Millfield", "Bayview"),
        "nick": ("Falcons", "Mariners", "Comets", "Rovers", "Bisons", "Storm", "Herons", "Athletic",
                 "Pioneers",
                 "Wildcats", "Tigers", "United"),
        "team": ("{town} {nick}",),
        "other": ("{town.2} {nick.2}",),
        "game": ("Basketball", "Volleyball", "Handball", "Ice Hockey", "Football", "Rugby", "Roller Derby"),
        "round": ("Quarter-Final", "Semi-Final", "Derby", "Season Opener", "Cup Night", "League Match",
                  "Play-Off"),
    },
    titles=(
        "{team} vs {other}", "{team} vs {other}: {round}", "{game} {round}: {team} vs {other}",
        "Women’s {game}: {team} vs {other}",
    ),
    leads=(
        "{game} at {venue}: a full house, a loud corner and two teams that know each other far too well.",
        "The {round} everybody has been waiting for, with a family block and music before the start.",
    ),
    openings=(
        "The last three meetings were decided in the final minutes, and nobody expects anything else this "
        "time. {team} need the points to stay in the upper half; {other} have not lost away from home "
        "since autumn.",
        "A {round} at {venue} is more than a game. The supporters march from the station, the band plays "
        "from the upper tier, and when the lights go down for the teams’ entrance it is hard to hear your "
        "own voice.",
    ),
    bodies=(
        "Captain {person} is back after injury, and coach {person.2} has promised to start with two "
        "players from the academy. On the other side {person.3} leads the scoring list for the second "
        "month in a row.",
        "Before the start there is a warm-up open to children, with autographs along the barrier. In the "
        "break, twenty spectators try their luck from the middle line.",
        "Food stands open ninety minutes before the start; the home block asks for red scarves.",
    ),
    closings=(
        "Entrances open ninety minutes before the start. Seats in the family block are alcohol-free. "
        "Bottles and large bags are not admitted.",
        "Public transport within the city is included in every ticket on the day. Bicycle parking is "
        "guarded.",
    ),
    tags=("sport", "{game}", "match", "family", "live", "{city}"),
    price=(18, 60), hours=(13, 15, 17, 18.5, 19.5), weekdays=WEEKEND, venues=("arena", "park"),
)  # fmt: skip

FOOD = Family(
    key="food",
    slots={
        "cuisine": ("Street Food", "Oyster", "Ramen", "Cheese", "Natural Wine", "Chili", "Chocolate",
                    "Craft Beer",
                    "Dumpling", "Barbecue", "Coffee", "Olive Oil", "Taco", "Bread", "Cider", "Vegan Food"),
        "gathering": ("Festival", "Market", "Fair", "Weekend", "Feast", "Tasting", "Night Market"),
        "region": ("Basque Country", "Oaxaca", "Piedmont", "Georgia", "Punjab", "Provence", "Sichuan",
                   "Crete",
                   "Kyushu", "the Levant"),
        "special": ("a smoked trout that sells out by two", "hand-pulled noodles made to order",
                    "a rye loaf baked in front of you", "the last wheel of a five-year-old mountain cheese",
                    "slow-cooked lamb from a pit dug the night before"),
    },
    titles=(
        "{city} {cuisine} {gathering}", "{cuisine} {gathering} at {venue}", "A Taste of {region}",
        "Flavours of {region}: {cuisine} {gathering}", "Long Table Dinner: {region}",
        "{person}’s {cuisine} Table",
    ),
    leads=(
        "Forty producers, one long table and more than you can eat: {cuisine} from near and far.",
        "Cooks from {region} and from round the corner, tastings all day and music from the early evening.",
    ),
    openings=(
        "Once a year the people behind the counters come together under one roof. Forty small producers, "
        "half of them from {region}, bring what they are proud of, and you walk around with a fork.",
        "Good food needs neither a white tablecloth nor an explanation. Here the cooks serve what "
        "they would eat themselves, from paper plates, at prices that let you try more than one thing.",
    ),
    bodies=(
        "Come hungry for {special}. {person} cooks live on the small stage every hour and gives away the "
        "recipes, while {person.2} leads tastings for groups of twelve (sign up at the entrance).",
        "Your ticket includes a tasting glass and five tokens; more tokens are sold at every stand. Water "
        "is free, and so are seats: long tables run the whole length of the hall.",
        "Half of all stands cook without meat, and every dish is labelled for allergens. Children under "
        "six get in free and have a kitchen of their own.",
    ),
    closings=(
        "Please bring your own cutlery if you can. What is not sold goes to the city’s food bank in the "
        "evening.",
        "The site is step-free. Dogs are welcome outdoors, not in the hall.",
    ),
    tags=("food", "{cuisine}", "tasting", "market", "family", "{city}"),
    price=(12, 55), hours=(11, 12, 13, 17), weekdays=WEEKEND, venues=("market", "park", "hall"),
)  # fmt: skip

ART = Family(
    key="art",
    slots={
        "title": ("Light on Water", "The Unfinished Room", "Portraits of a Street", "Between Two Floods",
                  "Objects of Affection", "A Garden of Errors", "Slow Looking", "Everyday Monuments",
                  "The Blue Period of Nobody", "Maps for Walking"),
        "medium": ("paintings", "photographs", "drawings", "sculptures", "textiles", "video works"),
        "gathering": ("Late Opening", "Vernissage", "Guided Tour", "Gallery Night", "Curator’s Walk"),
    },
    titles=("{title}: {person}", "{gathering}: {title}", "{person}: {title}", "{city} {gathering}: {title}"),
    leads=("{medium} by {person}, seen in a small group and in the company of the curator.",),
    openings=(
        "“{title}” brings together sixty {medium} by {person}, many of them from private collections and on "
        "view for the first time in {city}.",
        "An exhibition changes when it is quiet. This time we admit a limited number of guests "
        "and leave plenty of time for every room.",
    ),
    bodies=("{person.2}, who curated the exhibition, leads two walks and tells what was left out.",
            "There is a drawing table in the last room: paper and charcoal are provided, shyness is "
            "forgiven.",
            "A glass of something is included, and the catalogue costs half as much as usual."),
    closings=("Photography without flash is allowed. Lift to all floors.",
              "Audio guides in four languages are free with your ticket."),
    tags=("art", "exhibition", "{medium}", "evening", "{city}"),
    price=(10, 32), hours=(11, 14, 17, 18, 19), venues=("centre", "market", "hall"),
)  # fmt: skip

KIDS = Family(
    key="kids",
    slots={
        "hero": ("The Bear Who Could Not Sleep", "Captain Teapot", "The Girl and the Lighthouse",
                 "Otto the Octopus",
                 "Mira Builds a Rocket", "The Dragon Next Door", "Pirates of the Bathtub",
                 "The Snow Postman"),
        "form": ("A Puppet Show", "A Musical for Small People", "Sing-Along Concert", "Shadow Theatre",
                 "A Circus Morning", "Interactive Story"),
        "troupe": ("Theatre on a String", "Big Small Company", "The Button Box", "Circus Pepperoni"),
    },
    titles=("{hero}: {form}", "{hero} ({form})", "{troupe}: {hero}", "{hero} Comes to {city}"),
    leads=("Fifty minutes of wonder for children from four years and everybody they bring along.",),
    openings=(
        "{troupe} need little: two suitcases, a lamp and a great many voices. Out of that they make a whole "
        "world, and children are asked to help whenever the story gets stuck, which it does.",
        "“{hero}” has been told in nine countries and is different each time, because the audience decides "
        "which way it goes at the end.",
    ),
    bodies=("Afterwards the puppets may be touched, and the players show how the storm was made.",
            "The music is played live by {person} on instruments that used to be kitchen things.",
            "Cushions in front are for children; grown-ups sit behind, and may laugh as loudly."),
    closings=("Prams can be parked in the foyer. Changing table on the ground floor.",
              "Children under two come in free on a lap."),
    tags=("family", "children", "theatre", "weekend", "{city}"),
    price=(8, 22), hours=(10, 11, 14, 15, 16), weekdays=(5, 6), venues=("theatre", "hall",
           "park"), ages=(4, 3, None),
)  # fmt: skip
