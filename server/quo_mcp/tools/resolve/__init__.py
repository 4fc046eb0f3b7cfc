"""Resolve arguments as people write them to the ids and values that Quo takes.

"Jane" becomes a phone number, "Main Line" an inbox id, and "yesterday" a time in UTC. An ambiguous
argument is rejected, and the error lists the candidates.

arguments           every reference of one tool call, in order; times
├── conversations   a conversation's id
│   └── conversation_names   a group or company by its name
├── tasks           a task's id
├── people          a person's number
├── contacts        a contact's id
├── teammates       a teammate's id
└── inboxes         one of the account's own numbers
resolution          the value, and notes for the call's result
"""
