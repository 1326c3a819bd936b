"""What is compared with what, and from how much on a change counts."""
