"""The weather service: alerts in the National Weather Service's form, and a notice board."""
