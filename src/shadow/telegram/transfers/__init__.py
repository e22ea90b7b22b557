"""Moving bytes: reading documents piece by piece, sending files part by part, whatever fails."""
