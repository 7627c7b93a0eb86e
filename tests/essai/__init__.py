"""An application of the tests alone: a flow with everything the engine knows, so that its proofs rest on no branch of the product."""
