"""What the panels show, as lines: pure functions over captures and traces."""
