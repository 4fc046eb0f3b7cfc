"""Resolve arguments as people write them to the ids and values that Quo takes.

"Jane" becomes a phone number, "Main Line" an inbox id, and "yesterday" a time in UTC. An ambiguous
argument is rejected, and the error lists the candidates.

arguments       every reference of one tool call, in order; times
├── people          a person's number; a teammate's id
├── contacts        a contact's id
├── conversations   a conversation's id
└── inboxes         one of the account's own numbers
"""
