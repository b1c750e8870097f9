"""Requests and answers of OpenAI's two APIs, Responses and Chat Completions."""
