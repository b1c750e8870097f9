"""What a learner wrote and how it is kept: copies, permissions, `.env`, work in generated notebooks."""
