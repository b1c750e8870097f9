"""The model gateway: one OpenAI-compatible endpoint with a bill and a fault panel."""
