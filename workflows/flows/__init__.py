"""The flows: who does what next, in which order, with which timers. What a step writes stands in workflows/branches/."""
