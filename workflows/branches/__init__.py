"""What each step of each branch writes: services, one package a branch. They call the engine, the flows name them."""
