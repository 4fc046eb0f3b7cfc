"""What a call may do: policy, approval, the journal of sends, opt-outs, and text from outside."""
