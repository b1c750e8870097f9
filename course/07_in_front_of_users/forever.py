await asyncio.Future()  # one run for ever, however long its history grows
