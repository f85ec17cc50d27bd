"""What staff do with vehicles: take them out of service, pick them up, deploy them, and so on."""
