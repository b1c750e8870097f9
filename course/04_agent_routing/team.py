specialists = [french, spanish, english]
guardrails = []
