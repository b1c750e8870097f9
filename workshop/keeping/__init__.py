"""What a learner wrote and how it is kept: copies, permissions, the form of `.env`, and work in generated
notebooks.
"""
