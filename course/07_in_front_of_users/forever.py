await asyncio.Future()  # one run forever, however long its history grows
