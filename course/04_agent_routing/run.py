result = await Runner.run(triage_agent(), msg)
