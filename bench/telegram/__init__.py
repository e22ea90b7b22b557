"""How fast Telegram is read and written, beside raw calls of its library."""
