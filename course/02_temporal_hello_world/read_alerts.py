@activity.defn
async def read_alerts(state: str) -> list[str]:
    """Fetch the headlines of the weather alerts that are active in a US state, given by its two-letter code."""
    try:
        async with httpx.AsyncClient(headers={"User-Agent": "storm-notifier"}) as client:
            response = await client.get(alerts_url(state))
        response.raise_for_status()
        return [feature["properties"]["headline"] for feature in response.json()["features"]]
    except Exception as error:
        return [f"Could not read the alerts: {error}"]
