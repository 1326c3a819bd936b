"""Makes runs for a purpose: two environments in turns, a fleet of machines, several Pythons, several runs in a row."""
