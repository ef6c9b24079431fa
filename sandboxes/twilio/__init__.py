"""A stand-in for Twilio's Programmable Messaging: messages, status callbacks, inbound texts, opt-out words, phones."""
