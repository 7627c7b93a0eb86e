"""What each kind of branch shows and asks at the doors: forms, facts, words."""
