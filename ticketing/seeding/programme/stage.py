"""Concerts, classical music, theatre and comedy."""

from __future__ import annotations

from ticketing.seeding.programme.family import WEEKEND, Family

MUSIC = Family(
    key="music",
    slots={
        "adjective": ("Velvet", "Paper", "Northern", "Electric", "Silver", "Hollow", "Midnight", "Golden",
                      "Restless", "Salt", "Wild", "Crimson", "Distant", "Neon", "Quiet", "Broken", "Amber",
                      "Lunar", "Copper", "Winter"),
        "noun": ("Harbour", "Lanterns", "Foxes", "Arcade", "Parade", "Choir", "Rivers", "Machines",
                 "Orchard", "Satellites", "Avenue", "Tigers", "Mirrors", "Wolves", "Radio", "Cathedral",
                 "Pilots", "Gardens", "Thieves", "Tides"),
        "act": (
            "The {adjective} {noun}", "{adjective} {noun}", "{person} & The {noun}", "{noun} of {place}",
            "The {noun}", "{person} and Band",
        ),
        "place": ("Lisbon", "Tucson", "Bergen", "Havana", "Leith", "Oaxaca", "Bamako", "Kyoto", "Memphis"),
        "tour": (
            "Slow Light Tour", "The Long Way Home", "After the Rain Tour", "Live in Full Colour",
            "Small Hours",
            "Northbound Tour", "Songs for an Empty Room", "Second Summer Tour", "Static & Bloom",
            "The Acoustic Evenings", "Ten Years On", "Paper Boats Tour",
        ),
        "genre": ("indie rock", "soul", "folk", "electronic", "jazz", "blues", "synth-pop", "Afrobeat",
                  "country"),
        "instrument": ("guitar", "piano", "saxophone", "cello", "Hammond organ", "pedal steel", "trumpet"),
    },
    titles=(
        "{act}: {tour}", "{act}: {tour}", "{act} Live at {venue}", "{act} with {act.2}",
        "An Evening with {act}", "{city} Sessions: {act}",
    ),
    leads=(
        "{act} bring {genre} that fills a room, with a full band and new songs from “{tour}”.",
        "One night of {genre} with {act}: old favourites, new material and a long encore.",
        "{act} return to {city} with a {genre} show made for singing along.",
    ),
    openings=(
        "It has been two years since {act} last played {city}, and a lot has happened since: a third "
        "record, a sold-out run of club dates, and a live show that has grown from four people to seven. "
        "They now bring “{tour}” to {venue} for one night.",
        "{act} started out in a rehearsal room above a bakery and now play some of the finest halls in the "
        "country. What has not changed is the {genre} at the heart of it: warm, direct and loud when it "
        "has to be.",
        "Some bands are best on record. {act} are not one of them. Their {genre} comes alive on a stage, "
        "where the {instrument} takes over and songs of three minutes turn into ten.",
    ),
    bodies=(
        "The evening opens with {act.2}, whose debut was one of last year’s quiet surprises. {act} follow "
        "at about nine, with a set that runs from their first single to songs nobody has heard yet.",
        "Expect a show of roughly ninety minutes, a light design by {person.2}, and a moment in the middle "
        "when the amplifiers go off and {instrument} and voices have the room to themselves.",
        "Records, shirts and a limited tour poster are for sale in the foyer; the band usually comes out "
        "to sign them after the encore.",
    ),
    closings=(
        "Doors open an hour before the show. The floor is standing, the balcony is seated on a first come, "
        "first served basis. The bar takes cards only.",
        "Doors open an hour before the start. Bags larger than a sheet of letter paper stay in the "
        "cloakroom, which is free. Earplugs are available at the bar.",
    ),
    tags=("live music", "concert", "{genre}", "tour", "night out", "{city}"),
    price=(25, 75), hours=(19, 19.5, 20, 20.5, 21), weekdays=(3, 4, 5, 6),
    venues=("club", "hall", "arena", "theatre"), ages=(None, None, 16, 18),
)  # fmt: skip

CLASSICAL = Family(
    key="classical",
    slots={
        "composer": ("Brahms", "Dvořák", "Ravel", "Schubert", "Sibelius", "Clara Schumann", "Haydn", "Bartók",
                     "Fauré", "Mendelssohn", "Florence Price", "Debussy"),
        "form": ("Symphonies", "String Quartets", "Piano Concertos", "Serenades", "Songs", "Late Works",
                 "Trios",
                 "Dances", "Nocturnes", "Overtures"),
        "ensemble": ("{city} Philharmonic", "Aldine Quartet", "Camerata {city}",
                     "Orchestra of the Old Exchange",
                     "Meridian Chamber Players", "Cantus {city}", "Halcyon Trio", "Kestrel String Orchestra"),
        "theme": ("by Candlelight", "at Dusk", "in Close-Up", "from Memory", "at Noon", "in One Breath"),
    },
    titles=(
        "{composer} and {composer.2}: {form}", "{ensemble} Plays {composer}", "{composer} {theme}",
        "{person} and the {ensemble}", "{composer}: {form} {theme}",
    ),
    leads=(
        "The {ensemble} pairs {composer} with {composer.2}, with {person} as soloist.",
        "An evening of {composer} in the fine acoustics of {venue}, introduced from the stage.",
    ),
    openings=(
        "The {ensemble} opens its season with {composer}, a composer it has made its own over the past "
        "decade. {person} takes the solo part and leads the second half from the instrument.",
        "Few programmes show so well what chamber playing can be: {composer} in conversation with "
        "{composer.2}, two composers who never met and answer each other all the same.",
    ),
    bodies=(
        "The first half lasts about fifty minutes. After the interval the players return with a rarely "
        "heard work by {composer.2}, given in a new edition prepared from the manuscript.",
        "Before the concert {person.2} talks for half an hour about the music, with examples at the piano. "
        "The talk is included in every ticket.",
        "A printed programme with an essay and all song texts is free at the door.",
    ),
    closings=(
        "Latecomers are seated between movements where the score allows it. Please silence phones; "
        "recording is not permitted.",
        "The hall opens forty-five minutes before the concert. Wheelchair places and an induction loop are "
        "available: tell us when you book.",
    ),
    tags=("classical", "concert", "{composer}", "orchestra", "chamber music", "{city}"),
    price=(30, 85), hours=(11, 17, 19, 19.5, 20), venues=("hall", "theatre", "park"),
)  # fmt: skip

