"""Forty talking shots for the benches of the gate: made up, alike in nothing but their language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from storyboard import compose, cue, read
from storyboard.request import Capabilities, Request

_PEOPLE = {
    "ADA": "looks: woman, 32, red hair, green dress; voice: woman, calm",
    "BEN": "looks: man, 45, black hair, blue shirt; voice: man, low",
    "CLARA": "looks: woman, 68, white hair in a bun, grey coat; voice: old woman, calm",
    "DAVID": "looks: man, 24, blond hair, orange jacket; voice: young man, quick",
    "EDITH": "looks: woman, 25, brown ponytail, yellow raincoat; voice: young woman, bright",
    "FRANK": "looks: man, 60, bald, beard, brown suit; voice: man, deep",
}
_PLACES = ("INT. KITCHEN - DAY", "INT. OFFICE - NIGHT", "EXT. STREET - DAY", "EXT. BEACH - EVENING")
_FRAMINGS = ("close", "medium", "medium", "close", "wide")
LINES = (
    "The train leaves at seven in the morning from the old station.",
    "I put the letters in a box under the bed years ago.",
    "Nobody told me that the shop would be closed today.",
    "We should wait for the rain to stop before we go outside.",
    "My brother bought a small house near the river last summer.",
    "There is a key behind the door, and it opens every room.",
    "You promised to call me when the doctor came home.",
    "The children are playing football behind the school again.",
    "I have never seen so many birds in one tree.",
    "Please tell your mother that dinner is on the table.",
    "He walked across the bridge without looking back once.",
    "The water is cold, but you get used to it quickly.",
    "She wanted to be a teacher before she joined the army.",
    "Take the first street on the left and then ask again.",
    "This picture was painted by my grandfather during the war.",
    "We lost the map, so we followed the stars all night.",
    "The bread is still warm if you want some with butter.",
    "Every window in the house was open when we arrived.",
    "I can hear the music from the hotel across the road.",
    "They sold the horses and moved into the city.",
    "Open the book on the last page and read it to me.",
    "The captain said we would reach the island by noon.",
    "It was the best present anybody has ever given me.",
    "Do not forget to feed the cat while I am away.",
    "The bank will not give us more money this year.",
    "A stranger left this bag in the kitchen this morning.",
    "Her voice sounded tired on the telephone last night.",
    "We built the wall with stones from the old church.",
    "You can see the mountains when the sky is clear.",
    "The police found the car in a field outside the village.",
    "I would rather walk than sit on that bus again.",
    "His hands were shaking when he signed the paper.",
    "The garden looks different without the apple tree.",
    "Somebody has to tell him the truth before the wedding.",
    "The lights went out just after the clock struck ten.",
    "We could sell the boat and pay for the roof.",
    "I learned to swim in the lake behind our farm.",
    "The judge asked the same question three times.",
    "There was snow on the road when we came home.",
    "Keep the change and buy yourself a cup of coffee.",
)

_GERMAN = (
    "Der Zug fährt morgens um sieben am alten Bahnhof ab.",
    "Die Briefe liegen seit Jahren in einer Kiste unter dem Bett.",
    "Niemand hat mir gesagt, dass der Laden heute geschlossen ist.",
    "Wir sollten warten, bis der Regen aufhört.",
    "Mein Bruder hat im Sommer ein kleines Haus am Fluss gekauft.",
    "Hinter der Tür hängt ein Schlüssel, der überall passt.",
    "Du wolltest mich doch anrufen, wenn der Arzt kommt.",
    "Die Kinder spielen wieder Fußball hinter der Schule.",
    "So viele Vögel habe ich noch nie in einem Baum gesehen.",
    "Sag bitte deiner Mutter, dass das Essen auf dem Tisch steht.",
)


def requests(capabilities: Capabilities) -> Iterator[tuple[str, Request]]:
    """Each shot's name and what an engine is asked for it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bench.fountain"
        path.write_text(_script(), encoding="utf-8")
        board = read(path).board
    sheet, _ = cue(board, "en", capabilities)
    for shot in sheet.shots:
        if shot.lines:
            yield shot.id, compose(board, shot, "en", capabilities, "9:16")


def german(request: Request, index: int) -> Request:
    """The same shot with a German line in its window."""
    line = request.speeches[0].model_copy(update={"text": _GERMAN[index % len(_GERMAN)]})
    return request.model_copy(update={"language": "de-DE", "speeches": (line,)})


def _script() -> str:
    notes = "\n".join(f"[[character: {name}; {about}]]" for name, about in _PEOPLE.items())
    names = list(_PEOPLE)
    scenes = []
    for number, line in enumerate(LINES):
        place = _PLACES[number % len(_PLACES)].replace(" -", f" {number + 1} -")
        framing = _FRAMINGS[number % len(_FRAMINGS)]
        name = names[number % len(names)]
        scenes.append(f"{place}\n\n[[shot: {framing}]]\n\n{name}\n{line}\n")
    return f"Title: Bench\nLanguage: en\n\n{notes}\n\n" + "\n".join(scenes)
