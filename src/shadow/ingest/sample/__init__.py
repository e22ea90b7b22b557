"""Make a small library to try things with: films and a series drawn here, free to use (CC0)."""
