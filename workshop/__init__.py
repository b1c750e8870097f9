"""The bench under the course: services, workers, pictures and checks that a notebook leans on."""
