LIMIT = 150_000


def spoken(items: list[Any]) -> list[Any]:
    return items  # all of it: with what the tools answered
