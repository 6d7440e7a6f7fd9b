// Placeholder until the tests move in.
