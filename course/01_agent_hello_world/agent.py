agent = Agent(name="Storm Notifier", instructions="", tools=[])
