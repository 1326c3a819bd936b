"""What runs mean, as typed structs: a module for each question that they answer."""
