"""The instructor's board: how far the class is. Only learners who have joined are on it."""
