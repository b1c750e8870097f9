"""What runs beside the notebooks: Temporal's dev server, the model gateway, the weather service."""