THEATRE = Family(
    key="theatre",
    slots={
        "play": ("Hamlet", "The Cherry Orchard", "A Doll’s House", "Twelfth Night", "The Seagull", "Antigone",
                 "Uncle Vanya", "The Importance of Being Earnest", "Hedda Gabler", "Macbeth", "Tartuffe",
                 "Miss Julie", "The Tempest", "Medea", "An Ideal Husband"),
        "new": ("The Lighthouse Keeper’s Wife", "Last Bus to Marlow", "A Room Without Doors",
                "The Weather House",
                "Nine Letters", "The Understudy’s Daughter", "Salt on the Stairs", "Half an Orange",
                "What the River Kept", "The Night Gardeners", "Two Chairs and a Door", "The Glass Census"),
        "company": ("Harbour Stage", "Tin Moon Theatre", "The Paper Crown Company", "Red Door Ensemble",
                    "Company Nine", "The Northgate Players", "Second Curtain", "Workshop 58"),
        "twist": ("in Modern Dress", "in the Round", "with an All-Female Cast", "in Ninety Minutes",
                  "after Dark", "for Two Actors"),
        "paper": ("the evening paper", "The Stage Door", "Curtain Weekly", "the city’s own review"),
    },
    titles=(
        "{play}", "{play} {twist}", "{new}", "{new}: A New Play by {person}", "{company} Presents {new}",
        "{company}: {play}", "{play}, Directed by {person}",
    ),
    leads=(
        "{company} bring a fresh and fearless staging to {venue}, directed by {person.2}.",
        "A story about loyalty, luck and the things families do not say, told by {company}.",
    ),
    openings=(
        "{company} strip the stage to a table, six chairs and a great deal of weather. What remains is the "
        "text, and actors who trust it. {person.2} directs; the run at {venue} is the first outside the "
        "company’s own house.",
        "It begins as a comedy. By the interval nobody is laughing, and by the end everybody is again. "
        "This is what {company} do best, and {person.2} gives them all the room they need.",
    ),
    bodies=(
        "The cast is led by {person.3} and {person.4}, who last shared a stage in the company’s "
        "prize-winning season two years ago. Live music by {person.5} runs under the whole evening.",
        "“Precise, funny and finally heartbreaking”, wrote {paper} about the opening night. The production "
        "has been reworked for {city}, with a new second act.",
        "There is one interval of twenty minutes. After the show the actors stay for a conversation with "
        "the audience, open to everybody with a ticket.",
    ),
    closings=(
        "Suitable for ages twelve and over. Strobe light is used for about a minute in the second act.",
        "Doors close when the play begins; latecomers are let in at the first suitable pause. Captions are "
        "shown on a screen beside the stage.",
    ),
    tags=("theatre", "drama", "stage", "{company}", "evening", "{city}"),
    price=(22, 68), hours=(15, 19, 19.5, 20), weekdays=(1, 2, 3, 4, 5, 6), venues=("theatre", "hall", "club"),
    ages=(None, None, 12, 14),
)  # fmt: skip

COMEDY = Family(
    key="comedy",
    slots={
        "show": ("Mildly Concerned", "Out of Office", "Reply All", "Indoor Voice",
                 "Terms and Conditions Apply",
                 "Adult Supervision", "A Very Small Dog", "Unread Messages", "No Further Questions",
                 "Good Enough", "Lost Property", "The Group Chat", "Budget Holiday", "Fairly Sure"),
        "night": ("New Material Night", "The Late Laugh", "Five Comics, One Microphone", "The Improv Hour",
                  "Stand-Up Basement", "The Heckle-Free Show"),
    },
    titles=("{person}: {show}", "{person}: {show}", "{night} with {person}", "{night}: {city}",
            "{person} and {person.2}: {show}"),
    leads=(
        "{person} on work, weddings and the long war with a landlord: seventy minutes of stand-up in {city}.",
        "A fast evening of comedy hosted by {person}, with guests who are usually not announced.",
    ),
    openings=(
        "{person} has spent the past year saying yes to everything. “{show}” is what came of it: a dance "
        "class, a lawsuit about a hedge and four weddings, told at a speed that leaves no time to recover.",
        "Some nights are rehearsed to the last pause. This is not one of them. {person} opens the evening, "
        "{person.2} closes it, and what happens in between nobody knows.",
    ),
    bodies=(
        "The support act is {person.3}, winner of last year’s newcomer prize. There is a short break "
        "between the sets, and the bar stays open throughout.",
        "The first two rows are fair game. If you would rather watch than take part, come early and sit "
        "further back.",
    ),
    closings=(
        "Strong language, as one would hope. Ages sixteen and over.",
        "Seats are unreserved; groups that want to sit together should come when the doors open.",
    ),
    tags=("comedy", "stand-up", "night out", "{city}", "live"),
    price=(15, 40), hours=(19, 20, 20.5, 21.5), weekdays=(2, 3, *WEEKEND), venues=("club", "theatre", "hall"),
    ages=(16, 16, 18),
)  # fmt: skip
