"""One practice for every practice system: calendar, clients, staff's page, ledger. A dialect stands in front of it.

What the parts hold: `records.py` and `store.py` the records, `calendar.py` every change of them, `overlaps.py` the
double bookings there ever were, `seeding.py` how a practice is put in, `staff.py` and `page.py` what people do by hand,
`sandbox.py` what the ledger tells, `screen_rules.py` where dialects differ in what their screens allow.

A dialect subclasses `PracticeSandbox`, adds its API's routes to `build_practice_app`, and imports this package and
`sandboxes.common` only.
"""
