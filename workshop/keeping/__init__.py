"""What a learner wrote, kept: copies, rights, the form of `.env`, and work in generated notebooks."""
