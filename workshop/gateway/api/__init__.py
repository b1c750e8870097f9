"""The two APIs of OpenAI, in and out: Responses and Chat Completions."""
