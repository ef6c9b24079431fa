"""The same job written small, on DBOS: what a fill costs where little of what Chairflow promises is kept.

A cancellation's webhook comes in, signed; the visit is read; the next on the list is texted an offer; their YES is
heard; the visit is written; they are told. Workflows and steps survive a crash, an opening has one winner and a phone
one open offer. It is what the product is measured beside (`make bench`), no part of it, and it does **not** promise:

* A webhook is not kept as it came; what was answered 2xx is a workflow's start, and nothing else of it is left.
* No mirror of the calendar: what is free is what one read of the day says. A change beside the opening is not noticed,
  an offer is not fitted again, and a visit that cannot be read takes no time.
* No ranking: who joined first is asked first. No certificates, rooms, devices, buffers, intervals, wishes or distance.
* No hold: two openings may promise one room. The day is not read again after the write, and no overlap is taken back.
* No intent before an effect: a step that dies after the vendor took it is done again, and the second text goes out.
  A lost answer is not read back.
* No consent, no STOP, no quiet hours, no caps, no approval, no word in another language, no mail.
* One offer at a time and one turn: no waves, no staff, no tasks, no closing messages, no reasons, no late YES answered.
* The cancelled client hears nothing; nothing reminds, follows or closes the visit that was won.
* One practice, in the clear: no tenants, no policy, no sealed payloads, no audit, no metrics.
"""
