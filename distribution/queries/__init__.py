"""What can be asked about leads, rules and deliveries: the door other apps and the screens use."""
