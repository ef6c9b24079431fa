"""What Chairflow says to clients, sentence by sentence, in the languages it speaks.

A language is one value of `Phrases`: a sentence that is missing in one does not type-check. Parts in braces are filled
in; NO, C, R, X, STOP and HELP stay as they are in every language, since carriers and our reader know them. YES is said
in the client's own (`yes_key`), without the accent, which would double a text's length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.clients import Language


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """One language. Days begin with Monday, months with January."""

    days: tuple[str, ...]
    months: tuple[str, ...]
    #: A date of this year, and of a later one.
    date: str
    date_and_year: str
    today: str
    tomorrow: str
    near_date: str
    #: A moment: a date at a time. Some languages count the hour.
    moment: str
    moment_at_one: str
    local_time: str
    with_provider: str
    at_location: str
    instead_of: str
    hello: str
    hi: str
    greeting: str
    #: On the button an e-mail's link becomes.
    button: str
    stop: str
    stop_short: str
    call: str
    contact_us: str
    reply_to_this_text: str
    reply_r: str
    ask_our_front_desk: str
    #: By when: a time today, and on another day. Some languages count the hour.
    deadline: str
    deadline_at_one: str
    deadline_on: str
    deadline_on_at_one: str

    # An opening on offer.
    free: str
    free_short: str
    earlier: str
    earlier_short: str
    earlier_shortest: str
    consultation: str
    consultation_short: str
    reply_yes_or_tap: str
    reply_yes: str
    yes_key: str
    yes_or_tap: str
    yes: str
    no_to_pass: str
    first_yes: str
    take_it_by_link: str
    take_it_by_text: str
    first_who_takes_it: str
    sorry_taken_before: str
    sorry_not_open: str
    we_can_offer: str
    subject_free: str
    subject_another_time: str

    # How an offer ended.
    booking_it: str
    not_confirmed_yet: str
    somebody_faster: str
    taken_no_reply: str
    thanks_for_yes: str
    no_longer_open: str
    offer_closed: str
    thanks_for_telling: str
    still_listed: str
    for_another_time: str
    booked_in_our_calendar: str
    team_will_contact: str
    could_not_book: str
    team_has_taken_over: str
    wait_for_our_word: str
    also_call: str
    subject_booking_it: str
    subject_taken: str
    subject_no_longer_open: str
    subject_offer_closed: str
    subject_thank_you: str
    subject_could_not_keep: str
    subject_not_confirmed_yet: str

    # A visit.
    booked_for: str
    booked_won: str
    look_forward: str
    reminder: str
    has_moved: str
    it_was: str
    is_cancelled: str
    if_unexpected: str
    how_to_answer: str
    something_came_up: str
    to_change: str
    see_you: str
    which_one: str
    choice: str
    choice_named: str
    the_offered_time: str
    the_visit: str
    team_will_get_back: str
    welcome_back: str
    about_our_texts: str
    for_help: str
    rates: str
    subject_booked: str
    subject_your_visit: str
    subject_moved: str
    subject_cancelled: str

    # What a client asked.
    it_is_then: str
    it_takes: str
    it_costs: str
    from_to: str
    either: str
    we_are_at: str
    park_at: str
    who_we_are: str
    who_of_visit: str
    who_of_list: str
    yes_still_free: str
    it_is_yours: str
    free_are: str
    that_is_free: str
    not_then: str
    nothing_free_then: str
    nothing_free: str
    shall_we: str
    which_time: str
    yes_takes: str
    another_time: str
    which_days: str
    none_of_these: str
    thanks_for_question: str

    # What a person writes from a task.
    heard_cannot_come: str
    like_another_time: str
    see_you_then: str
    for_new_time: str
    you_can_also: str
    take_back_your_yes: str
    all_well_or_not: str
    is_it_your_visit: str
    which_visit: str
    is_it_instead_of: str
    which_visit_and_when: str
    yes_to_what: str
    was_that_a_yes: str
    was_thanks_a_yes: str
    is_it_about_visit: str
    what_can_we_do: str
    may_we_call_today: str
    not_booked_may_we_call: str
    could_not_after_all: str
    has_closed: str
    thought_of_you: str

    # When a client can come.
    when_suits: str
    when_suits_short: str
    got_it: str
    text_when_one_opens: str
    any_time: str
    after_time: str
    before_time: str
    not_before_date: str
    until_date: str
    also: str


ENGLISH: Final = Phrases(
    days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    date="{weekday} {month} {day}",
    date_and_year="{weekday} {month} {day} {year}",
    today="today",
    tomorrow="tomorrow",
    near_date="{near} ({date})",
    moment="{date} at {time}",
    moment_at_one="{date} at {time}",
    local_time="local time",
    with_provider=" with {provider}",
    at_location=" at {location}",
    instead_of=" instead of {when}",
    hello="Hello,",
    hi="Hi {name}!",
    greeting="Hello {name},",
    button="See the details",
    stop="Reply STOP to opt out.",
    stop_short="STOP to end.",
    call="call {phone}",
    contact_us="contact us",
    reply_to_this_text="reply to this text",
    reply_r="reply R",
    ask_our_front_desk="ask our front desk",
    deadline="{time}",
    deadline_at_one="{time}",
    deadline_on="{weekday} {time}",
    deadline_on_at_one="{weekday} {time}",
    free="{hi}{visit} ({length}) is free.",
    free_short="{hi}{visit}, {length}?",
    earlier="{hi}An earlier time: {visit} ({length}), to replace your visit {replaced}.",
    earlier_short="{hi}{visit}, {length}, instead of {replaced}?",
    earlier_shortest="{visit} instead of {replaced}?",
    consultation="It would be a consultation, which comes first.",
    consultation_short="A consultation first.",
    reply_yes_or_tap="Reply YES or tap {link} by {until}.",
    reply_yes="Reply YES by {until}.",
    yes_key="YES",
    yes_or_tap="YES or {link} by {until}.",
    yes="YES by {until}.",
    no_to_pass="NO to pass.",
    first_yes="The first YES gets it.",
    take_it_by_link="Take it by {until}: {link}",
    take_it_by_text="Reply YES to our text by {until} to take it.",
    first_who_takes_it="It goes to the first who takes it.",
    sorry_taken_before="We are sorry: {lost} was taken before we could save it.",
    sorry_not_open="We are sorry: {lost} is no longer open.",
    we_can_offer="We can offer you {visit} ({length}).",
    subject_free="a time has opened for you",
    subject_another_time="another time for you",
    booking_it="Thank you! We are booking {visit} for you.",
    not_confirmed_yet="It is not confirmed yet; we will tell you as soon as it is.",
    somebody_faster=(
        "Thank you for your YES. Someone else was a moment before you, so {visit} is taken. We are sorry."
    ),
    taken_no_reply="{visit} is taken now; no reply needed.",
    thanks_for_yes="Thank you for your YES.",
    no_longer_open="We are sorry: {visit} is no longer open.",
    offer_closed="Our offer for {visit} has closed; no reply needed.",
    thanks_for_telling="Thank you for letting us know.",
    still_listed="You stay on our waitlist.",
    for_another_time="For another time, {reach_us}.",
    booked_in_our_calendar=(
        "We are sorry: {visit} is taken. It was booked in our calendar before we could save it for you."
    ),
    team_will_contact="A member of our team will contact you about another time{also}.",
    could_not_book="We could not book {visit} for you by ourselves, so it is not confirmed.",
    team_has_taken_over="A member of our team has taken over and will contact you{also}.",
    wait_for_our_word="Please wait for our word before you come.",
    also_call="; you can also call {phone}",
    subject_booking_it="we are booking it for you",
    subject_taken="that time is taken",
    subject_no_longer_open="that time is no longer open",
    subject_offer_closed="that offer has closed",
    subject_thank_you="thank you",
    subject_could_not_keep="we could not keep that time for you",
    subject_not_confirmed_yet="your booking is not confirmed yet",
    booked_for="You are booked for {visit}.",
    booked_won="It is yours! You are booked for {visit}.",
    look_forward="We look forward to seeing you {visit}.",
    reminder="A reminder of your visit {visit}.",
    has_moved="Your visit has moved to {visit}.",
    it_was="It was {before}.",
    is_cancelled="Your visit {visit} is cancelled.",
    if_unexpected="If that is not what you expected, or for a new time, {reach_us}.",
    how_to_answer="Reply C to confirm, R for another time, X if you cannot come.",
    something_came_up="Something came up? Reply R for another time, X if you cannot come.",
    to_change="To change anything, {reach_us}.",
    see_you="Thank you! See you {when}.",
    which_one="Which one do you mean? Reply {choices}.",
    choice="{key} for {visit}",
    choice_named="{key} for {name}: {visit}",
    the_offered_time="the free time {visit}",
    the_visit="the visit {visit}",
    team_will_get_back="Thank you. A member of our team will get back to you.",
    welcome_back="Welcome back: you will get our texts again.",
    about_our_texts="We text about your visits and free times.",
    for_help="For help, {reach_us}.",
    rates="Message and data rates may apply.",
    subject_booked="you are booked",
    subject_your_visit="your visit",
    subject_moved="your visit has moved",
    subject_cancelled="your visit is cancelled",
    it_is_then="It is {visit}.",
    it_takes="The visit takes {length}.",
    it_costs="The visit costs {price}.",
    from_to="{least} to {most}",
    either="{some} or {last}",
    we_are_at="You find us at {address}.",
    park_at="Parking: {parking}.",
    who_we_are="This is {practice}.",
    who_of_visit="This is {practice}. We text you about your visit {visit}.",
    who_of_list="This is {practice}. You are on our waitlist, so we text you when a time is free.",
    yes_still_free="Yes, {visit} is still free. Reply YES to take it.",
    it_is_yours="Yes, it is booked for you: {visit}.",
    free_are="We have {times}.",
    that_is_free="Yes, {times} is free.",
    not_then="That time is not free. We have {times}.",
    nothing_free_then="We have nothing free then.",
    nothing_free="Right now we have no free time to offer.",
    shall_we="Shall we book it? Please reply with the time.",
    which_time="Which suits you? Please reply with the time.",
    yes_takes="A YES takes {visit}.",
    another_time="Happy to find you another time instead of {visit}.",
    which_days="Which days and hours suit you?",
    none_of_these="If none of these times suits you, which days and hours do?",
    thanks_for_question="Thank you for your question.",
    heard_cannot_come="Thank you for telling us that you cannot come {visit}.",
    like_another_time="Would you like another time?",
    see_you_then="See you then!",
    for_new_time="For a new time, {reach_us}.",
    you_can_also="You can also {reach_us}.",
    take_back_your_yes="Thank you for telling us. Shall we take back your yes to {visit}, or look for another time?",
    all_well_or_not=(
        "Thank you for your text. Did you mean that you cannot come {visit}, or that all is well with it?"
    ),
    is_it_your_visit="Thank you for telling us. Is it your visit {visit}, and would you like another time?",
    which_visit="Thank you for telling us. Which visit do you mean, and would you like another time?",
    is_it_instead_of="Happy to look for another time. Is it instead of {visit}? Which days and hours suit you?",
    which_visit_and_when=(
        "Happy to look for another time. Which visit do you mean, and which days and hours suit you?"
    ),
    yes_to_what="Thank you! We want to get this right: what would you like to say yes to?",
    was_that_a_yes="Was that a yes to the time we texted you about? If so, please reply YES.",
    was_thanks_a_yes="You are welcome! Was that a yes to the time we texted you about? If so, please reply YES.",
    is_it_about_visit="Thank you for your text. Is it about your visit {visit}? Please tell us what you would like.",
    what_can_we_do="Thank you for your text. Please tell us in a few words what we can do for you.",
    may_we_call_today="We are sorry about {visit}. May we call you today to find a time that suits you?",
    not_booked_may_we_call="We could not book {visit} for you. May we call you to find out why and book a time?",
    could_not_after_all=(
        "We are sorry: we could not book {visit} for you after all. May we call you to find another time?"
    ),
    has_closed="Our offer for {visit} has closed.",
    thought_of_you="We have a time free {visit} and thought of you. Would you like it? Just reply YES.",
    when_suits=(
        "{hi}Our last times did not suit you. Which days and hours do? For example: Tuesdays after 3, weekday mornings,"
        " any time."
    ),
    when_suits_short="Which days and hours suit you? E.g. Tuesdays after 3, weekday mornings, any time.",
    got_it="Got it: {wish}.",
    text_when_one_opens="We'll text you when one opens.",
    any_time="any time",
    after_time="after {time}",
    before_time="before {time}",
    not_before_date="not before {date}",
    until_date="until {date}",
    also="and",
)

SPANISH: Final = Phrases(
    days=("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    months=("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    date="{weekday} {day} {month}",
    date_and_year="{weekday} {day} {month} {year}",
    today="hoy",
    tomorrow="mañana",
    near_date="{near} ({date})",
    moment="{date} a las {time}",
    moment_at_one="{date} a la {time}",
    local_time="hora local",
    with_provider=" con {provider}",
    at_location=" en {location}",
    instead_of=" en vez de {when}",
    hello="Hola:",
    hi="¡Hola {name}!",
    greeting="Hola {name}:",
    button="Ver los detalles",
    stop="Responda STOP para no recibir más.",
    stop_short="STOP para salir.",
    call="llámenos al {phone}",
    contact_us="escríbanos",
    reply_to_this_text="responda a este mensaje",
    reply_r="responda R",
    ask_our_front_desk="pregunte en recepción",
    deadline="las {time}",
    deadline_at_one="la {time}",
    deadline_on="el {weekday} a las {time}",
    deadline_on_at_one="el {weekday} a la {time}",
    free="{hi}{visit} ({length}) está libre.",
    free_short="{hi}{visit}, {length}?",
    earlier="{hi}Más pronto: {visit} ({length}), en lugar de su cita {replaced}.",
    earlier_short="{hi}{visit}, {length}, en vez de {replaced}?",
    earlier_shortest="{visit} en vez de {replaced}?",
    consultation="Sería una consulta, que va primero.",
    consultation_short="Primero, consulta.",
    reply_yes_or_tap="Responda SI o toque {link} hasta {until}.",
    reply_yes="Responda SI hasta {until}.",
    yes_key="SI",
    yes_or_tap="SI o {link} hasta {until}.",
    yes="SI hasta {until}.",
    no_to_pass="NO si no le va.",
    first_yes="Es del primer SI.",
    take_it_by_link="Resérvela hasta {until}: {link}",
    take_it_by_text="Responda SI a nuestro mensaje hasta {until} para reservarla.",
    first_who_takes_it="Es de quien la tome primero.",
    sorry_taken_before="Lo sentimos: {lost} se ocupó antes de guardarlo.",
    sorry_not_open="Lo sentimos: {lost} ya no está disponible.",
    we_can_offer="Le ofrecemos {visit} ({length}).",
    subject_free="se ha liberado una hora para usted",
    subject_another_time="otra hora para usted",
    booking_it="¡Gracias! Estamos reservando {visit} para usted.",
    not_confirmed_yet="Aún no está confirmado; le avisamos en cuanto lo esté.",
    somebody_faster=(
        "Gracias por decir que sí. Otra persona respondió un momento antes y {visit} ya está ocupado. Lo sentimos."
    ),
    taken_no_reply="{visit} ya está ocupado; no hace falta responder.",
    thanks_for_yes="Gracias por decir que sí.",
    no_longer_open="Lo sentimos: {visit} ya no está libre.",
    offer_closed="Nuestra oferta de {visit} se ha cerrado; no hace falta responder.",
    thanks_for_telling="Gracias por avisarnos.",
    still_listed="Sigue en nuestra lista de espera.",
    for_another_time="Para otra hora, {reach_us}.",
    booked_in_our_calendar=(
        "Lo sentimos: {visit} está ocupado. Se reservó en nuestra agenda antes de poder guardárselo."
    ),
    team_will_contact="Alguien de nuestro equipo le escribirá para otra hora{also}.",
    could_not_book="No pudimos reservar {visit} automáticamente, así que no está confirmado.",
    team_has_taken_over="Alguien de nuestro equipo se encarga y le escribirá{also}.",
    wait_for_our_word="Por favor, espere nuestro aviso antes de venir.",
    also_call="; también puede llamar al {phone}",
    subject_booking_it="lo estamos reservando para usted",
    subject_taken="esa hora está ocupada",
    subject_no_longer_open="esa hora ya no está libre",
    subject_offer_closed="esa oferta se ha cerrado",
    subject_thank_you="gracias",
    subject_could_not_keep="no pudimos guardarle esa hora",
    subject_not_confirmed_yet="su reserva aún no está confirmada",
    booked_for="Su cita es {visit}.",
    booked_won="¡Es suya! Su cita es {visit}.",
    look_forward="Le esperamos {visit}.",
    reminder="Le recordamos su cita {visit}.",
    has_moved="Su cita pasa a {visit}.",
    it_was="Antes era {before}.",
    is_cancelled="Su cita {visit} está cancelada.",
    if_unexpected="Si no lo esperaba, o para otra hora, {reach_us}.",
    how_to_answer="Responda C para confirmar, R para otra hora, X si no puede venir.",
    something_came_up="¿Algún imprevisto? Responda R para otra hora, X si no puede venir.",
    to_change="Para cambiar algo, {reach_us}.",
    see_you="¡Gracias! Nos vemos {when}.",
    which_one="¿Cuál de ellas? Responda {choices}.",
    choice="{key} para {visit}",
    choice_named="{key} para {name}: {visit}",
    the_offered_time="la hora libre {visit}",
    the_visit="la cita {visit}",
    team_will_get_back="Gracias. Alguien de nuestro equipo le responderá.",
    welcome_back="Hola de nuevo: volverá a recibir nuestros mensajes.",
    about_our_texts="Le escribimos sobre sus citas y horas libres.",
    for_help="Para ayuda, {reach_us}.",
    rates="Pueden aplicarse tarifas de mensajes y datos.",
    subject_booked="su cita está reservada",
    subject_your_visit="su cita",
    subject_moved="su cita ha cambiado",
    subject_cancelled="su cita está cancelada",
    it_is_then="Es {visit}.",
    it_takes="La cita dura {length}.",
    it_costs="La cita cuesta {price}.",
    from_to="de {least} a {most}",
    either="{some} o {last}",
    we_are_at="Estamos en {address}.",
    park_at="Estacionamiento: {parking}.",
    who_we_are="Somos {practice}.",
    who_of_visit="Somos {practice}. Le escribimos por su cita {visit}.",
    who_of_list="Somos {practice}. Está en nuestra lista de espera; le avisamos cuando se libera una hora.",
    yes_still_free="Sí, {visit} sigue libre. Responda SI para reservarla.",
    it_is_yours="Sí, está reservada para usted: {visit}.",
    free_are="Tenemos {times}.",
    that_is_free="Sí, {times} está libre.",
    not_then="Esa hora no está libre. Tenemos {times}.",
    nothing_free_then="No tenemos nada libre entonces.",
    nothing_free="Ahora mismo no tenemos ninguna hora libre.",
    shall_we="¿La reservamos? Responda con la hora, por favor.",
    which_time="¿Cuál le va bien? Responda con la hora, por favor.",
    yes_takes="Un SI reserva {visit}.",
    another_time="Con gusto le buscamos otra hora en vez de {visit}.",
    which_days="¿Qué días y horas le van bien?",
    none_of_these="Si ninguna de esas horas le va bien, ¿qué días y horas sí?",
    thanks_for_question="Gracias por su pregunta.",
    heard_cannot_come="Gracias por avisarnos de que no puede venir {visit}.",
    like_another_time="¿Quiere otra hora?",
    see_you_then="¡Nos vemos entonces!",
    for_new_time="Para otra hora, {reach_us}.",
    you_can_also="Si lo prefiere, {reach_us}.",
    take_back_your_yes="Gracias por avisarnos. ¿Anulamos su sí a {visit} o le buscamos otra hora?",
    all_well_or_not="Gracias por su mensaje. ¿Quería decir que no puede venir {visit}, o que todo sigue igual?",
    is_it_your_visit="Gracias por avisarnos. ¿Se trata de su cita {visit}, y quiere otra hora?",
    which_visit="Gracias por avisarnos. ¿De qué cita se trata, y quiere otra hora?",
    is_it_instead_of="Con gusto le buscamos otra hora. ¿Es en vez de {visit}? ¿Qué días y horas le van bien?",
    which_visit_and_when="Con gusto le buscamos otra hora. ¿De qué cita se trata, y qué días y horas le van bien?",
    yes_to_what="¡Gracias! Queremos hacerlo bien: ¿a qué quiere decir que sí?",
    was_that_a_yes="¿Era un sí a la hora que le propusimos? Si es así, responda SI.",
    was_thanks_a_yes="¡De nada! ¿Era un sí a la hora que le propusimos? Si es así, responda SI.",
    is_it_about_visit="Gracias por su mensaje. ¿Se trata de su cita {visit}? Díganos qué desea, por favor.",
    what_can_we_do="Gracias por su mensaje. Díganos en pocas palabras qué podemos hacer por usted.",
    may_we_call_today="Sentimos lo de {visit}. ¿Podemos llamarle hoy para buscar una hora que le vaya bien?",
    not_booked_may_we_call=("No pudimos reservarle {visit}. ¿Podemos llamarle para saber por qué y reservar una hora?"),
    could_not_after_all=(
        "Lo sentimos: al final no pudimos reservarle {visit}. ¿Podemos llamarle para buscar otra hora?"
    ),
    has_closed="Nuestra oferta de {visit} se ha cerrado.",
    thought_of_you="Tenemos una hora libre {visit} y pensamos en usted. ¿La quiere? Responda SI.",
    when_suits=(
        "{hi}Nuestras últimas horas no le iban bien. ¿Qué días y horas sí? Por ejemplo: martes después de las 3,"
        " mañanas, cualquier hora."
    ),
    when_suits_short="¿Qué días y horas le van bien? Ej.: martes después de las 3, mañanas, cualquier hora.",
    got_it="Entendido: {wish}.",
    text_when_one_opens="Le avisamos cuando se libere una.",
    any_time="cualquier hora",
    after_time="después de {time}",
    before_time="antes de {time}",
    not_before_date="no antes del {date}",
    until_date="hasta el {date}",
    also="y",
)

PHRASES: Final = {Language.ENGLISH: ENGLISH, Language.SPANISH: SPANISH}
