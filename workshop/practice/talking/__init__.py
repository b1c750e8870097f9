"""What the practice model says when no tool is needed: talk, tasks, terms, facts, verse, and in which manner."""
