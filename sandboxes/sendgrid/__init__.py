"""A stand-in for SendGrid v3: mail send, the signed event webhook, suppressions, inboxes."""
