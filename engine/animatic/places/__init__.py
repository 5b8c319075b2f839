"""Where a shot plays: places found by the words of its heading, each a painter in layers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.animatic.ink import Sheet
from engine.animatic.places import abstract, home, outside, sea, work
from engine.animatic.places.view import View

Still = Callable[[Sheet, View], None]
Moving = Callable[[Sheet, View, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A painter's layers, back to front."""

    name: str
    back: Still
    """Painted once for a shot."""
    moving: Moving | None = None
    """Painted for every frame over the back, behind the figures; seconds of the shot."""
    seated: bool = False
    """Nobody can stand here, so nobody is seen whole."""


INTERIORS: tuple[tuple[str, Place], ...] = (
    (
        r"lighthouse|lamp room|lantern room|灯台|灯塔|燈塔|leuchtturm|phare",
        Place(name="lamp room", back=sea.lamp_room, moving=sea.lamp_room_moving),
    ),
    (r"kitchen|厨房|台所|キッチン|küche|cuisine", Place(name="kitchen", back=home.kitchen)),
    (r"bath|toilet|浴|shower|salle de bain", Place(name="bathroom", back=home.bathroom)),
    (
        r"hospital|clinic|ward|surgery|医院|病院|krankenhaus|hôpital",
        Place(name="hospital", back=work.hospital, moving=work.hospital_moving),
    ),
    (
        r"bedroom|hotel|dorm|卧室|寝室|schlafzimmer|chambre",
        Place(name="bedroom", back=home.bedroom),
    ),
    (
        r"class|school|lecture|教室|学校|schule|klasse|école",
        Place(name="classroom", back=work.classroom),
    ),
    (
        r"radio|studio|booth|broadcast|newsroom|录音|スタジオ",
        Place(name="studio", back=work.studio, moving=work.studio_moving),
    ),
    (
        r"caf[eé]|coffee|restaurant|diner|\bbar\b|pub|bakery|咖啡|餐|カフェ|居酒屋|kneipe|bistro",
        Place(name="café", back=work.cafe),
    ),
    (
        r"shop|store|market|mall|super|商店|店|laden|geschäft|magasin|boutique",
        Place(name="shop", back=work.shop),
    ),
    (
        r"pipe|tunnel|sewer|cave|mine\b|bunker|管|洞|höhle|grotte",
        Place(name="pipe", back=work.pipe),
    ),
    (
        r"corridor|hall\b|hallway|stair|lobby|station|subway|lift|elevator|走廊|廊下|flur|couloir",
        Place(name="corridor", back=work.corridor),
    ),
    (
        r"theat|stage|concert|opera|剧场|舞台|bühne|scène",
        Place(name="theatre", back=work.stage_hall),
    ),
    (
        r"office|\blab|desk|meeting|company|bank|police|办公|会社|オフィス|büro|bureau",
        Place(name="office", back=work.office),
    ),
    (
        r"\bcar\b|taxi|truck|van\b|bus\b|汽车|車|auto\b|voiture",
        Place(name="car", back=work.car, moving=work.car_moving, seated=True),
    ),
    (
        r"living|lounge|apartment|flat\b|house|home|room|客厅|家|居間|部屋|wohnzimmer|salon|maison",
        Place(name="living room", back=home.living),
    ),
)
EXTERIORS: tuple[tuple[str, Place], ...] = (
    (
        r"harbou?r|quay|\bport\b|pier|dock|marina|港|碼頭|码头|hafen",
        Place(name="harbour", back=sea.harbour, moving=sea.harbour_moving),
    ),
    (
        r"lighthouse|cliff|灯台|灯塔|燈塔|崖|klippe|falaise|leuchtturm",
        Place(name="cliff", back=sea.cliff, moving=sea.cliff_moving),
    ),
    (
        r"beach|seaside|\bsea\b|ocean|coast|shore|island|海|浜|strand|plage|küste",
        Place(name="beach", back=sea.beach, moving=sea.beach_moving),
    ),
    (
        r"roof|terrace|balcony|天台|屋上|dach|toit",
        Place(name="rooftop", back=outside.rooftop, moving=outside.weather_only),
    ),
    (
        r"store|shop|market|caf[eé]|restaurant|店|laden|magasin",
        Place(name="shop front", back=outside.shop_front, moving=outside.falling_only),
    ),
    (
        r"street|road|intersection|crossing|crossroad|city|town|alley|village|square|街|路|道|町|straße|rue\b|ville",
        Place(name="street", back=outside.street, moving=outside.street_moving),
    ),
    (
        r"forest|wood|jungle|grove|森|林|wald|forêt",
        Place(name="forest", back=outside.forest, moving=outside.falling_only),
    ),
    (
        r"mountain|snow|alp|hill|ski|glacier|山|雪|berg|montagne|neige",
        Place(name="mountain", back=outside.mountain, moving=outside.weather_only),
    ),
    (
        r"park|garden|meadow|lawn|playground|yard|公园|公園|庭|garten|jardin|parc",
        Place(name="park", back=outside.park, moving=outside.park_moving),
    ),
    (
        r"desert|dune|canyon|沙漠|砂漠|wüste|désert",
        Place(name="desert", back=outside.desert, moving=outside.weather_only),
    ),
    (
        r"\bspace\b|moon\b|planet|orbit|宇宙|月面|weltraum|espace",
        Place(name="space", back=outside.space),
    ),
)
ROOM = Place(name="room", back=abstract.room)
COUNTRY = Place(name="country", back=abstract.country, moving=outside.weather_only)


def place_of(words: str, interior: bool) -> Place:
    """The place the words name; a room or open country, coloured by them, when they name none."""
    lowered = words.lower()
    own, other = (INTERIORS, EXTERIORS) if interior else (EXTERIORS, INTERIORS)
    for pattern, place in own + other:
        if re.search(pattern, lowered):
            return place
    return ROOM if interior else COUNTRY
