"""Invented names, as one meets them in a Dutch city, each with the language its bearer is likely to read."""

DUTCH, ENGLISH = "nl", "en"

# (given names, family names, language)
PEOPLES: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    (
        ("Anouk", "Bram", "Carlijn", "Daan", "Eefje", "Floris", "Geertje", "Hidde", "Ingrid", "Jelle",
         "Katelijne", "Lars", "Marijke", "Niels", "Odette", "Pieter", "Quirine", "Ruben", "Sanne", "Teun",
         "Ursula", "Veerle", "Wouter", "Yvonne", "Zwaan", "Maarten", "Lotte", "Joost", "Femke", "Sjoerd"),
        ("de Vries", "Hoekstra", "van der Meer", "Timmerman", "Zijlstra", "van den Berg", "Dijkgraaf",
         "Kuipers", "Postma", "Wiersma", "ter Horst", "van Loon", "Brandsma", "Schouten", "Terpstra",
         "Molenaar", "’t Hart", "Vermeulen", "Roozendaal", "Oosterhuis"),
        DUTCH,
    ),
    (
        ("Yasmina", "Bilal", "Samira", "Ilyas", "Naima", "Soufiane", "Khadija", "Anass", "Loubna", "Hicham"),
        ("El Amrani", "Benali", "Aït Taleb", "Bouzidi", "El Haddaoui", "Chakir", "Ouali", "Tahiri"),
        DUTCH,
    ),
    (
        ("Elif", "Emre", "Zeynep", "Kerem", "Aylin", "Deniz", "Şirin", "Ömer", "Gül", "Tarık"),
        ("Yıldız", "Demirci", "Aksoy", "Karataş", "Öztürk", "Şahin", "Güneş", "Kaplan"),
        DUTCH,
    ),
    (
        ("Shanice", "Romano", "Jaïr", "Merlene", "Orlando", "Chermaine", "Glenn", "Farida", "Dwight", "Asha"),
        ("Pinas", "Kartosen", "Ramdin", "Vrede", "Biharie", "Landveld", "Sabajo", "Esajas"),
        DUTCH,
    ),
    (
        ("Grace", "Oliver", "Niamh", "Callum", "Imogen", "Rhys", "Fiona", "Gareth", "Harriet", "Declan"),
        ("Ashworth", "O’Connell", "Pemberton", "MacLeod", "Hargreaves", "Llewellyn", "Fairbairn", "Whitlock"),
        ENGLISH,
    ),
    (
        ("Ama", "Kwabena", "Efua", "Chidi", "Ngozi", "Tunde", "Adaeze", "Kofi", "Wanjiru", "Otieno"),
        ("Boateng", "Okonkwo", "Mensah", "Adeyemi", "Owusu", "Nwosu", "Asante", "Mwangi"),
        ENGLISH,
    ),
    (
        ("Agnieszka", "Tomasz", "Zofia", "Łukasz", "Ioana", "Radu", "Milena", "Stefan", "Katarína", "Dušan"),
        ("Wiśniewska", "Kowalczyk", "Zieliński", "Popescu", "Ionescu", "Petrović", "Horváth", "Novotný"),
        ENGLISH,
    ),
    (
        ("Mei Ling", "Rajesh", "Thuy", "Hiroshi", "Ananya", "Ji-woo", "Putri", "Arjun", "Xiu", "Bayu"),
        ("Tan", "Krishnan", "Nguyễn", "Matsuda", "Banerjee", "Park", "Wijaya", "Sharma"),
        ENGLISH,
    ),
    (
        ("Lucía", "Mateo", "Giulia", "Renzo", "Beatriz", "João", "Camille", "Étienne", "Eleni", "Nikos"),
        ("Fernández", "Bellini", "Carvalho", "Moreau", "Papadakis", "Ibáñez", "Lombardi", "Marchand"),
        ENGLISH,
    ),
)  # fmt: skip

# Reserved for examples (RFC 2606): no mail to them reaches anyone.
MAIL_HOSTS = ("example.org", "example.com", "example.net")

DOCTORS = ("Dr Nienke Hoogland", "Dr Samuel Osei")
ASSISTANTS = ("Chiara", "Joris", "Aaliyah")
OWNER, ADMINISTRATOR, RECEPTIONIST = "Marguerite van Rijn", "Noor Visser", "Thijs Bakker"
AUDITOR = "Ruben de Wit"

# For passwords that can be read aloud and typed.
WORDS = (
    "amber", "anchor", "basil", "beacon", "birch", "canal", "candle", "cedar", "clover", "cobalt", "copper",
    "coral", "crane", "dune", "ember", "fennel", "ferry", "garden", "ginger", "harbour", "hazel", "heron",
    "indigo", "ivory", "juniper", "kettle", "lantern", "linen", "lotus", "maple", "marble", "meadow",
    "mirror", "nectar", "nutmeg", "olive", "orchid", "otter", "paper", "pebble", "pepper", "piano",
    "quartz", "quince", "raven", "ribbon", "river", "saffron", "sail", "sandal", "silver", "sparrow",
    "teapot", "thistle", "timber", "tulip", "velvet", "violet", "walnut", "willow", "winter", "wool",
    "yarrow", "zephyr",
)  # fmt: skip
