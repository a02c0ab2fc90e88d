"""What can be done with leads, rules and deliveries: the door other apps and the screens use."""
