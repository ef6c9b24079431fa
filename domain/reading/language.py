"""The fourth step: the language a client wrote in, where their words tell."""

from __future__ import annotations


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Without the words we ask for in every language: who answers YES, C or STOP has said it as we did.
_TELLING = {
    "en": _each(
        "yeah yep please thanks thank you the i im ill can cant need my appointment not what when how is am to it that "
        "sorry time tomorrow today"
    ),
    "es": _each(
        "si gracias por favor quiero puedo mi cita hola pero que cuando cuanto donde una uno el la los las "
        "mas mensajes manana hoy lo siento podre ir tengo confirmo cambiar cancelar claro vale bueno estoy buenos "
        "buenas dias"
    ),
}
#: Names, places and words of other languages as well: one of them alone tells nothing ("the Los Angeles office").
_WEAK = _each("una uno el la los las vale claro mi me")


def language(words: str) -> str | None:
    """ "en" or "es"; None where the words tell neither or both alike ("no", "ok gracias")."""
    said = words.split()
    found = {name: sum(word in telling for word in said) for name, telling in _TELLING.items()}
    if found["en"] == found["es"]:
        return None
    if found["es"] == 1 > found["en"] and _WEAK & frozenset(said) and not _TELLING["es"] & frozenset(said) - _WEAK:
        return None
    return max(found, key=lambda name: found[name])
