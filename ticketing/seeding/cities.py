"""Real cities: where they lie, what time it is there, and what their streets are called."""

from __future__ import annotations

from typing import NamedTuple


class City(NamedTuple):
    """``zone`` is its IANA time zone; ``postcodes`` is a pattern in which # stands for a digit."""

    name: str
    state: str
    country: str
    zone: str
    latitude: float
    longitude: float
    postcodes: str
    streets: tuple[str, ...]
    number_first: bool = True

    def address(self, number: int, street: str) -> str:
        """Street and house number, in the order that is usual there."""
        return f"{number} {street}" if self.number_first else f"{street} {number}"


_US = "United States"
CITIES = (
    City("New York", "NY", _US, "America/New_York", 40.7306, -73.9866, "1000#",
         ("Lafayette Street", "East 14th Street", "Bowery", "Greene Street", "Varick Street")),
    City("Chicago", "IL", _US, "America/Chicago", 41.8850, -87.6300, "6060#",
         ("West Randolph Street", "South Wabash Avenue", "North Halsted Street", "West Fulton Market")),
    City("Los Angeles", "CA", _US, "America/Los_Angeles", 34.0450, -118.2500, "9001#",
         ("South Spring Street", "Sunset Boulevard", "West 7th Street", "Traction Avenue")),
    City("Austin", "TX", _US, "America/Chicago", 30.2672, -97.7431, "7870#",
         ("Red River Street", "East 6th Street", "South Congress Avenue", "Barton Springs Road")),
    City("Seattle", "WA", _US, "America/Los_Angeles", 47.6097, -122.3331, "9810#",
         ("Pike Street", "1st Avenue South", "Mercer Street", "East Pine Street")),
    City("Denver", "CO", _US, "America/Denver", 39.7420, -104.9900, "8020#",
         ("Larimer Street", "East Colfax Avenue", "Blake Street", "Santa Fe Drive")),
    City("Boston", "MA", _US, "America/New_York", 42.3555, -71.0600, "0211#",
         ("Tremont Street", "Boylston Street", "Summer Street", "Massachusetts Avenue")),
    City("New Orleans", "LA", _US, "America/Chicago", 29.9511, -90.0715, "7011#",
         ("Frenchmen Street", "Royal Street", "Magazine Street", "Canal Street")),
    City("Phoenix", "AZ", _US, "America/Phoenix", 33.4484, -112.0740, "8500#",
         ("North Central Avenue", "East Roosevelt Street", "West Van Buren Street")),
    City("Toronto", "ON", "Canada", "America/Toronto", 43.6532, -79.3832, "M5V 2T#",
         ("Queen Street West", "King Street East", "Spadina Avenue", "Front Street West")),
    City("Vancouver", "BC", "Canada", "America/Vancouver", 49.2827, -123.1207, "V6B 1A#",
         ("Granville Street", "West Hastings Street", "Main Street", "Homer Street")),
    City("Mexico City", "CDMX", "Mexico", "America/Mexico_City", 19.4270, -99.1677, "0670#",
         ("Calle Durango", "Avenida Álvaro Obregón", "Calle Orizaba", "Calle Colima"), False),
    City("São Paulo", "SP", "Brazil", "America/Sao_Paulo", -23.5558, -46.6396, "0131#-100",
         ("Rua Augusta", "Avenida Paulista", "Rua da Consolação", "Rua Aurora"), False),
    City("London", "England", "United Kingdom", "Europe/London", 51.5155, -0.0922, "EC2A #NE",
         ("Old Street", "Commercial Street", "Camden High Street", "Southwark Street")),
    City("Manchester", "England", "United Kingdom", "Europe/London", 53.4808, -2.2426, "M1 #HF",
         ("Oldham Street", "Whitworth Street", "Deansgate", "Peter Street")),
    City("Dublin", "Leinster", "Ireland", "Europe/Dublin", 53.3498, -6.2603, "D02 X28#",
         ("Wexford Street", "Dame Street", "South Great George’s Street", "Thomas Street")),
    City("Paris", "Île-de-France", "France", "Europe/Paris", 48.8640, 2.3700, "7501#",
         ("Rue Oberkampf", "Boulevard Voltaire", "Rue de Charonne", "Quai de Valmy")),
    City("Amsterdam", "North Holland", "Netherlands", "Europe/Amsterdam", 52.3676, 4.9041, "101# AB",
         ("Weteringschans", "Prinsengracht", "Overtoom", "Nieuwezijds Voorburgwal"), False),
    City("Berlin", "Berlin", "Germany", "Europe/Berlin", 52.5100, 13.4350, "1024#",
         ("Köpenicker Straße", "Oranienstraße", "Karl-Marx-Allee", "Torstraße"), False),
    City("Vienna", "Vienna", "Austria", "Europe/Vienna", 48.2020, 16.3690, "10#0",
         ("Lothringerstraße", "Mariahilfer Straße", "Praterstraße", "Gumpendorfer Straße"), False),
    City("Lisbon", "Lisbon", "Portugal", "Europe/Lisbon", 38.7120, -9.1400, "1200-10#",
         ("Rua da Rosa", "Avenida 24 de Julho", "Rua do Século", "Rua da Madalena"), False),
    City("Barcelona", "Catalonia", "Spain", "Europe/Madrid", 41.3874, 2.1686, "0800#",
         ("Carrer de Mallorca", "Avinguda del Paral·lel", "Carrer de Pallars", "Rambla del Poblenou"), False),
    City("Copenhagen", "Capital Region", "Denmark", "Europe/Copenhagen", 55.6761, 12.5683, "160#",
         ("Vesterbrogade", "Enghavevej", "Refshalevej", "Nørrebrogade"), False),
    City("Prague", "Prague", "Czechia", "Europe/Prague", 50.0800, 14.4280, "110 0#",
         ("Vinohradská", "Dělnická", "Štefánikova", "Národní"), False),
    City("Istanbul", "Istanbul", "Türkiye", "Europe/Istanbul", 41.0310, 28.9780, "3443#",
         ("İstiklal Caddesi", "Meşrutiyet Caddesi", "Bankalar Caddesi"), False),
    City("Nairobi", "Nairobi", "Kenya", "Africa/Nairobi", -1.2864, 36.8172, "0010#",
         ("Moi Avenue", "Ngong Road", "Kenyatta Avenue", "Waiyaki Way")),
    City("Cape Town", "Western Cape", "South Africa", "Africa/Johannesburg", -33.9249, 18.4241, "800#",
         ("Long Street", "Bree Street", "Albert Road", "Kloof Street")),
    City("Mumbai", "Maharashtra", "India", "Asia/Kolkata", 19.0170, 72.8290, "40001#",
         ("Senapati Bapat Marg", "Colaba Causeway", "Linking Road", "Annie Besant Road")),
    City("Singapore", "Singapore", "Singapore", "Asia/Singapore", 1.2903, 103.8520, "17905#",
         ("Victoria Street", "Armenian Street", "Clarke Quay", "Tanjong Pagar Road")),
    City("Tokyo", "Tokyo", "Japan", "Asia/Tokyo", 35.6595, 139.7005, "150-004#",
         ("Meiji-dori", "Aoyama-dori", "Yasukuni-dori", "Komazawa-dori")),
    City("Sydney", "NSW", "Australia", "Australia/Sydney", -33.8840, 151.2090, "201#",
         ("Enmore Road", "King Street", "Oxford Street", "Pitt Street")),
    City("Melbourne", "VIC", "Australia", "Australia/Melbourne", -37.8136, 144.9631, "300#",
         ("Swanston Street", "Smith Street", "Chapel Street", "Flinders Lane")),
    City("Auckland", "Auckland", "New Zealand", "Pacific/Auckland", -36.8485, 174.7633, "101#",
         ("Karangahape Road", "Queen Street", "Ponsonby Road", "Quay Street")),
)  # fmt: skip
