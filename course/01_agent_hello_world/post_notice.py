@function_tool
async def post_notice(state, subscriber, text):
    raise NotImplementedError("Your turn: types, a docstring, and a POST of state, subscriber and text to /notices on the board")
