// Nothing to do: see package.json.
