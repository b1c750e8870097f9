"""What lives outside a kernel: services, workers, web servers, and the records that find them again."""
