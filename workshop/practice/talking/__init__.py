"""What the practice model says when no tool is needed: talk, terms, facts, drafts, verse, and in which manner."""
