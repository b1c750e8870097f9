"""Entry point of the weather service: `python -m workshop.weather`."""

import sys

from workshop.weather.app import main

sys.exit(main())
