"""What the page behind an offer's link says, in the languages of the texts. Page and text tell the same story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from domain.clients import Language


@dataclass(frozen=True, kw_only=True)
class ClaimPageWords:
    """One language. Parts in braces are filled in by the template."""

    code: str
    days: tuple[str, ...]
    months: tuple[str, ...]
    date: str

    free: str
    earlier: str
    confirming: str
    next_in_line: str
    won: str
    changed: str
    handed_over: str
    past: str
    lost: str
    declined: str
    over: str

    day: str
    time: str
    length: str
    with_provider: str
    where: str
    replaces: str
    consultation: str

    yes: str
    no: str
    first_yes: str
    first_yes_until: str
    wait_confirming: str
    wait_next: str
    won_then: str
    add_to_calendar: str
    cannot_come: str
    cannot_come_sure: str
    cannot_come_heard: str
    changed_then: str
    handed_over_then: str
    lost_then: str
    declined_then: str
    over_then: str
    was_about: str
    still_listed: str
    ask_by_phone: str
    ask_by_text: str
    questions: str
    calendar_title: str


ENGLISH: Final = ClaimPageWords(
    code="en",
    days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
    date="{weekday}, {month} {day}",
    free="A time has opened up for you",
    earlier="An earlier time has opened up for you",
    confirming="Thank you! We are confirming",
    next_in_line="Thank you! Somebody was just before you",
    won="It is yours",
    changed="Your visit has changed since",
    handed_over="A person is on it",
    past="This day is over",
    lost="Somebody was a little faster",
    declined="Thank you for letting us know",
    over="This time is no longer open",
    day="Day",
    time="Time",
    length="Length",
    with_provider="With",
    where="Where",
    replaces="Instead of",
    consultation="It is a consultation, which comes first.",
    yes="Yes, I would like it",
    no="No, thank you",
    first_yes="The first yes gets it.",
    first_yes_until="The first yes gets it; after {until} we may ask others too.",
    wait_confirming=(
        "We have your yes. It is not confirmed yet; this page looks again by itself, and you also get a message."
    ),
    wait_next=(
        "Should theirs fall through, we go on in the order in which we were answered. This page looks again by itself, "
        "and you hear from us either way."
    ),
    won_then="It is in our calendar, and you get a confirmation. We look forward to seeing you.",
    add_to_calendar="Add to my calendar",
    cannot_come="I cannot come",
    cannot_come_sure="Press again to tell us that you cannot come. A member of our team then writes or calls you.",
    cannot_come_heard="Thank you for telling us. A member of our team will write or call you about another time.",
    changed_then="It does not stand at the time you took here any more. Please go by our latest message.",
    handed_over_then=(
        "We could not finish your booking by ourselves, so it is not confirmed. A member of our team has taken over "
        "and will contact you; please wait for our word before you come."
    ),
    lost_then="Thank you for your yes, and we are sorry.",
    declined_then="We will not hold this time for you.",
    over_then="Thank you for looking.",
    was_about="It was about {day}, {time}, with {provider}.",
    still_listed="You stay on our waitlist.",
    ask_by_phone="For another time, please call us.",
    ask_by_text="For another time, please reply to our text.",
    questions="Questions? Call us:",
    calendar_title="Visit at {practice}",
)

SPANISH: Final = ClaimPageWords(
    code="es",
    days=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
        *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    date="{weekday} {day} de {month}",
    free="Se ha liberado una hora para usted",
    earlier="Se ha liberado una hora más temprana para usted",
    confirming="¡Gracias! Lo estamos confirmando",
    next_in_line="¡Gracias! Alguien respondió justo antes",
    won="Es suya",
    changed="Su cita ha cambiado desde entonces",
    handed_over="Una persona se encarga",
    past="Ese día ya pasó",
    lost="Alguien fue un poco más rápido",
    declined="Gracias por avisarnos",
    over="Esta hora ya no está libre",
    day="Día",
    time="Hora",
    length="Duración",
    with_provider="Con",
    where="Lugar",
    replaces="En vez de",
    consultation="Es una consulta, que va primero.",
    yes="Sí, la quiero",
    no="No, gracias",
    first_yes="Es de quien diga sí primero.",
    first_yes_until="Es de quien diga sí primero; después de las {until} quizá preguntemos a otras personas.",
    wait_confirming=(
        "Tenemos su sí. Aún no está confirmado; esta página se actualiza sola y también recibirá un mensaje."
    ),
    wait_next=(
        "Si la otra reserva no se concreta, seguimos el orden en que nos respondieron. Esta página se actualiza sola y "
        "le avisaremos en cualquier caso."
    ),
    won_then="Está en nuestra agenda y recibirá una confirmación. Le esperamos.",
    add_to_calendar="Añadir a mi calendario",
    cannot_come="No puedo ir",
    cannot_come_sure="Pulse otra vez para avisarnos de que no puede venir. Alguien de nuestro equipo le contactará.",
    cannot_come_heard="Gracias por avisarnos. Alguien de nuestro equipo le contactará para otra hora.",
    changed_then="Ya no es a la hora que reservó aquí. Por favor, guíese por nuestro último mensaje.",
    handed_over_then=(
        "No pudimos terminar su reserva automáticamente, así que no está confirmada. Alguien de nuestro equipo se "
        "encarga y le contactará; por favor, espere nuestro aviso antes de venir."
    ),
    lost_then="Gracias por su sí; lo sentimos.",
    declined_then="No le guardaremos esta hora.",
    over_then="Gracias por mirar.",
    was_about="Era para el {day}, {time}, con {provider}.",
    still_listed="Sigue en nuestra lista de espera.",
    ask_by_phone="Para otra hora, por favor llámenos.",
    ask_by_text="Para otra hora, por favor responda a nuestro mensaje.",
    questions="¿Preguntas? Llámenos:",
    calendar_title="Cita en {practice}",
)

WORDS: Final = {Language.ENGLISH: ENGLISH, Language.SPANISH: SPANISH}


def day_words(words: ClaimPageWords, at: datetime, zone: str) -> str:
    """ "Tuesday, November 24" on the wall of that zone."""
    local = at.astimezone(ZoneInfo(zone))
    return words.date.format(weekday=words.days[local.weekday()], month=words.months[local.month - 1], day=local.day)
