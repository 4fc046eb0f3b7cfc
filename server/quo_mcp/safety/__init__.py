"""What may be sent and what was sent: journal, outbox, opt-outs, recipient rules, limits, audit."""
