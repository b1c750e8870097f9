"""The practice model: a small, deterministic, rule-based stand-in for a language model."""
