"""The field's words for treatments: brands, products, devices, areas, slang, frequent misspellings, and Spanish ones.

A treatment may be of a wider kind: Botox is a neurotoxin, SkinPen is microneedling. What a practice offers is read from
its services' names by the same words.
"""

from __future__ import annotations

from typing import Final

#: A treatment, the wider kind it is of, and how it is written.
TREATMENTS: Final[dict[str, tuple[str | None, tuple[str, ...]]]] = {
    "tox": (
        None,
        (
            *(
                "tox",
                "neurotoxin",
                "neuromodulator",
                "wrinkle relaxer",
                "lip flip",
                "brow lift",
                "gummy smile",
                "toxina",
            ),
            *("bunny lines", "crows feet", "crow feet", "forehead", "forehead lines", "frown lines", "11s", "elevens"),
            *("masseter", "masseters", "jaw slimming", "traptox", "trap tox", "hyperhidrosis"),
        ),
    ),
    "botox": ("tox", ("botox", "botocks", "botx", "botax", "bo tox", "baby botox")),
    "dysport": ("tox", ("dysport", "disport", "dyspor")),
    "xeomin": ("tox", ("xeomin", "zeomin")),
    "jeuveau": ("tox", ("jeuveau", "jeaveau", "newtox")),
    "daxxify": ("tox", ("daxxify", "daxi")),
    "filler": (None, ("filler", "fillers", "dermal filler", "syringe", "relleno", "rellenos", "lipfiller")),
    "juvederm": ("filler", ("juvederm", "juvaderm", "juve")),
    "restylane": ("filler", ("restylane", "restalyne", "kysse")),
    "rha": ("filler", ("rha",)),
    "radiesse": ("filler", ("radiesse",)),
    "voluma": ("filler", ("voluma",)),
    "sculptra": (None, ("sculptra", "biostimulator")),
    "facial": (None, ("facial", "facials", "limpieza facial", "glow facial")),
    "hydrafacial": ("facial", ("hydrafacial", "hydra facial", "hydra", "hidrafacial")),
    "diamond glow": ("facial", ("diamond glow", "diamondglow", "dermalinfusion")),
    "microneedling": (None, ("microneedling", "micro needling", "microneedle")),
    "skinpen": ("microneedling", ("skinpen", "skin pen")),
    "rf microneedling": (
        "microneedling",
        ("rf microneedling", "radiofrequency microneedling", "morpheus", "morpheus8", "morpheus 8"),
    ),
    "laser": (None, ("laser",)),
    "light": ("laser", ("resurfacing",)),
    "ipl": ("light", ("ipl", "bbl", "photofacial", "photo facial", "broadband light")),
    "moxi": ("light", ("moxi", "moxy")),
    "halo": ("light", ("halo laser", "halo")),
    "hair removal": (
        "laser",
        ("laser hair removal", "hair removal", "lhr", "depilacion laser", "depilacion", "laser depilation"),
    ),
    "peel": (None, ("chemical peel", "chem peel", "vi peel", "peel", "peal", "peeling quimico", "peeling")),
    "dermaplaning": (None, ("dermaplaning", "dermaplane", "derma planing", "derma plane")),
    "prp": (None, ("prp", "platelet rich plasma", "vampire facial")),
    "kybella": (None, ("kybella", "double chin")),
    "weight loss": (
        None,
        (
            *("weight loss", "medical weight loss", "semaglutide", "tirzepatide", "ozempic", "wegovy", "mounjaro"),
            *("zepbound", "glp1", "glp 1", "skinny shot"),
        ),
    ),
    "iv": (None, ("iv", "iv drip", "iv hydration", "iv therapy", "myers cocktail", "suero", "suero vitaminado")),
    "b12": (None, ("b12", "b 12", "vitamin b12")),
    "consult": (None, ("consult", "consultation", "consulta")),
    "body contouring": (None, ("coolsculpting", "cool sculpting", "emsculpt", "emsculpt neo", "body contouring")),
    "threads": (None, ("threads", "pdo threads", "thread lift")),
    "tattoo removal": (None, ("tattoo removal",)),
    "skin tightening": (None, ("ultherapy", "sofwave", "skin tightening", "thermage")),
    "massage": (None, ("massage", "masaje")),
    "lashes": (None, ("lash extensions", "lashes", "lash lift")),
    "waxing": (None, ("wax", "waxing", "brazilian wax")),
    "hair cut": (None, ("haircut", "hair cut", "blowout")),
    "tanning": (None, ("spray tan", "tanning")),
    "teeth": (None, ("teeth whitening",)),
}

#: An area, the treatment it stands for where none is named, and how it is written.
AREAS: Final[dict[str, tuple[str | None, tuple[str, ...]]]] = {
    "lips": ("filler", ("lips", "lip", "kysse", "labios", "lipfiller")),
    "cheeks": ("filler", ("cheeks", "cheek", "chek", "voluma", "pomulos")),
    "under eyes": (
        "filler",
        ("under eyes", "under eye", "undereye", "undereyes", "tear trough", "tear troughs", "ojeras"),
    ),
    "underarms": (None, ("underarms", "underarm", "armpits", "armpit", "axilas")),
    "bikini": (None, ("bikini", "brazilian", "bikini line")),
    "legs": (None, ("legs", "full legs", "full leg", "leg", "piernas")),
    "hair": (None, ("hair", "hair loss", "scalp")),
}
